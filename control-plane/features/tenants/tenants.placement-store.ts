import { Type, type Static } from 'typebox'
import { FACETS, type Facet } from '../../domain/facets.ts'
import type { GivenNames } from '../../domain/naming.ts'
import { UNIT_KINDS, type UnitKind } from '../../domain/unit-kinds.ts'
import { UNIT_STATES } from '../../domain/unit-lifecycle.ts'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'
import { tenantsOfUnit } from '../../platform/unit-tenants.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'
const Amount = Type.Object({ tenants: Type.Integer(), requestsPerSecond: Type.Integer() })
const Region = Type.Object({
  name: Type.String(),
  domain: Type.String(),
  edgeUrl: Type.String(),
  facets: Type.Array(Type.Enum(FACETS)),
  instances: Type.Integer(),
  exports: Type.Boolean(),
  stacks: Type.Integer(),
  /** It names what stacks are built of. */
  buildsStacks: Type.Boolean(),
})
export type Region = Static<typeof Region>

const regionOf = query({
  name: 'tenants.region',
  row: Region,
  sample: ['local-1'] as [name: string],
  sql: (name) => sql`
    select name, domain, settings ->> 'edgeUrl' as "edgeUrl", settings -> 'facets' as facets, (settings ->> 'instances')::int as instances,
           settings ->> 'exportFolder' is not null or coalesce(jsonb_typeof(settings -> 'exportBucket') = 'object', false) as exports,
           coalesce((settings ->> 'stacks')::int, 0) as stacks,
           coalesce(jsonb_typeof(settings -> 'stackTarget') = 'object', false) as "buildsStacks"
      from regions where name = ${name}`,
})

/**
 * The lock of all placements in a region, taken before any other: rooms are counted and reserved under it. Locking the units
 * that were counted would not keep a new tenant out of them.
 */
const lockRegion = query({
  name: 'tenants.lock-region',
  row: Type.Object({ name: Type.String() }),
  sample: ['local-1'] as [name: string],
  sql: (name) => sql`select name from regions where name = ${name} for no key update`,
})

const Candidate = Type.Object({
  unitId: Uuid,
  name: Type.String(),
  kind: Type.Enum(UNIT_KINDS),
  product: Type.String(),
  region: Type.String(),
  state: Type.Enum(UNIT_STATES),
  retiring: Type.Boolean(),
  capacity: Amount,
  used: Amount,
})
export type Candidate = Static<typeof Candidate>

/**
 * Cells of some regions with what is reserved in them. A tenant reserves the largest of what it has, what a failed update would
 * give back to it and what open updates may give it for a while; `without` is left out of the count. A cell that somebody asked
 * to retire takes nobody any more.
 */
const candidates = query({
  name: 'tenants.candidates',
  row: Candidate,
  sample: [['local-1'], null] as [regions: readonly string[], without: string | null],
  sql: (regions, without) => sql`
    select u.id as "unitId", u.name, u.kind, u.product, u.region, u.state, u.capacity,
           exists (select 1 from operations o where o.unit_id = u.id and o.kind = 'cell.retire' and o.finished_at is null and o.state <> 'waiting') as retiring,
           (select jsonb_build_object('tenants', count(*), 'requestsPerSecond', coalesce(sum(greatest(
                     case when p.reserved is null then (t.limits ->> 'requestsPerSecond')::int end,
                     case when p.reserved is null then (t.confirmed -> 'limits' ->> 'requestsPerSecond')::int end, o.wanted, p.reserved)), 0))
              from ${tenantsOfUnit} p join tenants t on t.id = p.tenant_id
              left join (select tenant_id, max((input -> 'wanted' -> 'limits' ->> 'requestsPerSecond')::int) as wanted
                           from operations where kind = 'tenant.update' and finished_at is null group by tenant_id) o on o.tenant_id = t.id
             where t.id is distinct from ${without}::uuid) as used
      from units u
     where u.kind = 'cell' and u.region = any (${regions}::text[]) and u.state <> 'retired'`,
})

