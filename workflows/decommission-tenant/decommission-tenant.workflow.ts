import type { UnitKind } from '../../control-plane/domain/unit-kinds.ts'
import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import type { SagaPolicy } from '../saga/saga.policy.ts'
import { runSaga } from '../saga/saga.workflow.ts'
import { DECOMMISSION_INSTANCE, DECOMMISSION_STACK, DECOMMISSION_TENANT } from './decommission-tenant.policy.ts'

const WAYS: Readonly<Record<UnitKind, SagaPolicy>> = {
  cell: DECOMMISSION_TENANT,
  instance: DECOMMISSION_INSTANCE,
  stack: DECOMMISSION_STACK,
}

/** Takes a tenant out of service and erases its rows. Before the erasure a cancel puts it back as it was; after it the way is forward only. */
export async function decommissionTenant(input: OperationInput): Promise<void> {
  await runSaga(input, WAYS[input.unitKind ?? 'cell'])
}
