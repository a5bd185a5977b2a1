import { escapeIdentifier as id } from 'pg'
import { type Key, typeOf } from './row-hash.ts'
import type { MoveTable } from './tables.ts'

/**
 * What of a key tells the rows of one tenant apart. With `tenant_id` in it, a comparison of whole keys begins at the tenant's first row each
 * time, because the index is entered by the equality: ranges of two million rows then take 45 times as long as those of a tenth.
 */
const within = ({ key }: MoveTable): { name: string; at: number }[] =>
  key.map((name, at) => ({ name, at })).filter(({ name }) => name !== 'tenant_id')

const ordered = (table: MoveTable): string[] => within(table).map(({ name }) => `t.${id(name)}`)

/** Order of one tenant's rows by their keys; its index has it. */
export const keyOrder = (table: MoveTable): string =>
  ordered(table).length > 0 ? ordered(table).join(', ') : 't.tenant_id'

/** Condition on one tenant's rows `t`: before or after a key, whose parts are added to `values`; none without a key, or for the only row. */
export function bound(table: MoveTable, sign: '>' | '<=', key: Key | undefined, values: unknown[]): string[] {
  if (!key || ordered(table).length === 0) return []
  const parts = within(table).map(({ name, at }) => `$${values.push(key[at])}::${typeOf(table, name)}`)
  return [`(${ordered(table).join(', ')}) ${sign} (${parts.join(', ')})`]
}

/** The whole key of a row `t`, as text. */
export const textKey = ({ key }: MoveTable): string =>
  `array[${key.map((name) => `t.${id(name)}::text`).join(', ')}]::text[]`
