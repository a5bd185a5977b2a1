import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import { runSaga } from '../saga/saga.workflow.ts'
import { CHECK_UNIT } from './check-unit.policy.ts'

/** Holds a unit against the product contract, with tenants and a database of the check's own, which are taken away whatever comes of it. */
export async function checkUnit(input: OperationInput): Promise<void> {
  await runSaga(input, CHECK_UNIT)
}
