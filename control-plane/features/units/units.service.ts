import type { Actor } from '../../platform/auth.ts'
import type { Database } from '../../platform/database.ts'
import { idempotent, type Answer, type Idempotency } from '../../platform/idempotency.ts'
import { cursorPage, type Cursors } from '../../platform/pagination.ts'
import type { Page } from '../../platform/schemas.ts'
import { findUnit } from './units.find.ts'
import { deploy, type DeployDeps } from './units.deploy.ts'
import type { DeployUnit, ListUnits, Unit, UnitAccepted } from './units.schema.ts'
import type { UnitsStore } from './units.store.ts'

export type UnitsDeps = DeployDeps & {
  database: Pick<Database, 'transaction'>
  store: Pick<UnitsStore, 'find' | 'list' | 'bump'>
  cursors: Cursors
}
export type UnitsService = {
  /** One unit by id or name. Throws `unit.not-found`. */
  get: (reference: string) => Promise<Unit>
  /** By name. Throws `cursor.invalid`. */
  list: (wanted: ListUnits) => Promise<Page<Unit>>
  /** Moves a unit to a version of its product (see `deploy`). */
  deploy: (
    actor: Actor,
    idempotency: Idempotency,
    wanted: { reference: string; ifMatch: string | undefined; wanted: DeployUnit },
  ) => Promise<Answer<Unit | UnitAccepted> & { replayed: boolean }>
}

/** Units of every kind, as they are seen; how they come and go is for cells and tenants to say. */
export const unitsService = ({ database, store, cursors, ...deps }: UnitsDeps): UnitsService => ({
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
  deploy: (actor, { key, fingerprint }, asked) =>
    database.transaction((tx) =>
      idempotent(tx, actor, key, fingerprint, () => deploy({ store, ...deps }, tx, { actor, ...asked })),
    ),
})
