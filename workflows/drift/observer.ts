import { driftStore } from '../../control-plane/features/drift/drift.store.ts'
import { recordDrift } from '../../control-plane/features/drift/drift.report.ts'
import type { Database } from '../../control-plane/platform/database.ts'
import type { Logger } from '../../control-plane/platform/logger.ts'
import { safeError } from '../worker/safe-error.ts'
import { compareWhole } from './compare.ts'
import { keepLooking, type Looking } from '../worker/keep-looking.ts'
import { wholeUnit, type WholeDeps } from './whole-unit.ts'

export type ObserverDeps = WholeDeps & {
  database: Pick<Database, 'transaction'>
  logger: Pick<Logger, 'info' | 'warn'>
}
/** A unit is compared with its cluster at most this often. */
const EVERY_MS = 120_000

/**
 * Compares the unit whose turn it is with the cluster and keeps what it finds. Nothing is kept of a unit that an operation
 * worked on meanwhile. Returns the unit's id, or undefined when none was due.
 */
export async function observeNext(
  deps: ObserverDeps,
  everyMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const turn = await deps.database.transaction((tx) => tx.maybe(driftStore.claim, everyMs))
  if (turn === undefined) return undefined
  const { unitId, begunAt } = turn
  try {
    const whole = await deps.database.transaction((tx) => wholeUnit(deps, tx, unitId))
    const differences = await compareWhole(whole, { signal })
    await deps.database.transaction(async (tx) => {
      if ((await tx.one(driftStore.disturbed, unitId, begunAt)).disturbed) return
      await recordDrift(tx, unitId, { inside: differences })
      if (differences.length > 0)
        deps.logger.warn(
          { event: 'drift.found', unitId, differences: differences.length },
          'a unit differs from what was applied',
        )
    })
  } catch (error) {
    if (signal.aborted) return unitId
    const err = safeError(error)
    deps.logger.warn({ event: 'drift.not-compared', unitId, err }, 'a unit could not be compared with its cluster')
    await deps.database.transaction((tx) => tx.run(driftStore.recordFault, unitId, err.message))
  }
  return unitId
}

/** Compares units one after the other for as long as the worker lives, at most so many a minute; 0 is none. */
export const startObserver = (deps: ObserverDeps, perMinute: number, everyMs = EVERY_MS): Looking =>
  keepLooking(
    { ...deps, event: 'drift.observer-failing' },
    perMinute === 0 ? undefined : 60_000 / perMinute,
    (signal) => observeNext(deps, everyMs, signal),
  )
