import type { SagaPolicy } from '../saga/saga.policy.ts'

export const RESUME_TENANT = {
  kind: 'tenant.resume',
  unit: 'cell',
  learnFirst: true,
  steps: [
    { step: 'publish-tenant', attempt: '2 minutes', undo: true },
    { step: 'probe-serving', attempt: '1 minute', undo: false },
  ],
} as const satisfies SagaPolicy

/** The same for a private tenant: its pods come first, and the edge sends to them again last. */
export const RESUME_INSTANCE = {
  kind: 'tenant.resume',
  unit: 'instance',
  learnFirst: true,
  steps: [
    { step: 'start-workload', attempt: '15 minutes', undo: true },
    { step: 'publish-tenant', attempt: '2 minutes', undo: true },
    { step: 'open-edge', attempt: '30 seconds', undo: true },
    { step: 'probe-serving', attempt: '1 minute', undo: false },
  ],
} as const satisfies SagaPolicy
