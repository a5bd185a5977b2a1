import type { SagaPolicy } from '../saga/saga.policy.ts'

export const UPDATE_TENANT = {
  kind: 'tenant.update',
  unit: 'cell',
  learnFirst: false,
  steps: [{ step: 'publish-tenant', attempt: '2 minutes', undo: true }],
} as const satisfies SagaPolicy

/** The same for a private tenant: its plan is also what its namespace and its database login may use. */
export const UPDATE_INSTANCE = {
  kind: 'tenant.update',
  unit: 'instance',
  learnFirst: false,
  steps: [
    { step: 'apply-quota', attempt: '2 minutes', undo: true },
    { step: 'limit-database', attempt: '2 minutes', undo: true },
    ...UPDATE_TENANT.steps,
  ],
} as const satisfies SagaPolicy
