import { patched } from '@temporalio/workflow'
import type { UnitKind } from '../../control-plane/domain/unit-kinds.ts'
import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import type { SagaPolicy } from '../saga/saga.policy.ts'
import { runSaga } from '../saga/saga.workflow.ts'
import {
  beforeExports,
  beforeInspection,
  DECOMMISSION_INSTANCE,
  DECOMMISSION_STACK,
  DECOMMISSION_TENANT,
} from './decommission-tenant.policy.ts'

const WAYS: Readonly<Record<UnitKind, SagaPolicy>> = {
  cell: DECOMMISSION_TENANT,
  instance: DECOMMISSION_INSTANCE,
  stack: DECOMMISSION_STACK,
}

/**
 * Takes a tenant out of service, keeps an export of it, erases it and certifies that nothing is left. Before the erasure a cancel or
 * a legal hold puts it back as it was; after it the way is forward only.
 */
export async function decommissionTenant(input: OperationInput): Promise<void> {
  await runSaga(input, wayOf(WAYS[input.unitKind ?? 'cell']))
}

function wayOf(policy: SagaPolicy): SagaPolicy {
  if (patched('2026-11-inspect-before-removal')) return policy
  return patched('2026-11-export-before-removal') ? beforeInspection(policy) : beforeExports(policy)
}
