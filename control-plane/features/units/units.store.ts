import { Type, type Static } from 'typebox'
import { FACETS } from '../../domain/facets.ts'
import { APPROVAL_RULES, type ApprovalRule } from '../../domain/approvals.ts'
import type { FoundDatabase } from '../../domain/naming.ts'
import type { Capacity } from '../../domain/limits.ts'
import type { StackAccess } from '../../domain/region-settings.ts'
import { TENANT_STATES } from '../../domain/tenant-lifecycle.ts'
import { UNIT_KINDS, type UnitKind } from '../../domain/unit-kinds.ts'
import { UNIT_STATES, type UnitState } from '../../domain/unit-lifecycle.ts'
import { Condition, conditionsOf } from '../../platform/conditions.ts'
import type { Tx } from '../../platform/database.ts'
import { OpenOperation } from '../../platform/operation-port.ts'
import { query } from '../../platform/query.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'
import { tenantsOfUnit } from '../../platform/unit-tenants.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'
const Amount = Type.Object({ tenants: Type.Integer(), requestsPerSecond: Type.Integer() })
const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** As `StackAccess`: where a stack has its own parts. */
const Access = Type.Object({
  kubeconfig: Type.String(),
  sweepKubeconfig: Type.String(),
  productDatabaseUrlFile: Type.String(),
  sweepDatabaseUrlFile: Type.String(),
  gatewayUrl: Type.String(),
  podNetwork: orNull(Type.Object({ advertised: Type.String(), reachable: Type.String() })),
  accessKubeconfig: Type.Optional(orNull(Type.String())),
  credentials: Type.Optional(Type.String()),
})

const Given = Type.Object({ namespace: Type.String(), database: Type.String() })
/** As `FoundDatabase` of naming.ts. */
const Found = Type.Object({
  owner: Type.String(),
  everybody: Type.Array(Type.String()),
  schemaOwner: Type.String(),
  everybodyInSchema: Type.Array(Type.String()),
})

/** What every reader of a unit gets. */
const identity = {
  id: Uuid,
  kind: Type.Enum(UNIT_KINDS),
  name: Type.String(),
  region: Type.String(),
  product: Type.String(),
  version: Type.String(),
  state: Type.Enum(UNIT_STATES),
}

