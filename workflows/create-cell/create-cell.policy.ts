import type { SagaPolicy } from '../saga/saga.policy.ts'

export const CREATE_CELL = {
  kind: 'cell.create',
  unit: 'cell',
  learnFirst: false,
  steps: [
    { step: 'prepare-namespace', attempt: '2 minutes', undo: true },
    { step: 'create-database', attempt: '2 minutes', undo: true },
    { step: 'migrate', attempt: '15 minutes', undo: true },
    { step: 'deploy', attempt: '15 minutes', undo: true },
    { step: 'verify-cell', attempt: '2 minutes', undo: false },
  ],
} as const satisfies SagaPolicy
