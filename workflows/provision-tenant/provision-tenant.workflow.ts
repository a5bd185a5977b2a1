import type { UnitKind } from '../../control-plane/domain/unit-kinds.ts'
import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import type { SagaPolicy } from '../saga/saga.policy.ts'
import { runSaga } from '../saga/saga.workflow.ts'
import { PROVISION_INSTANCE, PROVISION_STACK, PROVISION_TENANT } from './provision-tenant.policy.ts'

const WAYS: Readonly<Record<UnitKind, SagaPolicy>> = {
  cell: PROVISION_TENANT,
  instance: PROVISION_INSTANCE,
  stack: PROVISION_STACK,
}

/** Brings a tenant into service in the unit that was reserved for it, until its address answers as that tenant. */
export async function provisionTenant(input: OperationInput): Promise<void> {
  await runSaga(input, WAYS[input.unitKind ?? 'cell'])
}