const UnitRow = Type.Object({
  ...identity,
  /** Null for an instance, which takes its one tenant and nobody else. */
  capacity: orNull(Amount),
  facets: Type.Array(Type.Enum(FACETS)),
  confirmedVersion: orNull(Type.String()),
  used: Amount,
  /** Whose own it is; null for a cell. */
  tenant: orNull(Type.Object({ id: Uuid, slug: Type.String() })),
  conditions: Type.Array(Condition),
  operations: Type.Array(OpenOperation),
  generation: Type.Integer(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})
export type UnitRow = Static<typeof UnitRow>
const { facets: _facets, tenant: _tenant, confirmedVersion: _confirmed, ...ofCells } = UnitRow.properties
const CellRow = Type.Object({
  ...ofCells,
  kind: Type.Literal('cell'),
  capacity: Amount,
  retireApproval: Type.Enum(APPROVAL_RULES),
})
export type CellRow = Static<typeof CellRow>

/** A tenant reserves the largest of what it has, what a failed update would give back to it and what open updates may give it for a while. */
const sharedColumns = sql`
  u.id, u.kind, u.name, u.region, u.product, u.version, u.state, u.capacity,
  (select jsonb_build_object('tenants', count(*), 'requestsPerSecond', coalesce(sum(greatest(
            case when p.reserved is null then (t.limits ->> 'requestsPerSecond')::int end,
            case when p.reserved is null then (t.confirmed -> 'limits' ->> 'requestsPerSecond')::int end, o.wanted, p.reserved)), 0))
     from ${tenantsOfUnit} p join tenants t on t.id = p.tenant_id
     left join (select tenant_id, max((input -> 'wanted' -> 'limits' ->> 'requestsPerSecond')::int) as wanted
                  from operations where kind = 'tenant.update' and finished_at is null group by tenant_id) o on o.tenant_id = t.id) as used,
  ${conditionsOf(sql`'unit:' || u.id`)} as conditions,
  (select coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'kind', o.kind, 'state', o.state) order by o.sequence), '[]')
     from operations o where o.unit_id = u.id and (o.tenant_id is null or u.kind <> 'cell') and o.finished_at is null) as operations,
  u.generation, u.created_at as "createdAt", u.updated_at as "updatedAt"`
const cellColumns = sql`${sharedColumns}, u.retire_approval as "retireApproval"`
const columns = sql`${sharedColumns}, u.facets, u.confirmed_version as "confirmedVersion",
  (select jsonb_build_object('id', t.id, 'slug', t.slug) from tenants t where t.unit_id = u.id and u.kind <> 'cell') as tenant`

const find = query({
  name: 'units.find',
  row: UnitRow,
  sample: [NOBODY, 'name'] as [id: string | null, name: string | null],
  sql: (id, name) => sql`select ${columns} from units u where u.id = ${id}::uuid or u.name = ${name}::text`,
})
const findCell = query({
  name: 'units.find-cell',
  row: CellRow,
  sample: [NOBODY, 'name'] as [id: string | null, name: string | null],
  sql: (id, name) => sql`
    select ${cellColumns} from units u where u.kind = 'cell' and (u.id = ${id}::uuid or u.name = ${name}::text)`,
})

export type UnitFilter = {
  kind: UnitKind | null
  region: string | null
  state: UnitState | null
  after: string | null
  limit: number
}
const nothing: UnitFilter = { kind: null, region: null, state: null, after: null, limit: 50 }
const filtered = ({ kind, region, state, after, limit }: UnitFilter) => sql`
  from units u
 where (${kind}::text is null or u.kind = ${kind}::text)
   and (${region}::text is null or u.region = ${region}::text)
   and case when ${state}::text is null then u.state <> 'retired' else u.state = ${state}::text end
   and (${after}::text is null or u.name > ${after}::text)
 order by u.name limit ${limit}::int`

const list = query({
  name: 'units.list',
  row: UnitRow,
  sample: [nothing] as [filter: UnitFilter],
  sql: (filter) => sql`select ${columns} ${filtered(filter)}`,
})
const listCells = query({
  name: 'units.list-cells',
  row: CellRow,
  sample: [nothing] as [filter: Omit<UnitFilter, 'kind'>],
  sql: (filter) => sql`select ${cellColumns} ${filtered({ ...filter, kind: 'cell' })}`,
})

export type NewUnit = {
  id: string
  name: string
  region: string
  product: string
  version: string
  capacity: Capacity
  retireApproval: ApprovalRule
}
/** Gives no row when the name was ever used. */
const insert = query({
  name: 'units.insert',
  row: Type.Object({ id: Uuid }),
  sample: [
    {
      id: NOBODY,
      name: 'n',
      region: 'r',
      product: 'p',
      version: 'v',
      capacity: { tenants: 1, requestsPerSecond: 1 },
      retireApproval: 'none',
    },
  ] as [unit: NewUnit],
  sql: ({ id, name, region, product, version, capacity, retireApproval }) => sql`
    insert into units (id, kind, name, region, state, product, version, capacity, retire_approval)
    values (${id}, 'cell', ${name}, ${region}, 'creating', ${product}, ${version}, ${JSON.stringify(capacity)}::jsonb, ${retireApproval})
    on conflict (name) do nothing returning id`,
})

const regions = query({
  name: 'units.regions',
  row: Type.Object({ name: Type.String() }),
  sample: [] as [],
  sql: () => sql`select name from regions order by name`,
})

/** The lock of all placements in a region (see tenants.lockRegion): nobody is placed while it is held. */
const lockRegion = query({
  name: 'units.lock-region',
  row: Type.Object({ name: Type.String() }),
  sample: ['local-1'] as [region: string],
  sql: (region) => sql`select name from regions where name = ${region} for no key update`,
})

const lock = query({
  name: 'units.lock',
  row: Type.Object({ state: Type.Enum(UNIT_STATES), generation: Type.Integer() }),
  sample: [NOBODY] as [id: string],
  sql: (id) => sql`select state, generation from units where id = ${id} for no key update`,
})

const bump = query({
  name: 'units.bump',
  row: Type.Object({}),
  sample: [NOBODY] as [id: string],
  sql: (id) => sql`update units set generation = generation + 1, updated_at = now() where id = ${id}`,
})

const setState = query({
  name: 'units.set-state',
  row: Type.Object({}),
  sample: [NOBODY, 'active'] as [id: string, state: UnitState],
  sql: (id, state) => sql`update units set state = ${state}, updated_at = now() where id = ${id}`,
})

const facts = query({
  name: 'units.facts',
  row: Type.Object({
    ...identity,
    facets: Type.Array(Type.Enum(FACETS)),
    chart: Type.String(),
    image: Type.String(),
    contract: Type.String(),
    confirmedVersion: orNull(Type.String()),
    /** What the wanted version does to a database; null for one that is not registered. */
    release: orNull(Type.Object({ schema: Type.Integer(), rollbackTo: Type.Integer() })),
    schema: Type.Integer(),
    schemaFloor: Type.Integer(),
    tenantsRevision: Type.Integer(),
    occupants: Type.Integer(),
    access: orNull(Access),
    /** What it was asked to adopt; null: it is made anew. */
    adopts: orNull(Given),
    /** The same once that was taken over, and as long as it was not let go again. */
    given: orNull(Given),
    /** How the database was before it was taken over. */
    foundDatabase: orNull(Found),
    /** Of a stack's own key. */
    keyGeneration: Type.Integer(),
    /** The operation that raised it last. */
    keyRotatedBy: orNull(Uuid),
  }),
  sample: [NOBODY] as [id: string],
  sql: (id) => sql`
    select u.id, u.kind, u.name, u.region, u.product, u.version, u.state, u.facets, p.chart, p.image, p.contract,
           u.confirmed_version as "confirmedVersion",
           (select jsonb_build_object('schema', v.schema, 'rollbackTo', v.rollback_to) from product_versions v
             where v.product = u.product and v.version = u.version) as release,
           u.schema, u.schema_floor as "schemaFloor",
           u.tenants_revision as "tenantsRevision", u.access,
           u.adopts, case when u.adopted then u.adopts end as given, u.found_database as "foundDatabase",
           u.key_generation as "keyGeneration", u.key_rotated_by as "keyRotatedBy",
           (select count(*)::int from ${tenantsOfUnit} p) as occupants
      from units u join products p on p.name = u.product where u.id = ${id}`,
})

const noteAccess = query({
  name: 'units.note-access',
  row: Type.Object({}),
  sample: [NOBODY, null] as [id: string, access: StackAccess | null],
  sql: (id, access) =>
    sql`update units set access = ${access === null ? null : JSON.stringify(access)}::jsonb, updated_at = now() where id = ${id}`,
})

/** That what the unit was asked to adopt is taken over from now on, or is not any more. */
const noteAdopted = query({
  name: 'units.note-adopted',
  row: Type.Object({}),
  sample: [NOBODY, true] as [id: string, adopted: boolean],
  sql: (id, adopted) => sql`
    update units set adopted = ${adopted}, updated_at = now()
     where id = ${id} and adopts is not null`,
})

/** How its database is before anything of it is changed; what was noted first stays until (null) it was given back. */
const noteFound = query({
  name: 'units.note-found',
  row: Type.Object({}),
  sample: [NOBODY, null] as [id: string, found: FoundDatabase | null],
  sql: (id, found) => sql`
    update units set found_database = case when ${found !== null} then coalesce(found_database, ${found === null ? null : JSON.stringify(found)}::jsonb) end,
                     updated_at = now()
     where id = ${id} and adopted`,
})

const regionFacts = query({
  name: 'units.region-facts',
  row: Type.Object({ name: Type.String(), target: Type.String(), domain: Type.String(), settings: Type.Unknown() }),
  sample: ['local-1'] as [name: string],
  sql: (name) => sql`select name, target, domain, settings from regions where name = ${name}`,
})

/** The tenant whose own the unit is; no row for a cell. */
const ownTenant = query({
  name: 'units.own-tenant',
  row: Type.Object({ state: Type.Enum(TENANT_STATES), slug: Type.String(), host: Type.String() }),
  sample: [NOBODY] as [unitId: string],
  sql: (unitId) => sql`
    select t.state, t.slug, t.host from tenants t join units u on u.id = t.unit_id where u.id = ${unitId} and u.kind <> 'cell'`,
})

export const unitsStore = {
  ownTenant: (tx: Tx, unitId: string) => tx.maybe(ownTenant, unitId),
  find: (tx: Tx, id: string | null, name: string | null) => tx.maybe(find, id, name),
  findCell: (tx: Tx, id: string | null, name: string | null) => tx.maybe(findCell, id, name),
  list: (tx: Tx, filter: UnitFilter) => tx.all(list, filter),
  listCells: (tx: Tx, filter: Omit<UnitFilter, 'kind'>) => tx.all(listCells, filter),
  insert: (tx: Tx, unit: NewUnit) => tx.maybe(insert, unit),
  regions: async (tx: Tx) => (await tx.all(regions)).map(({ name }) => name),
  lockRegion: (tx: Tx, region: string) => tx.one(lockRegion, region),
  lock: (tx: Tx, id: string) => tx.one(lock, id),
  bump: (tx: Tx, id: string) => tx.run(bump, id),
  setState: (tx: Tx, id: string, state: UnitState) => tx.run(setState, id, state),
  facts: (tx: Tx, id: string) => tx.maybe(facts, id),
  regionFacts: (tx: Tx, name: string) => tx.maybe(regionFacts, name),
  noteAccess: (tx: Tx, id: string, access: StackAccess | null) => tx.run(noteAccess, id, access),
  noteAdopted: (tx: Tx, id: string, adopted: boolean) => tx.run(noteAdopted, id, adopted),
  noteFound: (tx: Tx, id: string, found: FoundDatabase | null) => tx.run(noteFound, id, found),
}
export type UnitsStore = typeof unitsStore
