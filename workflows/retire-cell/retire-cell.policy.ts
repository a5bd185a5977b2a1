import type { SagaPolicy } from '../saga/saga.policy.ts'

export const RETIRE_CELL = {
  kind: 'cell.retire',
  unit: 'cell',
  learnFirst: false,
  steps: [
    { step: 'remove-workload', attempt: '5 minutes', undo: false },
    { step: 'remove-database', attempt: '2 minutes', undo: false },
    { step: 'remove-namespace', attempt: '5 minutes', undo: false },
    { step: 'verify-cell-gone', attempt: '2 minutes', undo: false },
  ],
} as const satisfies SagaPolicy
