import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/logger.ts'
import { endMove, type EndDeps, type MovesDeps } from './moves.service.ts'

type Deps = EndDeps & {
  database: MovesDeps['database']
  clock: Clock
  logger: Pick<Logger, 'warn'>
}

/** Moves looked after in one look; the others come with the next. */
const AT_ONCE = 100
const LOOK_EVERY_MS = 5_000

/**
 * Asks for the retirement of every move whose soak is over, once: one that fails is an operator's to look at. Of several processes that
 * look at once one asks. Answers how many it asked for.
 */
export async function retireDue(deps: Deps): Promise<number> {
  const now = deps.clock.now().toISOString()
  const due = await deps.database.transaction((tx) => deps.store.due(tx, now, AT_ONCE))
  let asked = 0
  for (const id of due) {
    try {
      await deps.database.transaction(async (tx) => {
        const { operationId } = await endMove(deps, tx, { kind: 'tenant.move-retire', id, actor: null })
        await deps.store.noteRetirement(tx, id, operationId)
      })
      asked += 1
    } catch (err) {
      deps.logger.warn(
        { event: 'move.not-retired', moveId: id, err },
        'a move whose soak is over waits for the next look',
      )
    }
  }
  return asked
}

/** Looks after moves as long as it runs. */
export function startRetiring(deps: Deps): { stop: () => Promise<void> } {
  let looking: Promise<unknown> = Promise.resolve()
  const look = () =>
    (looking = retireDue(deps).catch((err: unknown) =>
      deps.logger.warn({ event: 'moves.not-looked', err }, 'moves are looked at again at the next look'),
    ))
  const timer = setInterval(() => void look(), LOOK_EVERY_MS).unref()
  return {
    async stop() {
      clearInterval(timer)
      await looking
    },
  }
}
