import type { SagaPolicy } from '../saga/saga.policy.ts'

export const ATTEST_UNIT = {
  kind: 'unit.attest',
  unit: 'cell', // and the same for an instance
  learnFirst: false,
  steps: [
    { step: 'prepare-probe', attempt: '2 minutes', undo: true },
    { step: 'run-checks', attempt: '5 minutes', undo: false },
    { step: 'remove-probe', attempt: '5 minutes', undo: false },
  ],
} as const satisfies SagaPolicy
