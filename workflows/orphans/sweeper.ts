import { sweepStore } from '../../control-plane/features/orphans/orphans.sweep-store.ts'
import { keepLooking, type Looking } from '../worker/keep-looking.ts'
import { sweepRegion, type SweepDeps } from './sweep-region.ts'

/** How often it is asked whether the turn of a region has come. */
const PAUSE_MS = 30_000
export type SweepTimes = { everyMs: number; ageMs: number }

/** Sweeps the region whose turn it is. Returns its name, or undefined when none is due. */
export async function sweepNext(
  deps: SweepDeps,
  { everyMs, ageMs }: SweepTimes,
  signal: AbortSignal,
): Promise<string | undefined> {
  const turn = await deps.database.transaction((tx) => sweepStore.claim(tx, everyMs))
  if (turn) await sweepRegion(deps, turn.region, ageMs, signal)
  return turn?.region
}

/** Sweeps one region after the other for as long as the worker lives; `everyMs` 0 is never. */
export const startOrphanSweeper = (deps: SweepDeps, times: SweepTimes): Looking =>
  keepLooking({ ...deps, event: 'orphans.sweeper-failing' }, times.everyMs === 0 ? undefined : PAUSE_MS, (signal) =>
    sweepNext(deps, times, signal),
  )
