import type { SagaPolicy } from '../saga/saga.policy.ts'

export const SUSPEND_TENANT = {
  kind: 'tenant.suspend',
  unit: 'cell',
  learnFirst: true,
  steps: [
    { step: 'publish-tenant', attempt: '2 minutes', undo: true },
    { step: 'probe-refusing', attempt: '1 minute', undo: false },
  ],
} as const satisfies SagaPolicy

/** The same for a private tenant: nothing of it runs any more, so the edge refuses in its place. */
export const SUSPEND_INSTANCE = {
  kind: 'tenant.suspend',
  unit: 'instance',
  learnFirst: true,
  steps: [
    { step: 'publish-tenant', attempt: '2 minutes', undo: true },
    { step: 'refuse-at-edge', attempt: '30 seconds', undo: true },
    { step: 'stop-workload', attempt: '5 minutes', undo: true },
    { step: 'probe-refusing', attempt: '1 minute', undo: false },
  ],
} as const satisfies SagaPolicy