/** Units that have one tenant each, by kind: how many a region takes of them is a number. */
export type OwnKind = Exclude<UnitKind, 'cell'>
const ownUnitsIn = query({
  name: 'tenants.own-units-in',
  row: Type.Object({ count: Type.Integer() }),
  sample: ['local-1', 'instance'] as [inRegion: string, kind: OwnKind],
  sql: (inRegion, kind) => sql`
    select count(*)::int as count from units where kind = ${kind} and region = ${inRegion} and state <> 'retired'`,
})

/** The version that a unit serves. */
const versionOf = query({
  name: 'tenants.version-of',
  row: Type.Object({ version: Type.String() }),
  sample: [NOBODY] as [unitId: string],
  sql: (unitId) => sql`select coalesce(confirmed_version, version) as version from units where id = ${unitId}`,
})

export type NewOwnUnit = {
  id: string
  kind: OwnKind
  name: string
  region: string
  product: string
  version: string
  facets: readonly Facet[]
  /** Namespace and database that it is to take over; null: it gets its own. */
  adopts: GivenNames | null
}
/** Gives no row when a unit of this name exists or existed, unless it is one of this kind that this tenant had and that is gone. */
const insertOwnUnit = query({
  name: 'tenants.insert-own-unit',
  row: Type.Object({ id: Uuid }),
  sample: [
    {
      id: NOBODY,
      kind: 'stack',
      name: 'n',
      region: 'r',
      product: 'p',
      version: 'v',
      facets: ['database'],
      adopts: null,
    },
    NOBODY,
  ] as [unit: NewOwnUnit, tenantId: string | null],
  sql: ({ id, kind, name, region, product, version, facets, adopts }, tenantId) => sql`
    insert into units (id, kind, name, region, state, product, version, capacity, facets, adopts)
    values (${id}, ${kind}, ${name}, ${region}, 'creating', ${product}, ${version}, null, ${facets}::text[],
            ${adopts === null ? null : JSON.stringify(adopts)}::jsonb)
    on conflict (name) do update
      set state = 'creating', product = excluded.product, version = excluded.version, facets = excluded.facets, confirmed_version = null,
          schema = 0, schema_floor = 0, adopts = null, adopted = false, found_database = null, generation = units.generation + 1, updated_at = now()
      where units.kind = excluded.kind and units.state = 'retired' and units.region = excluded.region
        and exists (select 1 from moves m where m.tenant_id = ${tenantId}::uuid and units.id in (m.source_unit_id, m.target_unit_id))
    returning id`,
})

/** The unit in a region that has, or was asked to have, this namespace or this database as its own. */
const adopter = query({
  name: 'tenants.adopter',
  row: Type.Object({ name: Type.String() }),
  sample: ['local-1', { namespace: 'n', database: 'd' }] as [inRegion: string, wanted: GivenNames],
  sql: (inRegion, { namespace, database }) => sql`
    select name from units where region = ${inRegion} and adopts is not null and (adopted or state = 'creating') and state <> 'retired'
       and (adopts ->> 'namespace' = ${namespace}::text or adopts ->> 'database' = ${database}::text) limit 1`,
})

export const placementStore = {
  adopter: (tx: Tx, inRegion: string, wanted: GivenNames) => tx.maybe(adopter, inRegion, wanted),
  region: (tx: Tx, name: string) => tx.maybe(regionOf, name),
  lockRegion: (tx: Tx, name: string) => tx.maybe(lockRegion, name),
  candidates: (tx: Tx, regions: readonly string[], without: string | null = null) =>
    tx.all(candidates, regions, without),
  ownUnitsIn: async (tx: Tx, inRegion: string, kind: OwnKind) => (await tx.one(ownUnitsIn, inRegion, kind)).count,
  versionOf: async (tx: Tx, unitId: string) => (await tx.one(versionOf, unitId)).version,
  insertOwnUnit: (tx: Tx, unit: NewOwnUnit, tenantId: string | null = null) => tx.maybe(insertOwnUnit, unit, tenantId),
}
export type PlacementStore = typeof placementStore
