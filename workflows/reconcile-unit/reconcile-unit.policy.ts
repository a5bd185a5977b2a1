import type { SagaPolicy } from '../saga/saga.policy.ts'

const FIND = { step: 'find-drift', attempt: '2 minutes', undo: false } as const
const REPAIR = [
  { step: 'repair-namespace', attempt: '2 minutes', undo: false },
  { step: 'repair-database', attempt: '2 minutes', undo: false },
  { step: 'repair-workload', attempt: '15 minutes', undo: false },
  { step: 'repair-routes', attempt: '5 minutes', undo: false },
  { step: 'verify-in-sync', attempt: '2 minutes', undo: false },
] as const

export const RECONCILE_UNIT = {
  kind: 'unit.reconcile',
  unit: 'cell', // and the same for an instance
  learnFirst: false,
  steps: [FIND, ...REPAIR],
} as const satisfies SagaPolicy

/** The same for a stack, where what everything else stands on comes first. */
export const RECONCILE_STACK = {
  kind: 'unit.reconcile',
  unit: 'stack',
  learnFirst: false,
  steps: [FIND, { step: 'repair-stack', attempt: '15 minutes', undo: false }, ...REPAIR],
} as const satisfies SagaPolicy
