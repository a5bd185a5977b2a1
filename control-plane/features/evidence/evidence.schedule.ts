import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/logger.ts'
import { askToMeasure } from './evidence.ask.ts'
import type { EvidenceDeps } from './evidence.service.ts'

/** Units asked for in one look: more wait for the next, so that a fleet that is due at once is not measured at once. */
const AT_ONCE = 5
/** One that could not be measured is not tried again before this has passed. */
const AGAIN_MS = 3_600_000
/** A unit that was just made or changed is often worked on next, and that would queue behind its attestation. */
const QUIET_MS = 30_000

type Deps = Pick<EvidenceDeps, 'database' | 'store' | 'findUnit' | 'request' | 'lockSubjects' | 'audit'> & {
  clock: Clock
  /** How old the last record of a unit may be. */
  everyMs: number
  logger: Pick<Logger, 'warn'>
}

/**
 * Asks for the attestations that are due: of a unit as soon as it is there and nothing has worked on it for half a minute, and
 * again when its last record is old.
 */
export async function askForDue(deps: Deps): Promise<number> {
  const { database, store, clock, everyMs, logger } = deps
  const before = (ms: number) => new Date(clock.now().getTime() - ms).toISOString()
  const due = await database.transaction((tx) =>
    store.due(tx, before(everyMs), before(AGAIN_MS), before(QUIET_MS), AT_ONCE),
  )
  let asked = 0
  for (const unit of due) {
    try {
      await database.transaction((tx) => askToMeasure(deps, tx, 'unit.attest', unit, null))
      asked += 1
    } catch (err) {
      logger.warn({ event: 'attestation.not-asked', unitId: unit.id, err }, 'attestation waits for the next look')
    }
  }
  return asked
}

const LOOK_EVERY_MS = 5000

/** Looks for what is due as long as it runs; with `everyMs` 0 it never does. Several processes ask for one attestation only. */
export function startAttesting(deps: Deps): { stop: () => Promise<void> } {
  if (deps.everyMs === 0) return { stop: async () => {} }
  let looking: Promise<unknown> = Promise.resolve()
  const look = () =>
    (looking = askForDue(deps).catch((err: unknown) =>
      deps.logger.warn({ event: 'attestation.not-looked', err }, 'what is due is found by the next look'),
    ))
  const timer = setInterval(() => void look(), LOOK_EVERY_MS).unref()
  return {
    async stop() {
      clearInterval(timer)
      await looking
    },
  }
}
