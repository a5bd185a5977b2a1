import { Type } from 'typebox'
import { OPERATION_KINDS } from '../../domain/operation-kinds.ts'
import type { Sold } from '../../domain/quotes.ts'
import type { TenantState } from '../../domain/tenant-lifecycle.ts'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'
import type { Terms } from '../../domain/limits.ts'
import { tenantColumns, TenantRow, tenantView, TenantView } from './tenants.rows.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'
const terms: Terms = { plan: 'p', overrides: {}, limits: { requestsPerSecond: 1, burst: 1, statementTimeoutMs: 1 } }

const find = query({
  name: 'tenants.find',
  row: TenantView,
  sample: [NOBODY, 'slug'] as [id: string | null, slug: string | null],
  sql: (id, slug) => sql`${tenantView} where t.id = ${id}::uuid or t.slug = ${slug}::text`,
})

export type TenantFilter = {
  slug: string | null
  externalId: string | null
  contact: string | null
  state: TenantState | null
  plan: string | null
  region: string | null
  unit: string | null
  before: string | null
  limit: number
}
const nothing: TenantFilter = {
  slug: null,
  externalId: null,
  contact: null,
  state: null,
  plan: null,
  region: null,
  unit: null,
  before: null,
  limit: 50,
}
/** Newest first: ids are uuid v7. */
const list = query({
  name: 'tenants.list',
  row: TenantView,
  sample: [nothing] as [filter: TenantFilter],
  sql: (f) => sql`${tenantView}
     where (${f.slug}::text is null or starts_with(t.slug, ${f.slug}::text))
       and (${f.externalId}::text is null or t.external_id = ${f.externalId}::text)
       and (${f.contact}::text is null or position(lower(${f.contact}::text) in lower(t.contact)) > 0)
       and case when ${f.state}::text is null then t.state <> 'decommissioned' else t.state = ${f.state}::text end
       and (${f.plan}::text is null or t.plan = ${f.plan}::text)
       and (${f.region}::text is null or t.region = ${f.region}::text)
       and (${f.unit}::text is null or u.name = ${f.unit}::text or u.id::text = lower(${f.unit}::text))
       and (${f.before}::uuid is null or t.id < ${f.before}::uuid)
     order by t.id desc limit ${f.limit}::int`,
})

const lock = query({
  name: 'tenants.lock',
  row: TenantRow,
  sample: [NOBODY] as [id: string],
  sql: (id) => sql`select ${tenantColumns} from tenants t where t.id = ${id} for no key update`,
})

const bySlug = query({
  name: 'tenants.by-slug',
  row: Type.Object({ id: Uuid }),
  sample: ['slug'] as [slug: string],
  sql: (slug) => sql`select id from tenants where slug = ${slug}`,
})

/** In line, at work, or waiting for nothing but its change plan; what waits for somebody may never come to be. */
const openKinds = query({
  name: 'tenants.open-kinds',
  row: Type.Object({ id: Uuid, kind: Type.Enum(OPERATION_KINDS) }),
  sample: [NOBODY] as [id: string],
  sql: (id) =>
    sql`
      select id, kind from operations o
       where tenant_id = ${id} and finished_at is null
         and (state <> 'waiting' or (cancel_requested_at is null and exists (
               select from operation_approvals a where a.operation_id = o.id and a.rule = 'none' and a.decision is distinct from 'expired')))
       order by sequence`,
})

export type Details = { name: string; externalId: string | null; contact: string | null; notes: string | null }
export type NewTenant = {
  id: string
  slug: string
  region: string
  unitId: string
  host: string
  quoteId: string | null
  sold: Sold | null
  /** When its trial of the plan ends; null: it is none. */
  trialEndsAt: string | null
} & Terms &
  Details
