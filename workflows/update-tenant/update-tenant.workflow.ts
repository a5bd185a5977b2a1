import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import { runSaga } from '../saga/saga.workflow.ts'
import { UPDATE_INSTANCE, UPDATE_TENANT } from './update-tenant.policy.ts'

/** Publishes new limits of a tenant to every pod of its unit. */
export async function updateTenant(input: OperationInput): Promise<void> {
  await runSaga(input, input.unitKind === 'instance' ? UPDATE_INSTANCE : UPDATE_TENANT)
}
