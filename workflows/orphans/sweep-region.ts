import { orphansAmong, SWEEP_PLACES, type SweepPlace, type Trace } from '../../control-plane/domain/orphan.ts'
import { sweepStore } from '../../control-plane/features/orphans/orphans.sweep-store.ts'
import type { Database } from '../../control-plane/platform/database.ts'
import { newId } from '../../control-plane/platform/ids.ts'
import type { Logger } from '../../control-plane/platform/logger.ts'
import type { RegionTraces } from '../regions/hands.ts'
import type { StepDeps } from '../steps/step-deps.ts'
import { safeError } from '../worker/safe-error.ts'
import { readKnown } from './known.ts'

export type SweepDeps = Pick<StepDeps, 'regionFacts' | 'handsOf'> & {
  database: Pick<Database, 'transaction'>
  logger: Pick<Logger, 'warn'>
}

/**
 * Sweeps one region: looks everywhere, and only then reads what the plane knows, so that what an operation makes meanwhile has its
 * row already. Reports what was there `ageMs` ago, too; deletes nothing. A part that cannot be searched is told, and what was found
 * there before stays as it was. Returns how many orphans there are.
 */
export async function sweepRegion(
  deps: SweepDeps,
  region: string,
  ageMs: number,
  signal: AbortSignal,
): Promise<number> {
  const { orphans: traces } = await deps.database.transaction(async (tx) =>
    deps.handsOf(await deps.regionFacts(tx, region)),
  )
  const { seen, faults } = await look(traces, signal)
  return deps.database.transaction(async (tx) => {
    const known = await readKnown(tx)
    const found = [...seen].flatMap(([place, list]) =>
      orphansAmong(list, known).map((orphan) => ({ ...orphan, id: newId(), place })),
    )
    await sweepStore.record(tx, region, { found: unique(found), searched: [...seen.keys()], faults }, ageMs)
    if (Object.keys(faults).length > 0)
      deps.logger.warn({ event: 'orphans.not-searched', region, faults }, 'parts of a region could not be searched')
    return found.length
  })
}

/** One part after the other: nobody waits for a sweep, and it shall not be felt. */
async function look(traces: RegionTraces, signal: AbortSignal) {
  const seen = new Map<SweepPlace, Trace[]>()
  const faults: Record<string, string> = {}
  for (const place of SWEEP_PLACES) {
    try {
      seen.set(place, await traces[place]({ signal }))
    } catch (error) {
      signal.throwIfAborted()
      faults[place] = safeError(error).message
    }
  }
  return { seen, faults }
}

/** One row each: a statement cannot touch a row twice. */
const unique = <T extends { place: string; kind: string; where: string; name: string }>(all: readonly T[]): T[] => [
  ...new Map(all.map((one) => [JSON.stringify([one.place, one.kind, one.where, one.name]), one])).values(),
]
