import { isOwn } from '../../control-plane/domain/unit-kinds.ts'
import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import { runSaga } from '../saga/saga.workflow.ts'
import { SUSPEND_INSTANCE, SUSPEND_TENANT } from './suspend-tenant.policy.ts'

/** Has the product refuse a tenant's requests; its data and routes stay. */
export async function suspendTenant(input: OperationInput): Promise<void> {
  await runSaga(input, isOwn(input.unitKind ?? 'cell') ? SUSPEND_INSTANCE : SUSPEND_TENANT)
}
