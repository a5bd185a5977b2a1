import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../../control-plane/platform/logger.ts'
import { safeError } from './safe-error.ts'

export type Looking = { stop: () => Promise<void> }
/** `event`: what the log calls a turn that could not be taken. */
type LookingDeps = { logger: Pick<Logger, 'warn'>; event: string }

/**
 * Takes turn after turn until it is stopped, with about so many milliseconds between them; undefined: none at all. No leader: whoever
 * takes a turn moves it on, and the pauses differ from worker to worker, so that many of them do not ask at the same moment.
 */
export function keepLooking(
  { logger, event }: LookingDeps,
  pauseMs: number | undefined,
  next: (signal: AbortSignal) => Promise<unknown>,
): Looking {
  const ending = new AbortController()
  const { signal } = ending
  const run = async (pause: number) => {
    while (!signal.aborted) {
      await next(signal).catch((error: unknown) => {
        if (!signal.aborted) logger.warn({ event, err: safeError(error) }, 'no turn could be taken; trying on')
      })
      await delay(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => {})
    }
  }
  const done = pauseMs === undefined ? Promise.resolve() : run(pauseMs)
  return {
    stop: async () => {
      ending.abort()
      await done
    },
  }
}
