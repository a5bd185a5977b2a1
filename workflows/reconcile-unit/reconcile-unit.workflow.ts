import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import { runSaga } from '../saga/saga.workflow.ts'
import { RECONCILE_STACK, RECONCILE_UNIT } from './reconcile-unit.policy.ts'

/** Makes a unit what was applied again, where it differs; what nobody of us made stays and is reported. */
export async function reconcileUnit(input: OperationInput): Promise<void> {
  await runSaga(input, input.unitKind === 'stack' ? RECONCILE_STACK : RECONCILE_UNIT)
}
