import type { Statements } from '../product-server.ts'
import { Problem } from '../../../control-plane/domain/problem.ts'
import { barrierKey } from './guard.ts'
import { moveProblems } from './move.errors.ts'
import { atEnd, type Move, type MoveEnd } from './move.ts'
import { sideTable } from './side.ts'

/** The server ends a holder that says nothing for this long: the tenant's rows thaw by themselves. */
const SILENCE_MS = 5000

export type FreezeLimits = {
  /** How long transactions that are open may take to end; new writes are refused meanwhile. */
  waitMs: number
  /** How long the whole freeze may take. */
  limitMs: number
}
export type Frozen = {
  /** On the connection that holds the barrier: while it answers, nothing was written since the freeze began. */
  statements: Statements
  /** Throws when the freeze has lasted too long. */
  inTime: () => void
}

/**
 * Makes one tenant's rows read-only at one end while `work` runs: waits for the tenant's open transactions, refuses new writes at once
 * (SQLSTATE 25006), reads go on. The barrier is a lock of its own connection: it is gone with its holder, whatever happens, and a
 * side that is to stay closed must be closed on that connection. Throws `move.writers-open` and `move.freeze-too-long`.
 */
export async function frozen<T>(
  end: MoveEnd,
  move: Move,
  { waitMs, limitMs }: FreezeLimits,
  work: (frozen: Frozen) => Promise<T>,
): Promise<T> {
  return atEnd(end, async (statements, lost) => {
    await statements.run(
      'bound the freeze',
      `set idle_session_timeout = ${SILENCE_MS}; set statement_timeout = ${Math.trunc(limitMs)}; set lock_timeout = ${Math.trunc(waitMs)}`,
    )
    const began = Date.now()
    await statements.run('freeze', `select pg_advisory_lock(${barrierKey(move)})`).catch((error: unknown) => {
      const busy = error instanceof Problem && error.code === 'database.busy'
      throw busy ? moveProblems['move.writers-open']({ detail: `still open after ${waitMs} ms` }) : error
    })
    try {
      await statements.run(
        'note when the freeze began',
        `update ${sideTable(move)} set frozen_at = clock_timestamp() - make_interval(secs => $1)`,
        [(Date.now() - began) / 1000],
      )
      return await work({
        statements,
        inTime: () => {
          lost.throwIfAborted()
          if (Date.now() - began > limitMs)
            throw moveProblems['move.freeze-too-long']({ detail: `more than ${limitMs} ms` })
        },
      })
    } finally {
      await statements.run('thaw', `select pg_advisory_unlock(${barrierKey(move)})`).catch(() => {}) // it ends with the connection
    }
  })
}
