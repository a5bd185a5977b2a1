import type { UnitKind } from '../../control-plane/domain/unit-kinds.ts'
import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import type { SagaPolicy } from '../saga/saga.policy.ts'
import { runSaga } from '../saga/saga.workflow.ts'
import {
  ABORT_IN_CELL,
  ABORT_INSTANCE,
  ABORT_STACK,
  RETIRE_IN_CELL,
  RETIRE_INSTANCE,
  RETIRE_STACK,
} from './end-move.policy.ts'
import { MOVE_TO_CELL, MOVE_TO_INSTANCE, MOVE_TO_STACK } from './move-tenant.policy.ts'

type Ways = Readonly<Record<UnitKind, SagaPolicy>>
const MOVE: Ways = { cell: MOVE_TO_CELL, instance: MOVE_TO_INSTANCE, stack: MOVE_TO_STACK }
const RETIRE: Ways = { cell: RETIRE_IN_CELL, instance: RETIRE_INSTANCE, stack: RETIRE_STACK }
const ABORT: Ways = { cell: ABORT_IN_CELL, instance: ABORT_INSTANCE, stack: ABORT_STACK }
const wayOf = (ways: Ways, { unitKind }: OperationInput): SagaPolicy => ways[unitKind ?? 'cell']

/** Brings a tenant with its rows to the unit that was reserved for it; until it has ended a cancel leads back without loss. */
export async function moveTenant(input: OperationInput): Promise<void> {
  await runSaga(input, wayOf(MOVE, input))
}

/** Gives up the place that a moved tenant came from. */
export async function retireMove(input: OperationInput): Promise<void> {
  await runSaga(input, wayOf(RETIRE, input))
}

/** Takes a moved tenant back, with what was written since, and gives up the place that it went to. */
export async function abortMove(input: OperationInput): Promise<void> {
  await runSaga(input, wayOf(ABORT, input))
}
