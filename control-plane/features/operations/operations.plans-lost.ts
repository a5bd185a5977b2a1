import type { Database, Tx } from '../../platform/database.ts'
import { PLANNER_LOST } from './operations.errors.ts'
import type { OperationEngine } from './operations.engine.ts'
import { wantPlan } from './operations.plans.ts'
import { plansStore } from './operations.plans-store.ts'
import { BATCH } from './operations.relay-store.ts'
import { viewsStore } from './operations.views-store.ts'

type Deps = { database: Pick<Database, 'transaction' | 'statement'>; engine: Pick<OperationEngine, 'look'> }
export type LostPlan = { operationId: string; planId: string; again: boolean }

/** So often the plane plans anew by itself: what takes its planner with it each time is for a person to look at. */
const TRIES = 3
/** Below every id that there is. */
const FIRST = '00000000-0000-0000-0000-000000000000'

/**
 * Finds change plans whose workflow is gone before they were made, says so of them (`plan.lost`), and has them made again. Nothing is
 * changed by making one, so that nobody has to be waited for. Returns those it found; throws when the engine does not answer.
 */
export async function recoverPlans({ database, engine }: Deps, now: () => Date, graceMs: number): Promise<LostPlan[]> {
  const lost: LostPlan[] = []
  for (let after = FIRST; ;) {
    const batch = await database.statement((tx) => tx.all(plansStore.unattended, after, graceMs))
    for (const plan of batch) {
      after = plan.planId
      if ((await engine.look(plan.planId)) === 'running') continue
      const again = await database.transaction((tx) => endLost(tx, plan, now()))
      if (again !== undefined) lost.push({ ...plan, again })
    }
    if (batch.length < BATCH) return lost
  }
}

/** Whether it is planned again; undefined where it was made, or is wanted no more, meanwhile. */
async function endLost(
  tx: Tx,
  { planId, operationId }: Omit<LostPlan, 'again'>,
  now: Date,
): Promise<boolean | undefined> {
  const operation = await tx.one(viewsStore.lockForCancel, operationId)
  if ((await tx.maybe(plansStore.fail, planId, PLANNER_LOST, now.toISOString())) === undefined) return undefined
  const { times } = await tx.one(plansStore.failedWith, operationId, PLANNER_LOST.code)
  if (times >= TRIES || operation.state !== 'waiting' || operation.cancelRequestedAt !== null) return false
  await wantPlan(tx, operationId, now)
  return true
}
