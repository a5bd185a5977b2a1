import type { Tx } from '../../platform/database.ts'
import { closeOperation, ignoreSettled, type CloseDeps } from './operations.close.ts'
import { plansStore, type Unmade } from './operations.plans-store.ts'
import type { OperationRow } from './operations.row.ts'

/**
 * Ends an operation as failed whose change plan could not be made and that waits for nobody's word: with the code of its plan, and with nothing
 * changed. Where somebody is asked it waits on, because whoever looks may have it planned again. Repeatable, by anyone, at any time; one that
 * was planned again meanwhile goes on.
 */
export async function endUnmade(deps: CloseDeps, { operationId, planId, code, message }: Unmade): Promise<void> {
  const unless = async (tx: Tx, { state, cancelRequestedAt }: OperationRow) => {
    if (state !== 'waiting' || cancelRequestedAt !== null) return true
    const current = await tx.maybe(plansStore.current, operationId)
    return current?.id !== planId
  }
  const error = { code, message: `It could not be planned, so that nothing was changed: ${message}` }
  await closeOperation(deps, { operationId, epoch: null, outcome: 'failed', error, unless }).catch(ignoreSettled)
}
