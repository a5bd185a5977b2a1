import { escapeIdentifier as id } from 'pg'
import { type Link, sleep } from '../../kubernetes/link.ts'
import type { Statements } from '../product-server.ts'
import { refuseDifferences } from './changes.ts'
import { drain } from './marks.ts'
import { asStep, atBoth, atEnd, flowOf, type Move, moveSchema, type Way } from './move.ts'
import { type DifferingRow, difference, hashKeys, type Key, rowHash, typeOf } from './row-hash.ts'
import { refuseUnready } from './progress.ts'
import { sidesUnderWay } from './side.ts'
import { isLost } from './slot.ts'
import { bound, keyOrder, textKey } from './key-range.ts'
import { describeTables, type MoveTable } from './tables.ts'

/** Rows of a range that are first summed up at once. */
const RANGE = 20_000
/** A range of fewer rows that differs is compared key by key instead of being halved. */
const LEAF = 64
/** A key may be between both sides just now: this often it is looked at again, after all that was written has arrived. */
const ATTEMPTS = 10
const AGAIN_MS = 100
const DRAIN_MS = 60_000
/** What still differs then changes all the time, or for good. So many at most are told apart; more are no accident. */
const HELD_AT_MOST = 500
/** As long as writers of one row wait at most: what a freeze of all rows may take, too. */
const HELD_MS = 2000

type Range = { after: Key | undefined; upTo: Key | undefined }
type Sum = { rows: number; sum: string }
type Scan = {
  move: Move
  way: Way
  /** What is written at `from` arrives at `to` no more. */
  cut: boolean
  from: Statements
  to: Statements
  signal: AbortSignal
  table: MoveTable
}

export type Verified = {
  /** Rows that are the same on both sides, all tables together. */
  rowsVerified: number
  tables: { table: string; rows: number }[]
}

/**
 * Compares every row of the tenant on both sides while it is written: count and sum of row hashes per range of keys, computed by the
 * servers; a range that differs is halved until its keys are known, and those are looked at again once the other side has caught up.
 * Before the hand-over this proves the copy, during the soak the way back: rows untouched since the freeze are compared as they were
 * then, others as they are now, held still where they never are; where the way back is lost, those alone that are untouched. Throws
 * `move.rows-differ` with the keys, `move.not-ready`, `move.slot-lost` and `move.stalled`.
 */
export async function verifyRows(move: Move, link: Link): Promise<Verified> {
  return asStep(move, link, async (held) => {
    const { target } = await sidesUnderWay(move)
    if (!target.writable) await refuseUnready(move)
    const flow = flowOf(move, target.writable ? 'back' : 'out')
    return atBoth(flow, async (from, to) => {
      const tables: Verified['tables'] = []
      const differing: DifferingRow[] = []
      const cut = target.writable && (await isLost(from, move, 'back'))
      for (const table of await describeTables(from)) {
        const scan = { move, way: flow.way, cut, from, to, signal: link.signal, table }
        let rows = 0
        for await (const range of ranges(from, move, table)) {
          held()
          const { count, keys } = await compareRange(scan, range)
          rows += count
          differing.push(...(await settled(scan, keys)))
          link.onEvent?.({ message: `compared ${rows} rows of ${table.table}` })
        }
        tables.push({ table: table.table, rows })
      }
      refuseDifferences(differing)
      return { rowsVerified: tables.reduce((sum, { rows }) => sum + rows, 0), tables }
    })
  })
}

/** `where` for a range, its values after the tenant's id as `$1`. */
function within(move: Move, table: MoveTable, { after, upTo }: Range): { where: string; values: unknown[] } {
  const values: unknown[] = [move.tenantId]
  const conditions = ['t.tenant_id = $1', ...bound(table, '>', after, values), ...bound(table, '<=', upTo, values)]
  return { where: conditions.join(' and '), values }
}

async function keyAt(
  { run }: Statements,
  move: Move,
  table: MoveTable,
  range: Range,
  offset: number,
): Promise<Key | undefined> {
  const { where, values } = within(move, table, range)
  const [found] = await run<{ key: string[] }>(
    `look for a key of ${table.table}`,
    `select ${textKey(table)} as key from ${table.table} t where ${where} order by ${keyOrder(table)} offset ${offset} limit 1`,
    values,
  )
  return found?.key
}

/** Ranges that cover every key there can be, also such that only the other side has. */
async function* ranges(from: Statements, move: Move, table: MoveTable): AsyncGenerator<Range> {
  for (let after: Key | undefined; ;) {
    const upTo = await keyAt(from, move, table, { after, upTo: undefined }, RANGE - 1)
    yield { after, upTo }
    if (!upTo) return
    after = upTo
  }
}

const arrived = (scan: Scan, limitMs = DRAIN_MS): Promise<void> =>
  scan.cut ? Promise.resolve() : drain(scan.from, scan.to, { ...scan, limitMs, pauseMs: 5 })