/** Gives no row when the slug was ever used. */
const insert = query({
  name: 'tenants.insert',
  row: Type.Object({ id: Uuid }),
  sample: [
    {
      ...terms,
      id: NOBODY,
      slug: 's',
      name: 'n',
      region: 'r',
      unitId: NOBODY,
      host: 'h',
      quoteId: null,
      sold: null,
      trialEndsAt: null,
      externalId: null,
      contact: null,
      notes: null,
    },
  ] as [tenant: NewTenant],
  sql: ({
    id,
    slug,
    name,
    plan,
    region,
    unitId,
    limits,
    overrides,
    host,
    quoteId,
    sold,
    trialEndsAt,
    ...details
  }) => sql`
    insert into tenants (id, slug, name, plan, region, residency, unit_id, state, limits, overrides, confirmed, host, external_id, contact, notes,
                         quote_id, sold, trial_plan, trial_ends_at)
    values (${id}, ${slug}, ${name}, ${plan}, ${region}, array[${region}::text], ${unitId}, 'provisioning', ${JSON.stringify(limits)}::jsonb,
            ${JSON.stringify(overrides)}::jsonb, ${JSON.stringify({ plan, overrides, limits })}::jsonb, ${host}, ${details.externalId}::text,
            ${details.contact}::text, ${details.notes}::text, ${quoteId}::uuid, ${sold === null ? null : JSON.stringify(sold)}::jsonb,
            ${trialEndsAt === null ? null : plan}::text, ${trialEndsAt}::timestamptz)
    on conflict (slug) do nothing returning id`,
})

/** Intent changed: whoever holds an older ETag is told. */
const update = query({
  name: 'tenants.update',
  row: Type.Object({}),
  sample: [NOBODY, { ...terms, name: 'n', externalId: null, contact: null, notes: null }] as [
    id: string,
    wanted: Terms & Details,
  ],
  sql: (id, { name, plan, limits, overrides, externalId, contact, notes }) => sql`
    update tenants
       set name = ${name}, plan = ${plan}, limits = ${JSON.stringify(limits)}::jsonb, overrides = ${JSON.stringify(overrides)}::jsonb,
           external_id = ${externalId}::text, contact = ${contact}::text, notes = ${notes}::text,
           generation = generation + 1, updated_at = now()
     where id = ${id}`,
})

const bump = query({
  name: 'tenants.bump',
  row: Type.Object({}),
  sample: [NOBODY] as [id: string],
  sql: (id) => sql`update tenants set generation = generation + 1, updated_at = now() where id = ${id}`,
})

const loosen = query({
  name: 'tenants.loosen',
  row: Type.Object({}),
  sample: [NOBODY] as [id: string],
  sql: (id) => sql`update tenants set loosened_at = now() where id = ${id}`,
})
const loosenedAt = query({
  name: 'tenants.loosened-at',
  row: Type.Object({ loosenedAt: Type.Union([Timestamp, Type.Null()]) }),
  sample: [NOBODY] as [id: string],
  sql: (id) => sql`select loosened_at as "loosenedAt" from tenants where id = ${id}`,
})

export const tenantsStore = {
  find: (tx: Tx, id: string | null, slug: string | null) => tx.maybe(find, id, slug),
  list: (tx: Tx, filter: TenantFilter) => tx.all(list, filter),
  /** Locks the row until the transaction ends. Lock what its operations touch first (`LockSubjects`). */
  lock: (tx: Tx, id: string) => tx.one(lock, id),
  slugUsed: async (tx: Tx, slug: string) => (await tx.maybe(bySlug, slug)) !== undefined,
  openKinds: (tx: Tx, id: string) => tx.all(openKinds, id),
  insert: (tx: Tx, tenant: NewTenant) => tx.maybe(insert, tenant),
  update: (tx: Tx, id: string, wanted: Terms & Details) => tx.run(update, id, wanted),
  bump: (tx: Tx, id: string) => tx.run(bump, id),
  /** Notes that it went from a plan whose removals ask a second operator to one whose removals ask nobody. */
  loosen: (tx: Tx, id: string) => tx.run(loosen, id),
  loosenedAt: async (tx: Tx, id: string): Promise<Date | null> => {
    const { loosenedAt: at } = await tx.one(loosenedAt, id)
    return at === null ? null : new Date(at)
  },
}
export type TenantsStore = typeof tenantsStore
