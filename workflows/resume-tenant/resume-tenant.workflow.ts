import { isOwn } from '../../control-plane/domain/unit-kinds.ts'
import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import { runSaga } from '../saga/saga.workflow.ts'
import { RESUME_INSTANCE, RESUME_TENANT } from './resume-tenant.policy.ts'

/** Has the product serve a suspended tenant again. */
export async function resumeTenant(input: OperationInput): Promise<void> {
  await runSaga(input, isOwn(input.unitKind ?? 'cell') ? RESUME_INSTANCE : RESUME_TENANT)
}
