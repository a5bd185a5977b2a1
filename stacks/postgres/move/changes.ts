import { escapeIdentifier as id } from 'pg'
import type { Link } from '../../kubernetes/link.ts'
import type { Statements } from '../product-server.ts'
import { drain } from './marks.ts'
import { asStep, atBoth, flowOf, type Move, moveSchema, type Way } from './move.ts'
import { type DifferingRow, difference, hashKeys, type Key } from './row-hash.ts'
import { refuseUnready } from './progress.ts'
import { noteCompared, sidesUnderWay } from './side.ts'
import { describeTables, type MoveTable } from './tables.ts'
import { moveProblems } from './move.errors.ts'

/** Noted keys that are compared at once. */
const BATCH = 5000
const DRAIN_MS = 60_000
const PAUSE_MS = 10

type Note = { id: string; tbl: string; key: string[] }
export type ChangesCompared = {
  /** Keys that were compared. */
  rows: number
  /** Those that were not the same: because they change right now, or because they differ. Their notes stay. */
  differing: DifferingRow[]
  notes: number
  /** Whether there were more notes than are read at once. */
  more: boolean
}

/**
 * Compares what was written at `from` since the notes were read last: reads the notes, then the rows, waits until `to` has applied
 * them, and takes away the notes of keys that are the same. A key that was written meanwhile has a new note.
 */
export async function compareNotes(
  from: Statements,
  to: Statements,
  options: {
    move: Move
    way: Way
    tables: readonly MoveTable[]
    limitMs: number
    pauseMs: number
    signal: AbortSignal
  },
): Promise<ChangesCompared> {
  const notesTable = `${id(moveSchema(options.move))}.changes`
  const notes = await from.run<Note>(
    'read what was written',
    `select id::text, tbl, key from ${notesTable} order by id limit ${BATCH}`,
  )
  const byTable = options.tables
    .map((table) => ({ table, keys: keysOf(notes, table.table) }))
    .filter(({ keys }) => keys.size > 0)
  const here = new Map<string, (string | null)[]>()
  for (const { table, keys } of byTable) here.set(table.table, await hashKeys(from, table, [...keys.values()]))
  await drain(from, to, options)
  const differing: DifferingRow[] = []
  for (const { table, keys } of byTable) {
    const there = await hashKeys(to, table, [...keys.values()])
    const shown = here.get(table.table) ?? []
    for (const [n, key] of [...keys.values()].entries()) {
      const what = difference(shown[n] ?? null, there[n] ?? null)
      if (what) differing.push({ table: table.table, key, what })
    }
  }
  const open = new Set(differing.map(({ table, key }) => noteName(table, key)))
  const done = notes.filter(({ tbl, key }) => !open.has(noteName(tbl, key))).map((note) => note.id)
  await from.run('take the notes away', `delete from ${notesTable} where id = any ($1::bigint[])`, [done])
  return {
    rows: byTable.reduce((sum, { keys }) => sum + keys.size, 0),
    differing,
    notes: notes.length,
    more: notes.length === BATCH,
  }
}

const noteName = (table: string, key: Key) => JSON.stringify([table, ...key])
const keysOf = (notes: readonly Note[], table: string): Map<string, Key> =>
  new Map(notes.filter(({ tbl }) => tbl === table).map(({ tbl, key }) => [noteName(tbl, key), key]))

/**
 * One round of comparing what was written since the copy, before the freeze or during the soak: what is settled need not be looked at in
 * the freeze. Returns how many keys were compared and how many notes are left. Throws `move.not-ready` before the copy is complete.
 */
export async function compareChanges(move: Move, link: Link): Promise<{ rowsCompared: number; left: number }> {
  return asStep(move, link, async (held) => {
    const { target } = await sidesUnderWay(move)
    if (!target.writable) await refuseUnready(move)
    const flow = flowOf(move, target.writable ? 'back' : 'out')
    return atBoth(flow, async (from, to) => {
      const tables = await describeTables(from)
      const compared = { move, way: flow.way, tables, limitMs: DRAIN_MS, pauseMs: PAUSE_MS, signal: link.signal }
      let rows = 0
      for (let settling = true; settling;) {
        held()
        const round = await compareNotes(from, to, compared)
        await noteCompared(from, move, round.rows)
        rows += round.rows
        settling = round.more && round.differing.length < BATCH / 2
      }
      if (!target.writable) await shortenReturn(to, move)
      const [left] = await from.run<{ n: number }>(
        'count notes',
        `select count(*)::int as n from ${id(moveSchema(move))}.changes`,
      )
      return { rowsCompared: rows, left: left?.n ?? 0 }
    })
  })
}

/** What the way back keeps of the target's log before anybody has written there is of no use: its slot follows. */
async function shortenReturn({ run }: Statements, move: Move): Promise<void> {
  await run(
    'let the slot of the way back follow',
    `select pg_replication_slot_advance(slot_name, pg_current_wal_flush_lsn()) from pg_replication_slots
      where slot_name = $1 and not active and confirmed_flush_lsn < pg_current_wal_flush_lsn()`,
    [flowOf(move, 'back').name],
  )
}

/** Throws `move.rows-differ` with the keys, the first hundred of them. */
export function refuseDifferences(rows: readonly DifferingRow[]): void {
  if (rows.length === 0) return
  const [first] = rows
  throw moveProblems['move.rows-differ']({
    detail: `${rows.length} rows, the first in ${first?.table}: ${first?.key.join(', ')} (${first?.what})`,
    extra: { rows: rows.slice(0, 100), count: rows.length },
  })
}