async function sumUp({ run }: Statements, move: Move, table: MoveTable, range: Range): Promise<Sum> {
  const { where, values } = within(move, table, range)
  const [sum] = await run<Sum>(
    `sum up ${table.table}`,
    `select count(*)::float8 as rows, coalesce(sum(${rowHash(table, 't')}::numeric), 0)::text as sum from ${table.table} t where ${where}`,
    values,
  )
  return sum ?? { rows: 0, sum: '0' }
}

/** How many rows `from` has in the range, and the keys that are not the same on both sides right now. */
async function compareRange(scan: Scan, range: Range): Promise<{ count: number; keys: Key[] }> {
  const { move, from, to, table } = scan
  const here = await sumUp(from, move, table, range)
  await arrived(scan)
  const there = await sumUp(to, move, table, range)
  if (here.rows === there.rows && here.sum === there.sum) return { count: here.rows, keys: [] }
  const larger = here.rows >= there.rows ? from : to
  const middle = Math.floor(Math.max(here.rows, there.rows) / 2)
  const half = middle > LEAF / 2 ? await keyAt(larger, move, table, range, middle - 1) : undefined
  if (!half) return { count: here.rows, keys: await differingKeys(scan, range) }
  const lower = await compareRange(scan, { after: range.after, upTo: half })
  const upper = await compareRange(scan, { after: half, upTo: range.upTo })
  return { count: lower.count + upper.count, keys: [...lower.keys, ...upper.keys] }
}

async function differingKeys({ move, from, to, table }: Scan, range: Range): Promise<Key[]> {
  const { where, values } = within(move, table, range)
  const list = async ({ run }: Statements) => {
    const rows = await run<{ key: string[]; hash: string }>(
      `list keys of ${table.table}`,
      `select ${textKey(table)} as key, ${rowHash(table, 't')}::text as hash from ${table.table} t where ${where}`,
      values,
    )
    return new Map(rows.map(({ key, hash }) => [JSON.stringify(key), { key, hash }]))
  }
  const [here, there] = [await list(from), await list(to)]
  const all = new Map([...here, ...there])
  return [...all].filter(([name]) => here.get(name)?.hash !== there.get(name)?.hash).map(([, { key }]) => key)
}

/** Those of the keys that differ once what was written has arrived: looked at some times, and at last held still one by one. */
async function settled(scan: Scan, keys: readonly Key[]): Promise<DifferingRow[]> {
  let rows = await look(scan, keys)
  if (scan.cut) return untouched(scan, rows)
  for (let attempt = 2; rows.length > 0 && attempt <= ATTEMPTS; attempt++) {
    await sleep(AGAIN_MS, scan.signal)
    rows = await look(scan, keysOf(rows))
  }
  return rows.length > 0 && rows.length <= HELD_AT_MOST ? heldStill(scan, keysOf(rows)) : rows
}

const keysOf = (rows: readonly DifferingRow[]): Key[] => rows.map(({ key }) => key)

/** Read here, drained, read there. A row that is written all the time may differ each time. */
async function look(scan: Scan, keys: readonly Key[], limitMs?: number): Promise<DifferingRow[]> {
  const { from, to, table } = scan
  if (keys.length === 0) return []
  const here = await hashKeys(from, table, keys)
  await arrived(scan, limitMs)
  const there = await hashKeys(to, table, keys)
  return keys.flatMap((key, n) => {
    const what = difference(here[n] ?? null, there[n] ?? null)
    return what ? [{ table: table.table, key, what }] : []
  })
}

/**
 * The same while nobody writes the row that is looked at: a connection of its own keeps it locked for as long as a mark takes, after what was
 * written before has arrived. It holds one row at a time and waits for no other lock meanwhile, so that nobody waits for it in a circle.
 */
async function heldStill(scan: Scan, keys: readonly Key[]): Promise<DifferingRow[]> {
  const { move, way, table } = scan
  const differing: DifferingRow[] = []
  await atEnd(flowOf(move, way).from, async ({ run }) => {
    for (const key of keys) {
      await arrived(scan)
      await run('begin', 'begin')
      try {
        await run(`lock a row of ${table.table}`, `select 1 from ${table.table} t where ${isKey(table)} for share`, key)
        differing.push(...(await look(scan, [key], HELD_MS)))
      } finally {
        await run('release the row', 'rollback')
      }
    }
  })
  return differing
}

const isKey = (table: MoveTable): string =>
  table.key.map((name, n) => `t.${id(name)} = $${n + 1}::text::${typeOf(table, name)}`).join(' and ')

/** Those whose keys were not written since the hand-over: each such write is noted. */
async function untouched({ from, move, table }: Scan, rows: readonly DifferingRow[]): Promise<DifferingRow[]> {
  const notes = await from.run<{ key: string[] }>(
    'read what was written',
    `select key from ${id(moveSchema(move))}.changes where tbl = $1`,
    [table.table],
  )
  const written = new Set(notes.map(({ key }) => JSON.stringify(key)))
  return rows.filter(({ key }) => !written.has(JSON.stringify(key)))
}
