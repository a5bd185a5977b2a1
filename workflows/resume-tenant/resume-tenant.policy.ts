import type { SagaPolicy } from '../saga/saga.policy.ts'

export const RESUME_TENANT = {
  kind: 'tenant.resume',
  learnFirst: true,
  steps: [
    { step: 'publish-tenant', attempt: '2 minutes', undo: true },
    { step: 'probe-serving', attempt: '1 minute', undo: false },
  ],
} as const satisfies SagaPolicy
