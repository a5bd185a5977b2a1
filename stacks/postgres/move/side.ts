import { escapeIdentifier as id } from 'pg'
import type { Statements } from '../product-server.ts'
import { moveProblems } from './move.errors.ts'
import { atBoth, flowOf, type Move, moveSchema } from './move.ts'

/** What an end knows of a move: one row in the move's schema. */
export type Side = {
  /** Whether the tenant's rows may be written here; what is replicated is not asked. Never true at both ends. */
  writable: boolean
  /** Set for good when the move is taken back: it goes nowhere else from then on. */
  aborting: boolean
  /** Set for good when the source's rows are being erased: there is no way back from then on. */
  retiring: boolean
  /** Whether every row of the tenant here was brought by this move, so that taking it back may erase them. */
  ours: boolean
  /** Milliseconds since the last freeze here began, by the server's clock; null when there was none, or it has been measured. */
  frozenMs: number | null
  /** Length of the last freeze that ended with rows being writable at the other end. */
  freezeMs: number | null
  /** Keys that were compared with the other end. */
  rowsCompared: number
}
export type Sides = { source: Side | undefined; target: Side | undefined }

export const sideTable = (move: Pick<Move, 'id'>): string => `${id(moveSchema(move))}.side`

/** The row of this end; undefined when the move has made nothing here, or has ended. */
export async function readSide({ run }: Statements, move: Move): Promise<Side | undefined> {
  const [made] = await run<{ found: string | null }>('look for the move', 'select to_regclass($1) as found', [
    sideTable(move),
  ])
  if (!made || made.found === null) return undefined
  const [side] = await run<Side & { rowsCompared: string }>(
    'read the side',
    `select writable, aborting, ours, retiring, freeze_ms as "freezeMs", rows_compared::text as "rowsCompared",
            (extract(epoch from clock_timestamp() - frozen_at) * 1000)::float8 as "frozenMs" from ${sideTable(move)}`,
  )
  return side && { ...side, rowsCompared: Number(side.rowsCompared) }
}

export const readSides = (move: Move): Promise<Sides> =>
  atBoth(flowOf(move, 'out'), async (source, target) => ({
    source: await readSide(source, move),
    target: await readSide(target, move),
  }))

/** Both sides of a move that is under way. Throws `move.not-begun`, and `move.aborting` when it is being taken back. */
export async function sidesUnderWay(move: Move): Promise<{ source: Side; target: Side }> {
  const { source, target } = await readSides(move)
  if (source === undefined || target === undefined) throw moveProblems['move.not-begun']()
  if (source.aborting || target.aborting) throw moveProblems['move.aborting']()
  return { source, target }
}

/** Adds to the number of keys that were compared. */
export const noteCompared = ({ run }: Statements, move: Move, rows: number): Promise<unknown> =>
  rows === 0
    ? Promise.resolve()
    : run('note what was compared', `update ${sideTable(move)} set rows_compared = rows_compared + $1`, [rows])
