import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import { runSaga } from '../saga/saga.workflow.ts'
import { BACKUP_UNIT } from './backup-unit.policy.ts'

/** Backs the database of a stack up into its store and sees that it restores; what was not seen to restore is not kept. */
export async function backupUnit(input: OperationInput): Promise<void> {
  await runSaga(input, BACKUP_UNIT)
}
