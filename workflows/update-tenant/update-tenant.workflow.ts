import { patched } from '@temporalio/workflow'
import { isOwn } from '../../control-plane/domain/unit-kinds.ts'
import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import { runSaga } from '../saga/saga.workflow.ts'
import {
  UPDATE_INSTANCE,
  UPDATE_INSTANCE_1,
  UPDATE_STACK,
  UPDATE_TENANT,
  UPDATE_TENANT_1,
} from './update-tenant.policy.ts'

/** Publishes new limits of a tenant to every pod of its unit and to the edge. */
export async function updateTenant(input: OperationInput): Promise<void> {
  const unit = input.unitKind ?? 'cell'
  if (unit === 'stack' && patched('resize-stack')) return runSaga(input, UPDATE_STACK)
  const [cell, instance] = patched('limit-edge')
    ? [UPDATE_TENANT, UPDATE_INSTANCE]
    : [UPDATE_TENANT_1, UPDATE_INSTANCE_1]
  await runSaga(input, isOwn(unit) ? instance : cell)
}
