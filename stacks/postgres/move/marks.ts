import { escapeIdentifier as id } from 'pg'
import { sleep } from '../../kubernetes/link.ts'
import type { Statements } from '../product-server.ts'
import { moveProblems } from './move.errors.ts'
import { type Move, moveSchema, type Way } from './move.ts'
import { refuseLost } from './slot.ts'

const SLOT_LOOK_MS = 2000
type Drain = { move: Move; way: Way; limitMs: number; pauseMs: number; signal: AbortSignal }

/**
 * Writes a mark into the stream and waits until the other end has applied it: transactions are applied in the order of their commits,
 * so everything committed before the mark is there, too. Throws `move.stalled` when it does not arrive within `limitMs`, and what
 * `refuseLost` throws.
 */
export async function drain(
  from: Statements,
  to: Statements,
  { move, way, limitMs, pauseMs, signal }: Drain,
): Promise<void> {
  const marks = `${id(moveSchema(move))}.marks`
  const [mark] = await from.run<{ n: string }>(
    'write a mark',
    `insert into ${marks} as m (way, n) values ($1, 1) on conflict (way) do update set n = m.n + 1 returning n::text`,
    [way],
  )
  const deadline = Date.now() + limitMs
  for (let lookAt = Date.now() + SLOT_LOOK_MS; ;) {
    const [seen] = await to.run<{ there: boolean }>(
      'look for the mark',
      `select n >= $2::bigint as there from ${marks} where way = $1`,
      [way, mark?.n],
    )
    if (seen?.there) return
    if (Date.now() > lookAt) {
      await refuseLost(from, move, way) // it would never arrive
      lookAt = Date.now() + SLOT_LOOK_MS
    }
    if (Date.now() > deadline)
      throw moveProblems['move.stalled']({ detail: `mark ${mark?.n} did not arrive in ${limitMs} ms` })
    await sleep(pauseMs, signal)
  }
}
