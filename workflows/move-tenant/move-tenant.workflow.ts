import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import { runSaga } from '../saga/saga.workflow.ts'
import { ABORT_IN_CELL, ABORT_INSTANCE, RETIRE_IN_CELL, RETIRE_INSTANCE } from './end-move.policy.ts'
import { MOVE_TO_CELL, MOVE_TO_INSTANCE } from './move-tenant.policy.ts'

/** Brings a tenant with its rows to the unit that was reserved for it; until it has ended a cancel leads back without loss. */
export async function moveTenant(input: OperationInput): Promise<void> {
  await runSaga(input, input.unitKind === 'cell' ? MOVE_TO_CELL : MOVE_TO_INSTANCE)
}

/** Gives up the place that a moved tenant came from. */
export async function retireMove(input: OperationInput): Promise<void> {
  await runSaga(input, input.unitKind === 'cell' ? RETIRE_IN_CELL : RETIRE_INSTANCE)
}

/** Takes a moved tenant back, with what was written since, and gives up the place that it went to. */
export async function abortMove(input: OperationInput): Promise<void> {
  await runSaga(input, input.unitKind === 'cell' ? ABORT_IN_CELL : ABORT_INSTANCE)
}
