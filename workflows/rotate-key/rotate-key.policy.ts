import type { SagaPolicy } from '../saga/saga.policy.ts'

export const ROTATE_KEY = {
  kind: 'unit.rotate-key',
  unit: 'stack', // and of nothing else
  learnFirst: false,
  steps: [
    { step: 'rotate-key', attempt: '15 minutes', undo: false },
    { step: 'rewrap-keys', attempt: '15 minutes', undo: false },
    { step: 'end-old-keys', attempt: '5 minutes', undo: false },
  ],
} as const satisfies SagaPolicy
