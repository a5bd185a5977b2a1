import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import { runSaga } from '../saga/saga.workflow.ts'
import { PROVISION_INSTANCE, PROVISION_TENANT } from './provision-tenant.policy.ts'

/** Brings a tenant into service in the unit that was reserved for it, until its address answers as that tenant. */
export async function provisionTenant(input: OperationInput): Promise<void> {
  await runSaga(input, input.unitKind === 'instance' ? PROVISION_INSTANCE : PROVISION_TENANT)
}
