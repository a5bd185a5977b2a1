import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import { runSaga } from '../saga/saga.workflow.ts'
import { CREATE_CELL } from './create-cell.policy.ts'

/** Makes a cell: namespace with its guardrails, database, schema, product. Everything made is taken away again on failure. */
export async function createCell(input: OperationInput): Promise<void> {
  await runSaga(input, CREATE_CELL)
}
