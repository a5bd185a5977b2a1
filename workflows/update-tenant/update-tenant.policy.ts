import type { SagaPolicy } from '../saga/saga.policy.ts'

export const UPDATE_TENANT = {
  kind: 'tenant.update',
  learnFirst: false,
  steps: [{ step: 'publish-tenant', attempt: '2 minutes', undo: true }],
} as const satisfies SagaPolicy
