import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import { runSaga } from '../saga/saga.workflow.ts'
import { ROTATE_KEY } from './rotate-key.policy.ts'

/** Gives a stack's key a new generation; whatever an older one sealed goes on opening. */
export async function rotateKey(input: OperationInput): Promise<void> {
  await runSaga(input, ROTATE_KEY)
}
