import type { SagaPolicy } from '../saga/saga.policy.ts'

const REMOVE_UNIT = [
  { step: 'remove-workload', attempt: '5 minutes', undo: false },
  { step: 'remove-database', attempt: '2 minutes', undo: false },
  { step: 'remove-namespace', attempt: '5 minutes', undo: false },
] as const
const VERIFY_LEFT = { step: 'verify-left', attempt: '2 minutes', undo: false } as const
const RETIRE = [
  { step: 'verify-rows', attempt: '6 hours', undo: false },
  { step: 'retire-rows', attempt: '6 hours', undo: false },
] as const
const DESTROY_STACK = { step: 'destroy-stack', attempt: '15 minutes', undo: false } as const
const RETURN = [
  { step: 'return-rows', attempt: '6 hours', undo: false },
  { step: 'probe-serving', attempt: '1 minute', undo: false },
] as const
const WITHDRAW = { step: 'withdraw-guest', attempt: '2 minutes', undo: false } as const
const ABORT = [...RETURN, { step: 'remove-route', attempt: '1 minute', undo: false }, WITHDRAW] as const

/** The old place was in a cell: the rows go, the cell stays. */
export const RETIRE_IN_CELL = {
  kind: 'tenant.move-retire',
  unit: 'cell',
  learnFirst: false,
  steps: [...RETIRE, VERIFY_LEFT],
} as const satisfies SagaPolicy
/** The old place was the tenant's own and goes with the rows. */
export const RETIRE_INSTANCE = {
  kind: 'tenant.move-retire',
  unit: 'instance',
  learnFirst: false,
  steps: [...RETIRE, ...REMOVE_UNIT, VERIFY_LEFT],
} as const satisfies SagaPolicy
/** The old place was a stack, which goes as a whole. */
export const RETIRE_STACK = {
  kind: 'tenant.move-retire',
  unit: 'stack',
  learnFirst: false,
  steps: [...RETIRE, DESTROY_STACK, VERIFY_LEFT],
} as const satisfies SagaPolicy

/** Back from a cell. */
export const ABORT_IN_CELL = {
  kind: 'tenant.move-abort',
  unit: 'cell',
  learnFirst: false,
  steps: [...ABORT, VERIFY_LEFT],
} as const satisfies SagaPolicy
/** Back from a place of the tenant's own, which goes. */
export const ABORT_INSTANCE = {
  kind: 'tenant.move-abort',
  unit: 'instance',
  learnFirst: false,
  steps: [...ABORT, ...REMOVE_UNIT, VERIFY_LEFT],
} as const satisfies SagaPolicy
/** Back from a stack, which goes as a whole, whether its cluster answers or not. */
export const ABORT_STACK = {
  kind: 'tenant.move-abort',
  unit: 'stack',
  learnFirst: false,
  steps: [...RETURN, WITHDRAW, DESTROY_STACK, VERIFY_LEFT],
} as const satisfies SagaPolicy
