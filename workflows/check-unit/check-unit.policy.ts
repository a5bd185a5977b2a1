import type { SagaPolicy } from '../saga/saga.policy.ts'

export const CHECK_UNIT = {
  kind: 'unit.check',
  unit: 'cell', // and the same for an instance
  learnFirst: false,
  steps: [
    { step: 'prepare-check', attempt: '2 minutes', undo: true },
    { step: 'run-clauses', attempt: '15 minutes', undo: false },
    { step: 'remove-check', attempt: '5 minutes', undo: false },
  ],
} as const satisfies SagaPolicy
