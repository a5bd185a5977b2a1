import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import { runSaga } from '../saga/saga.workflow.ts'
import { ATTEST_UNIT } from './attest-unit.policy.ts'

/** Measures the isolation of a unit with a second tenant made for the purpose, which is taken away again whatever comes of it. */
export async function attestUnit(input: OperationInput): Promise<void> {
  await runSaga(input, ATTEST_UNIT)
}
