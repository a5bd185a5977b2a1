import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import { runSaga } from '../saga/saga.workflow.ts'
import { EXPORT_TENANT } from './export-tenant.policy.ts'

/** Keeps what a tenant has in a sealed file, and changes nothing of it. */
export async function exportTenant(input: OperationInput): Promise<void> {
  await runSaga(input, EXPORT_TENANT)
}
