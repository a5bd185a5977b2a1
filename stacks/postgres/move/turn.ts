import type { Held } from '../fence.ts'
import type { Statements } from '../product-server.ts'
import { type FreezeLimits, frozen } from './barrier.ts'
import { compareNotes, refuseDifferences } from './changes.ts'
import { moveProblems } from './move.errors.ts'
import { atBoth, atEnd, flowOf, type Move, type Way } from './move.ts'
import { liftSequences } from './sequences.ts'
import { refuseLost } from './slot.ts'
import { noteCompared, sideTable } from './side.ts'
import type { MoveTable } from './tables.ts'

type Turn = { move: Move; way: Way; tables: readonly MoveTable[]; held: Held; signal: AbortSignal }
/** Few enough notes that the freeze compares them in some milliseconds. */
const SETTLED = 500
const ROUNDS = 20
const SETTLE_MS = 60_000

/** Compares what was written until little is left for the freeze; rows go on being written. */
export async function settle({ move, way, tables, held, signal }: Turn): Promise<void> {
  await atBoth(flowOf(move, way), async (from, to) => {
    for (let round = 0, notes = SETTLED; notes >= SETTLED && round < ROUNDS; round++) {
      held()
      const compared = await compareNotes(from, to, { move, way, tables, limitMs: SETTLE_MS, pauseMs: 10, signal })
      await noteCompared(from, move, compared.rows)
      notes = compared.notes
    }
  })
}

/**
 * Passes the right to write from one end to the other in one freeze: drains to an equal position, compares what has not been compared
 * yet, lifts sequences, closes the one for good, then opens the other. Whatever dies in between, at most one end is writable: until the
 * one is closed the freeze ends by itself; after that a repeat (or the abort) opens one of them.
 */
export async function turn({ move, way, tables, held, signal }: Turn, limits: FreezeLimits): Promise<void> {
  const { from: here, to: there } = flowOf(move, way)
  await atEnd(there, (to) =>
    frozen(here, move, limits, async ({ statements: from, inTime }) => {
      for (let more = true; more;) {
        inTime()
        held()
        const compared = await compareNotes(from, to, {
          move,
          way,
          tables,
          limitMs: limits.limitMs,
          pauseMs: 2,
          signal,
        })
        refuseDifferences(compared.differing) // nobody writes: what differs now differs
        await noteCompared(from, move, compared.rows)
        more = compared.more
      }
      await liftSequences(from, to)
      if (way === 'out') await aimReturn(move, from, to)
      inTime()
      held()
      await from.run('close this side', `update ${sideTable(move)} set writable = false`)
      const opened = await to.count(
        'open the other side', // a process that slept here may wake when the move is being taken back already
        `update ${sideTable(move)} set writable = true where aborting = $1`,
        [way === 'back'],
      )
      if (opened === 0) throw moveProblems['move.aborting']()
    }),
  )
}

/**
 * Lets the way back begin after everything that came the way out, or it would be sent back where it came from. The position is flushed
 * at the target before it is used: after a crash no commit can come to lie below it.
 */
async function aimReturn(move: Move, source: Statements, target: Statements): Promise<void> {
  await refuseLost(target, move, 'back') // or nothing would lead back from the moment that the target is open
  await target.run('flush what was applied', `update ${sideTable(move)} set frozen_at = null`)
  const [position] = await target.run<{ lsn: string }>(
    'read the position',
    'select pg_current_wal_flush_lsn()::text as lsn',
  )
  const aimed = await source.run(
    'aim the way back',
    `select pg_replication_origin_advance('pg_' || oid, $2::pg_lsn) from pg_subscription
      where subname = $1 and not subenabled and subdbid = (select oid from pg_database where datname = current_database())`,
    [flowOf(move, 'back').name, position?.lsn],
  )
  if (aimed.length === 0) throw moveProblems['move.not-ready']({ detail: 'the way back has not been made' })
}
