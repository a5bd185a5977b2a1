import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import { runSaga } from '../saga/saga.workflow.ts'
import { ADOPT_INSTANCE } from './adopt-tenant.policy.ts'

/**
 * Takes over what an existing customer has, as it was observed and approved, until its address answers as that tenant. What fails before
 * the end gives everything back.
 */
export async function adoptTenant(input: OperationInput): Promise<void> {
  await runSaga(input, ADOPT_INSTANCE)
}
