import { Type, type Static } from 'typebox'
import type { UnitSchema } from '../../domain/products.ts'
import { UNIT_STATES } from '../../domain/unit-lifecycle.ts'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { sql } from '../../platform/sql.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'

/** Where a unit stands between versions. */
const Standing = Type.Object({
  state: Type.Enum(UNIT_STATES),
  generation: Type.Integer(),
  version: Type.String(),
  confirmedVersion: Type.Union([Type.String(), Type.Null()]),
  schemaFloor: Type.Integer(),
  /** A deployment is queued or at work. */
  deploying: Type.Boolean(),
  /** An operation left something behind that it could not take back. */
  quarantined: Type.Boolean(),
  /** The last deployment got there; true also where there was none. */
  deployed: Type.Boolean(),
  /** A tenant is on its way here or from here, and its rows are followed: the tables must stay what they are. */
  moving: Type.Boolean(),
})
export type Standing = Static<typeof Standing>

const lock = query({
  name: 'units.lock-standing',
  row: Standing,
  sample: [NOBODY] as [id: string],
  sql: (id) => sql`
    select u.state, u.generation, u.version, u.confirmed_version as "confirmedVersion", u.schema_floor as "schemaFloor",
           exists (select from operations o where o.unit_id = u.id and o.kind = 'unit.deploy' and o.finished_at is null) as deploying,
           exists (select from conditions c where c.subject = 'unit:' || u.id and c.type = 'Quarantined' and c.status = 'true') as quarantined,
           not exists (select from conditions c where c.subject = 'unit:' || u.id and c.type = 'Deployed' and c.status = 'false') as deployed,
           exists (select from moves m where m.ended_at is null and u.id in (m.source_unit_id, m.target_unit_id)) as moving
      from units u where u.id = ${id} for no key update of u`,
})
const want = query({
  name: 'units.want-version',
  row: Type.Object({}),
  sample: [NOBODY, '1'] as [id: string, version: string],
  sql: (id, version) => sql`update units set version = ${version}, updated_at = now() where id = ${id}`,
})
/** The version that a deployment was asked for and the one before it; no row: it is about something else. */
const asked = query({
  name: 'units.asked-version',
  row: Type.Object({ version: Type.String(), before: Type.Union([Type.String(), Type.Null()]) }),
  sample: [NOBODY] as [operationId: string],
  sql: (operationId) => sql`
    select input ->> 'version' as version, input ->> 'from' as before from operations where id = ${operationId} and kind = 'unit.deploy'`,
})
const confirm = query({
  name: 'units.confirm-version',
  row: Type.Object({}),
  sample: [NOBODY] as [id: string],
  sql: (id) => sql`
    update units set confirmed_version = version, updated_at = now()
     where id = ${id} and confirmed_version is distinct from version`,
})
/** Wants the confirmed version again; gives no row where it is wanted anyway, or where none was ever confirmed. */
const restore = query({
  name: 'units.restore-version',
  row: Type.Object({ version: Type.String() }),
  sample: [NOBODY] as [id: string],
  sql: (id) => sql`
    update units set version = confirmed_version, updated_at = now()
     where id = ${id} and confirmed_version is not null and confirmed_version <> version returning version`,
})
/** Neither number ever falls: what two attempts note in any order comes to the same. */
const noteSchema = query({
  name: 'units.note-schema',
  row: Type.Object({}),
  sample: [NOBODY, { schema: 1, floor: 1 }] as [id: string, reached: UnitSchema],
  sql: (id, { schema, floor }) => sql`
    update units set schema = greatest(schema, ${schema}::int), schema_floor = greatest(schema_floor, ${floor}::int)
     where id = ${id}`,
})

/** Versions of units: wanted, confirmed, and what they did to the database. */
export const releasesStore = {
  lock: (tx: Tx, id: string) => tx.one(lock, id),
  asked: (tx: Tx, operationId: string) => tx.maybe(asked, operationId),
  want: (tx: Tx, id: string, version: string) => tx.run(want, id, version),
  confirm: (tx: Tx, id: string) => tx.run(confirm, id),
  restore: (tx: Tx, id: string) => tx.maybe(restore, id),
  noteSchema: (tx: Tx, id: string, reached: UnitSchema) => tx.run(noteSchema, id, reached),
}
