import type { SagaPolicy } from '../saga/saga.policy.ts'

export const SUSPEND_TENANT = {
  kind: 'tenant.suspend',
  learnFirst: true,
  steps: [
    { step: 'publish-tenant', attempt: '2 minutes', undo: true },
    { step: 'probe-refusing', attempt: '1 minute', undo: false },
  ],
} as const satisfies SagaPolicy
