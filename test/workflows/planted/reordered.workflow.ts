import type { OperationInput } from '../../../control-plane/features/operations/operations.contract.ts'
import { PROVISION_TENANT } from '../../../workflows/provision-tenant/provision-tenant.policy.ts'
import { runSaga } from '../../../workflows/saga/saga.workflow.ts'

const [publish, route, ...rest] = PROVISION_TENANT.steps

/** The process with its first two steps exchanged: the replay test must notice. */
export async function provisionTenant(input: OperationInput): Promise<void> {
  await runSaga(input, { ...PROVISION_TENANT, steps: [route, publish, ...rest] })
}
