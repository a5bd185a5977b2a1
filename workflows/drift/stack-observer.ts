import { driftStore } from '../../control-plane/features/drift/drift.store.ts'
import { recordDrift } from '../../control-plane/features/drift/drift.report.ts'
import type { Stacks } from '../regions/stacks.ts'
import { safeError } from '../worker/safe-error.ts'
import { keepLooking, type Looking } from '../worker/keep-looking.ts'
import type { ObserverDeps } from './observer.ts'
import { wholeStack } from './whole-stack.ts'

export type StackObserverDeps = ObserverDeps & { stacks: Pick<Stacks, 'compare'> }
/** How often it is asked whether the turn of a stack has come. */
const PAUSE_MS = 30_000

/**
 * Looks at what the stack is made of whose turn it is, without a change, and keeps what it finds. Nothing is kept of one that an
 * operation worked on meanwhile; an operation that begins meanwhile waits for the look to end, or fences it off. Returns the unit's
 * id, or undefined when none was due.
 */
export async function observeNextStack(
  deps: StackObserverDeps,
  everyMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const turn = await deps.database.transaction((tx) => tx.maybe(driftStore.claimStack, everyMs))
  if (turn === undefined) return undefined
  const { unitId, begunAt, epoch } = turn
  try {
    // as the undo of the last operation would say it: the next one says more
    const order = await deps.database.transaction((tx) => wholeStack(deps, tx, unitId, 2 * epoch + 1))
    if (order === undefined) return unitId // removed meanwhile
    const differences = await deps.stacks.compare(order, { signal })
    await deps.database.transaction(async (tx) => {
      if ((await tx.one(driftStore.disturbed, unitId, begunAt)).disturbed) return
      await recordDrift(tx, unitId, { stack: differences })
      if (differences.length > 0)
        deps.logger.warn(
          { event: 'drift.stack-found', unitId, differences: differences.length },
          'a stack differs from what was built',
        )
    })
  } catch (error) {
    if (signal.aborted) return unitId
    const err = safeError(error)
    deps.logger.warn({ event: 'drift.stack-not-looked-at', unitId, err }, 'a stack could not be looked at')
    await deps.database.transaction(async (tx) => {
      if ((await tx.one(driftStore.disturbed, unitId, begunAt)).disturbed) return
      await tx.run(driftStore.recordStackFault, unitId, err.message)
    })
  }
  return unitId
}

/** Looks at stacks one at a time for as long as the worker lives, at each once in so many minutes; 0 is never. */
export const startStackObserver = (deps: StackObserverDeps, everyMinutes: number): Looking => {
  const everyMs = everyMinutes * 60_000
  return keepLooking(
    { ...deps, event: 'drift.stack-observer-failing' },
    everyMinutes === 0 ? undefined : PAUSE_MS,
    (signal) => observeNextStack(deps, everyMs, signal),
  )
}
