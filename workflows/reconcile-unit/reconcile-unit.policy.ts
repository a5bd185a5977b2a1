import type { SagaPolicy } from '../saga/saga.policy.ts'

export const RECONCILE_UNIT = {
  kind: 'unit.reconcile',
  unit: 'cell', // and the same for an instance
  learnFirst: false,
  steps: [
    { step: 'find-drift', attempt: '2 minutes', undo: false },
    { step: 'repair-namespace', attempt: '2 minutes', undo: false },
    { step: 'repair-database', attempt: '2 minutes', undo: false },
    { step: 'repair-workload', attempt: '15 minutes', undo: false },
    { step: 'repair-routes', attempt: '5 minutes', undo: false },
    { step: 'verify-in-sync', attempt: '2 minutes', undo: false },
  ],
} as const satisfies SagaPolicy
