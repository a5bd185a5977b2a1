import { conflicts, promotable } from '../../domain/admission.ts'
import { claimsOf, type Claim } from '../../domain/operation-kinds.ts'
import type { Database } from '../../platform/database.ts'
import { provedByConstraint } from './operations.request.ts'
import type { OperationHooks } from './operations.row.ts'
import { operationsStore, subjectsOf, type OpenOperation } from './operations.store.ts'
import { yielding } from './operations.transaction.ts'

/**
 * Admits the queued operations whose turn has come, oldest first, each in a transaction of its own under its own subjects'
 * locks. Looks at what touches `claims`, or at everything when that is left out. Any number may run at once, and a run that
 * never happened is made up for by the next. Returns how many it admitted.
 */
export async function promote(
  database: Pick<Database, 'transaction' | 'statement'>,
  hooks: Pick<OperationHooks, 'onAdmitted'>,
  claims?: readonly Claim[],
): Promise<number> {
  const open = await database.statement((tx) =>
    claims === undefined ? tx.all(operationsStore.openWhenQueued) : tx.all(operationsStore.openBeside, claims),
  )
  let admitted = 0
  for (const candidate of promotable(open)) if (await admitQueued(database, hooks, candidate)) admitted++
  return admitted
}

/** Decides again under the locks: the list was read without them. */
function admitQueued(
  database: Pick<Database, 'transaction'>,
  hooks: Pick<OperationHooks, 'onAdmitted'>,
  candidate: OpenOperation,
): Promise<boolean> {
  const claims = claimsOf(candidate.kind, candidate)
  return yielding(database, async (tx) => {
    await tx.run(operationsStore.lock, subjectsOf(claims))
    const open = await tx.all(operationsStore.openBeside, claims)
    if (open.some((older) => older.sequence < candidate.sequence && conflicts(candidate, older))) return false
    const operation = await provedByConstraint(candidate.kind, tx.maybe(operationsStore.start, candidate.id, claims))
    if (operation === undefined) return false
    await tx.one(operationsStore.yieldSoon)
    await hooks.onAdmitted(tx, operation)
    return true
  })
}
