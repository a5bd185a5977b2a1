import { createHmac, timingSafeEqual } from 'node:crypto'
import { canonicalJson } from './json.ts'
import { problems } from './problems.ts'
import type { Page } from './schemas.ts'

/** Where a page ended: the sort values of its last row. */
export type Position = readonly (string | number)[]
/** What the list was asked for; a cursor of another list or other filters is refused. */
export type Scope = { list: string; filters?: Readonly<Record<string, unknown>> }

export interface Cursors {
  encode: (scope: Scope, position: Position) => string
  /** Undefined for the first page. Throws `cursor.invalid`. */
  decode: (scope: Scope, cursor: string | undefined) => Position | undefined
}

const invalid = () =>
  problems['cursor.invalid']({
    detail: 'Use nextCursor of the page before, unchanged and with the same filters, or leave it out to start again',
    fields: [{ in: 'query', pointer: '/cursor', rule: 'cursor', message: 'is not a cursor of this list' }],
  })

/**
 * Cursors are the position as JSON and an HMAC-SHA-256 over scope and position: readable, but not to be made or changed by
 * anyone without `key`. They hold no secret and no personal data beyond what the page itself showed.
 */
export function createCursors(key: Uint8Array): Cursors {
  const seal = (scope: Scope, text: string) =>
    createHmac('sha256', key).update(canonicalJson(scope)).update('\n').update(text).digest().subarray(0, 16)
  return {
    encode(scope, position) {
      const text = JSON.stringify(position)
      return `${Buffer.from(text).toString('base64url')}.${seal(scope, text).toString('base64url')}`
    },
    decode(scope, cursor) {
      if (cursor === undefined) return undefined
      const [body = '', mark = '', ...rest] = cursor.split('.')
      const text = Buffer.from(body, 'base64url').toString()
      const [given, wanted] = [Buffer.from(mark, 'base64url'), seal(scope, text)]
      if (rest.length > 0 || given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw invalid()
      return JSON.parse(text) as Position // sealed by us: we wrote it
    },
  }
}

/** Makes a page of rows that were fetched with `limit + 1`: the extra row only says that there is more. */
export function cursorPage<Row, Item>(options: {
  cursors: Cursors
  scope: Scope
  limit: number
  rows: readonly Row[]
  position: (row: Row) => Position
  item: (row: Row) => Item
}): Page<Item> {
  const { cursors, scope, limit, rows, position, item } = options
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const nextCursor = rows.length > limit && last !== undefined ? cursors.encode(scope, position(last)) : null
  return { items: shown.map((row) => item(row)), nextCursor }
}
