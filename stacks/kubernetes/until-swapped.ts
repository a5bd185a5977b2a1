import { hasCode } from './kubernetes.errors.ts'
import { type Link, sleep } from './link.ts'

/** At most so long between two attempts, in milliseconds; at random, so that two who met do not meet again. */
const PAUSE_MS = 20

/**
 * A compare-and-swap until it takes: reads, decides and writes again, after a moment, whenever somebody else was quicker
 * (`cluster.conflict`). Everything else that an attempt throws is thrown. Goes on as long as the signal allows.
 */
export async function untilSwapped<T>(attempt: () => Promise<T>, { signal }: Link): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!hasCode(error, 'cluster.conflict')) throw error
      await sleep(PAUSE_MS * Math.random(), signal)
    }
  }
}
