import type { SagaPolicy } from '../saga/saga.policy.ts'

export const DECOMMISSION_TENANT = {
  kind: 'tenant.decommission',
  unit: 'cell',
  learnFirst: true,
  steps: [
    { step: 'inspect-export', attempt: '1 minute', undo: false },
    { step: 'close-edge', attempt: '30 seconds', undo: true },
    { step: 'remove-route', attempt: '1 minute', undo: true },
    { step: 'withdraw-tenant', attempt: '2 minutes', undo: true },
    { step: 'export-tenant', attempt: '1 hour', undo: false },
    { step: 'confirm-removal', attempt: '30 seconds', undo: true },
    { step: 'erase-rows', attempt: '15 minutes', undo: false },
    { step: 'verify-tenant-gone', attempt: '2 minutes', undo: false },
  ],
} as const satisfies SagaPolicy

/** The same for a private tenant: its unit goes with it, so there are no rows to pick out. */
export const DECOMMISSION_INSTANCE = {
  kind: 'tenant.decommission',
  unit: 'instance',
  learnFirst: true,
  steps: [
    { step: 'close-edge', attempt: '30 seconds', undo: true },
    { step: 'remove-route', attempt: '1 minute', undo: true },
    { step: 'export-tenant', attempt: '1 hour', undo: false },
    { step: 'confirm-removal', attempt: '30 seconds', undo: true },
    { step: 'remove-workload', attempt: '5 minutes', undo: false },
    { step: 'remove-database', attempt: '2 minutes', undo: false },
    { step: 'remove-namespace', attempt: '5 minutes', undo: false },
    { step: 'verify-tenant-gone', attempt: '2 minutes', undo: false },
  ],
} as const satisfies SagaPolicy

/** The same for a dedicated tenant: what is inside goes with its cluster and its database pair, whether they answer or not. */
export const DECOMMISSION_STACK = {
  kind: 'tenant.decommission',
  unit: 'stack',
  learnFirst: true,
  steps: [
    { step: 'close-edge', attempt: '30 seconds', undo: true },
    { step: 'export-tenant', attempt: '1 hour', undo: false },
    { step: 'confirm-removal', attempt: '30 seconds', undo: true },
    { step: 'destroy-stack', attempt: '15 minutes', undo: false },
    { step: 'verify-tenant-gone', attempt: '2 minutes', undo: false },
  ],
} as const satisfies SagaPolicy

const without = (policy: SagaPolicy, ...left: string[]): SagaPolicy => ({
  ...policy,
  steps: policy.steps.filter(({ step }) => !left.includes(step)),
})

/** The way of removals that began before they looked first whether an export is possible. */
export const beforeInspection = (policy: SagaPolicy): SagaPolicy => without(policy, 'inspect-export')

/** The way of removals that began before they kept an export and looked for holds a last time. */
export const beforeExports = (policy: SagaPolicy): SagaPolicy =>
  without(policy, 'inspect-export', 'export-tenant', 'confirm-removal')
