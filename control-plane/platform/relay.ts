import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from './database.ts'

export type RelayOptions = {
  name: string
  database: Pick<Database, 'listen'>
  /** NOTIFY channel that wakes it. */
  channel: string
  /** Without a wake-up it looks again after this many milliseconds: a lost notification costs time, never work. */
  pollMs: number
  /** One round of work found by state; returns whether there may be more at once. */
  work: (signal: AbortSignal) => Promise<boolean>
  onError: (error: unknown, waitMs: number) => void
  /** First and longest pause after a failed round, in milliseconds; doubled in between. */
  backoff?: { firstMs: number; longestMs: number }
}
export type Relay = {
  /** Looks now instead of at the next poll. */
  wake: () => void
  /** Stops after the round that is under way. */
  stop: () => Promise<void>
}

/** Runs `work` whenever something may have changed, one round at a time, until stopped; failed rounds are repeated later. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { database, channel, pollMs, work, onError, backoff = { firstMs: 100, longestMs: 10_000 } } = options
  const ending = new AbortController()
  let due = false
  let rouse = () => {}
  const wake = () => {
    due = true
    rouse()
  }
  const rest = (ms: number) =>
    new Promise<void>((resolve) => {
      if (ending.signal.aborted) return resolve()
      const timer = setTimeout(resolve, ms)
      rouse = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const run = async () => {
    let failures = 0
    while (!ending.signal.aborted) {
      due = false
      try {
        const more = await work(ending.signal)
        failures = 0
        if (!more && !due) await rest(pollMs)
      } catch (error) {
        const waitMs = Math.min(backoff.longestMs, backoff.firstMs * 2 ** failures)
        failures = Math.min(failures + 1, 20)
        onError(error, waitMs)
        await delay(waitMs, undefined, { signal: ending.signal }).catch(() => {}) // wake-ups do not shorten it: what fails is not asked more often because much is asked
      }
    }
  }
  const listening = await database.listen(channel, wake)
  const done = run()
  return {
    wake,
    stop: async () => {
      ending.abort()
      rouse()
      await done
      await listening.close()
    },
  }
}
