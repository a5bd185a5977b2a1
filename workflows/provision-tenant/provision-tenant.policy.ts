import type { SagaPolicy } from '../saga/saga.policy.ts'

export const PROVISION_TENANT = {
  kind: 'tenant.provision',
  learnFirst: false,
  steps: [
    { step: 'publish-tenant', attempt: '2 minutes', undo: true },
    { step: 'apply-route', attempt: '1 minute', undo: true },
    { step: 'open-edge', attempt: '30 seconds', undo: true },
    { step: 'probe-serving', attempt: '1 minute', undo: false },
  ],
} as const satisfies SagaPolicy
