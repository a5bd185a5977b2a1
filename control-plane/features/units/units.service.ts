import { looksLikeId } from '../../domain/slug.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { cursorPage, type Cursors } from '../../platform/pagination.ts'
import type { Page } from '../../platform/schemas.ts'
import { problems } from './units.errors.ts'
import type { ListUnits, Unit } from './units.schema.ts'
import type { UnitRow, UnitsStore } from './units.store.ts'

export type UnitsDeps = {
  database: Pick<Database, 'transaction'>
  store: Pick<UnitsStore, 'find' | 'list'>
  cursors: Cursors
}
export type UnitsService = {
  /** One unit by id or name. Throws `unit.not-found`. */
  get: (reference: string) => Promise<Unit>
  /** By name. Throws `cursor.invalid`. */
  list: (wanted: ListUnits) => Promise<Page<Unit>>
}

/** Units of every kind, as they are seen; how they come and go is for cells and tenants to say. */
export const unitsService = ({ database, store, cursors }: UnitsDeps): UnitsService => ({
  get: (reference) => database.transaction((tx) => findUnit({ store }, tx, reference)),
  list: ({ limit = 50, cursor, kind, region, state }) =>
    database.transaction(async (tx) => {
      const scope = { list: 'units', filters: { kind, region, state } }
      const position = cursors.decode(scope, cursor)
      const after = position === undefined ? null : String(position[0])
      const filter = { kind: kind ?? null, region: region ?? null, state: state ?? null, after, limit: limit + 1 }
      const rows = await store.list(tx, filter)
      return cursorPage({ cursors, scope, limit, rows, position: ({ name }) => [name], item: (row) => row })
    }),
})

/** By id or name. Throws `unit.not-found`. */
export async function findUnit({ store }: Pick<UnitsDeps, 'store'>, tx: Tx, reference: string): Promise<UnitRow> {
  const id = reference.toLowerCase()
  const row = looksLikeId(id) ? await store.find(tx, id, null) : await store.find(tx, null, reference)
  if (row !== undefined) return row
  throw problems['unit.not-found']({ detail: `No unit is called ${reference}: list them with GET /v1/units` })
}
