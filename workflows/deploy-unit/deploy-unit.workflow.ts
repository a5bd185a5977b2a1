import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import { runSaga } from '../saga/saga.workflow.ts'
import { DEPLOY_UNIT } from './deploy-unit.policy.ts'

/**
 * Moves a unit to another version of its product, pod by pod, while it serves. On failure the version before serves again; what
 * the database was expanded by stays, because that version runs on it, too.
 */
export async function deployUnit(input: OperationInput): Promise<void> {
  await runSaga(input, DEPLOY_UNIT)
}
