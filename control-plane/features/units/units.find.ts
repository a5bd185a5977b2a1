import { looksLikeId } from '../../domain/slug.ts'
import type { Tx } from '../../platform/database.ts'
import { problems } from './units.errors.ts'
import type { UnitRow, UnitsStore } from './units.store.ts'

type Deps = { store: Pick<UnitsStore, 'find'> }

/** By id or name. Throws `unit.not-found`. */
export async function findUnit({ store }: Deps, tx: Tx, reference: string): Promise<UnitRow> {
  const id = reference.toLowerCase()
  const row = looksLikeId(id) ? await store.find(tx, id, null) : await store.find(tx, null, reference)
  if (row !== undefined) return row
  throw problems['unit.not-found']({ detail: `No unit is called ${reference}: list them with GET /v1/units` })
}
