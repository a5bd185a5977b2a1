import type { SagaPolicy } from '../saga/saga.policy.ts'

export const DECOMMISSION_TENANT = {
  kind: 'tenant.decommission',
  learnFirst: true,
  steps: [
    { step: 'close-edge', attempt: '30 seconds', undo: true },
    { step: 'remove-route', attempt: '1 minute', undo: true },
    { step: 'withdraw-tenant', attempt: '2 minutes', undo: true },
    { step: 'erase-rows', attempt: '15 minutes', undo: false },
    { step: 'verify-tenant-gone', attempt: '2 minutes', undo: false },
  ],
} as const satisfies SagaPolicy
