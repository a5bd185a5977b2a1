import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import { runSaga } from '../saga/saga.workflow.ts'
import { DECOMMISSION_INSTANCE, DECOMMISSION_TENANT } from './decommission-tenant.policy.ts'

/** Takes a tenant out of service and erases its rows. Before the erasure a cancel puts it back as it was; after it the way is forward only. */
export async function decommissionTenant(input: OperationInput): Promise<void> {
  await runSaga(input, input.unitKind === 'instance' ? DECOMMISSION_INSTANCE : DECOMMISSION_TENANT)
}
