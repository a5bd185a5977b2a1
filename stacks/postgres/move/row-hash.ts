import { escapeIdentifier as id } from 'pg'
import type { Statements } from '../product-server.ts'
import type { MoveTable } from './tables.ts'

/** A key as text, in the order of the primary key's columns. */
export type Key = readonly string[]
/** A row that is not the same on both sides; `tenant_id` is the first or another part of its key. */
export type DifferingRow = { table: string; key: Key; what: 'missing' | 'extra' | 'changed' }

/** 64 bits of a whole row, columns by name, so that their order in the table does not matter. */
export const rowHash = ({ columns }: MoveTable, row: string): string => {
  const names = columns.map(({ name }) => name).toSorted()
  return `hashtextextended(row(${names.map((name) => `${row}.${id(name)}`).join(', ')})::text, 0)`
}

export const typeOf = ({ columns }: MoveTable, name: string): string =>
  columns.find((column) => column.name === name)?.type ?? 'text'

/** Hashes of the rows with these keys, computed by the server; null where there is no such row. */
export async function hashKeys(
  { run }: Statements,
  table: MoveTable,
  keys: readonly Key[],
): Promise<(string | null)[]> {
  const parts = table.key.map((name, n) => ({ column: `t.${id(name)}`, part: `k.k${n}`, type: typeOf(table, name) }))
  const found = await run<{ n: number; hash: string }>(
    `read keys of ${table.table}`,
    `select k.n::int as n, ${rowHash(table, 't')}::text as hash
       from unnest(${parts.map((_, n) => `$${n + 1}::text[]`).join(', ')}) with ordinality as k(${parts.map((_, n) => `k${n}`).join(', ')}, n)
       join ${table.table} t on ${parts.map(({ column, part, type }) => `${column} = ${part}::${type}`).join(' and ')}`,
    parts.map((_, n) => keys.map((key) => key[n])),
  )
  const hashes: (string | null)[] = keys.map(() => null)
  for (const { n, hash } of found) hashes[n - 1] = hash
  return hashes
}

/** What the side that is compared with `from` shows instead, or undefined when both show the same. */
export const difference = (from: string | null, to: string | null): DifferingRow['what'] | undefined =>
  from === to ? undefined : to === null ? 'missing' : from === null ? 'extra' : 'changed'
