import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import { runSaga } from '../saga/saga.workflow.ts'
import { RETIRE_CELL } from './retire-cell.policy.ts'

/** Removes a cell for good. Nothing turns back once its product is being removed; a failed retirement is asked for again and goes on. */
export async function retireCell(input: OperationInput): Promise<void> {
  await runSaga(input, RETIRE_CELL)
}
