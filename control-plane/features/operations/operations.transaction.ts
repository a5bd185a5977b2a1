import { setTimeout as delay } from 'node:timers/promises'
import type { Database, Tx } from '../../platform/database.ts'

/** deadlock_detected, lock_not_available, serialization_failure: the transaction left no trace and may be tried again. */
const AGAIN: ReadonlySet<string> = new Set(['40P01', '55P03', '40001'])
const ATTEMPTS = 12

const mayTryAgain = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && AGAIN.has(error.code)

/**
 * For the plane's own transactions, which nobody waits for by hand: when another holds the rows that the hooks want and waits
 * for ours, this one gives way and starts over. Throws the last refusal after a dozen.
 */
export async function yielding<T>(database: Pick<Database, 'transaction'>, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await database.transaction(work)
    } catch (error) {
      if (!mayTryAgain(error) || attempt === ATTEMPTS) throw error
      await delay(Math.random() * 20 * attempt)
    }
  }
}
