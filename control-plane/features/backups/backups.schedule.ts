import type { Clock } from '../../platform/clock.ts'
import { reportCondition } from '../../platform/conditions.ts'
import type { Database } from '../../platform/database.ts'
import type { Logger } from '../../platform/logger.ts'
import { askToBackUp, type AskDeps } from './backups.ask.ts'
import { BACKED_UP } from './backups.condition.ts'
import { backupSchedule as store } from './backups.schedule-store.ts'

/** Stacks asked for in one look: more wait for the next, so that all that are due at once are not dumped at once. */
const AT_ONCE = 2
/** One that could not be backed up is not tried again before this has passed. */
const AGAIN_MS = 3_600_000
/** A stack that was just built or moved to is often worked on next, and that would queue behind its first backup. */
const QUIET_MS = 600_000
/** After so many intervals without a verified backup it is said of the stack. */
const STALE_AFTER = 2

type Deps = AskDeps & {
  database: Pick<Database, 'transaction'>
  clock: Clock
  /** How old the newest verified backup of a stack may be, milliseconds. */
  everyMs: number
  logger: Pick<Logger, 'warn'>
}

/** Asks for the backups that are due, and says of stacks whose newest is too old that it is. Answers how many it asked for. */
export async function askForBackups(deps: Deps): Promise<number> {
  const { database, clock, everyMs, logger } = deps
  const before = (ms: number) => new Date(clock.now().getTime() - ms).toISOString()
  const due = await database.transaction((tx) =>
    store.due(tx, before(everyMs), before(AGAIN_MS), before(QUIET_MS), AT_ONCE),
  )
  let asked = 0
  for (const unit of due) {
    try {
      await database.transaction((tx) => askToBackUp(deps, tx, unit, null))
      asked += 1
    } catch (err) {
      logger.warn({ event: 'backup.not-asked', unitId: unit.id, err }, 'a backup waits for the next look')
    }
  }
  await database.transaction(async (tx) => {
    for (const { id, newest } of await store.stale(tx, before(STALE_AFTER * everyMs)))
      await reportCondition(tx, {
        subject: `unit:${id}`,
        tenantId: null,
        type: BACKED_UP,
        status: 'false',
        reason: 'TooOld',
        message:
          newest === null
            ? 'No backup of its database was ever seen to restore'
            : `The newest backup that was seen to restore is of ${newest}`,
        observedGeneration: 0,
      })
  })
  return asked
}

const LOOK_EVERY_MS = 10_000

/** Looks for what is due as long as it runs; with `everyMs` 0 it never does. Several processes ask for one backup only. */
export function startBackingUp(deps: Deps): { stop: () => Promise<void> } {
  if (deps.everyMs === 0) return { stop: async () => {} }
  let looking: Promise<unknown> = Promise.resolve()
  const look = () =>
    (looking = askForBackups(deps).catch((err: unknown) =>
      deps.logger.warn({ event: 'backup.not-looked', err }, 'what is due is found by the next look'),
    ))
  const timer = setInterval(() => void look(), LOOK_EVERY_MS).unref()
  return {
    async stop() {
      clearInterval(timer)
      await looking
    },
  }
}
