import { Type } from 'typebox'
import { PUBLISHED_STATES, type Published, type TenantState } from '../../domain/tenant-lifecycle.ts'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'
import type { Terms } from '../../domain/limits.ts'
import {
  begunUpdates,
  Compute,
  computeInForce,
  Limits,
  openMoves,
  orNull,
  Terms as TermsRow,
  termsIn,
} from './tenants.rows.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'
const terms: Terms = { plan: 'p', overrides: {}, limits: { requestsPerSecond: 1, burst: 1, statementTimeoutMs: 1 } }

/** Personal data does not outlive the customer: the tombstone keeps the slug, the external id and what the audit keeps. */
const setState = query({
  name: 'tenants.set-state',
  row: Type.Object({}),
  sample: [NOBODY, 'active'] as [id: string, state: TenantState],
  sql: (id, state) => sql`
    update tenants
       set state = ${state}, updated_at = now(),
           ready_at = case when ${state} = 'active' then coalesce(ready_at, now()) else ready_at end,
           contact = case when ${state} = 'decommissioned' then null else contact end,
           notes = case when ${state} = 'decommissioned' then null else notes end
     where id = ${id}`,
})

const confirm = query({
  name: 'tenants.confirm',
  row: Type.Object({}),
  sample: [NOBODY, terms] as [id: string, reached: Terms],
  sql: (id, reached) => sql`update tenants set confirmed = ${JSON.stringify(reached)}::jsonb where id = ${id}`,
})

const setTerms = query({
  name: 'tenants.set-terms',
  row: Type.Object({}),
  sample: [NOBODY, terms] as [id: string, wanted: Terms],
  sql: (id, { plan, overrides, limits }) => sql`
    update tenants set plan = ${plan}, overrides = ${JSON.stringify(overrides)}::jsonb, limits = ${JSON.stringify(limits)}::jsonb,
           generation = generation + 1, updated_at = now()
     where id = ${id}`,
})

/**
 * Whether an operation has taken back what it did: its first effect, which is taken back last, was, or never began; no undo is still without
 * success; and nothing began from which nothing turns back. One whose workflow was lost has taken nothing back.
 */
const turnedBack = query({
  name: 'tenants.turned-back',
  row: Type.Object({ turnedBack: Type.Boolean() }),
  sample: [NOBODY, 'a', 'b'] as [operationId: string, first: string, pointOfNoReturn: string],
  sql: (operationId, first, pointOfNoReturn) => sql`
    with s as (select step, bool_or(state = 'succeeded') as done from operation_steps where operation_id = ${operationId} group by step)
    select not exists (select from s where step = ${pointOfNoReturn} or (starts_with(step, 'undo-') and not done))
           and (not exists (select from s where step = ${first}) or exists (select from s where step = 'undo-' || ${first}::text and done)) as "turnedBack"`,
})

/** What is wanted of a tenant apart from one operation: the newest other update in line or at work, else what was confirmed. */
const wantedBeside = query({
  name: 'tenants.wanted-beside',
  row: Type.Object({ terms: TermsRow }),
  sample: [NOBODY, NOBODY] as [id: string, operationId: string],
  sql: (id, operationId) => sql`
    select coalesce((select o.input -> 'wanted' from operations o
                      where o.tenant_id = t.id and o.kind = 'tenant.update' and o.finished_at is null and o.id <> ${operationId}
                      order by o.sequence desc limit 1), t.confirmed) as terms
      from tenants t where t.id = ${id}`,
})

/** What the newest update that has not ended was asked with. */
const lastWish = query({
  name: 'tenants.last-wish',
  row: Type.Object({ input: Type.Unknown() }),
  sample: [NOBODY] as [id: string],
  sql: (id) => sql`
    select input from operations where tenant_id = ${id} and kind = 'tenant.update' and finished_at is null
     order by sequence desc limit 1`,
})

const inForce = query({
  name: 'tenants.in-force',
  row: Type.Object({ plan: Type.String(), limits: Limits, compute: orNull(Compute) }),
  sample: [NOBODY, NOBODY] as [id: string, unitId: string],
  sql: (id, unitId) => sql`
    select p.name as plan, v.terms -> 'limits' as limits, ${computeInForce} as compute
      from tenants t left join ${begunUpdates} b on b.tenant_id = t.id left join ${openMoves} m on m.tenant_id = t.id
      cross join lateral (select ${termsIn(sql`${unitId}::uuid`)} as terms) v
      join plans p on p.name = v.terms ->> 'plan'
     where t.id = ${id}`,
})

const priceOf = (plan: 'p' | 'was') => {
  const catalogue = plan === 'p' ? sql`p` : sql`was`
  return sql`case when t.sold ->> 'plan' = ${catalogue}.name then (t.sold -> 'price' ->> 'minor')::int else ${catalogue}.price_minor end`
}

/** What an update asks for, whether it has begun or waits. */
const asked = query({
  name: 'tenants.asked-terms',
  row: Type.Object({
    plan: Type.String(),
    limits: Limits,
    compute: orNull(Compute),
    before: Type.Object({ plan: Type.String(), limits: Limits, minor: Type.Integer() }),
    minor: Type.Integer(),
  }),
  sample: [NOBODY] as [operationId: string],
  sql: (operationId) => sql`
    select p.name as plan, o.input -> 'wanted' -> 'limits' as limits, ${computeInForce} as compute, ${priceOf('p')} as minor,
           jsonb_build_object('plan', was.name, 'limits', t.confirmed -> 'limits', 'minor', ${priceOf('was')}) as before
      from operations o join tenants t on t.id = o.tenant_id
      join plans p on p.name = o.input -> 'wanted' ->> 'plan' join plans was on was.name = t.confirmed ->> 'plan'
     where o.id = ${operationId} and o.kind = 'tenant.update'`,
})

const price = query({
  name: 'tenants.price-in-force',
  row: Type.Object({ minor: Type.Integer(), currency: Type.String(), quotedMinor: orNull(Type.Integer()) }),
  sample: [NOBODY, null] as [id: string, unitId: string | null],
  sql: (id, unitId) => sql`
    select case when t.sold ->> 'plan' = p.name then (t.sold -> 'price' ->> 'minor')::int else p.price_minor end as minor,
           case when t.sold ->> 'plan' = p.name then t.sold -> 'price' ->> 'currency' else p.currency end as currency,
           (t.sold -> 'price' ->> 'minor')::int as "quotedMinor"
      from tenants t left join ${begunUpdates} b on b.tenant_id = t.id left join ${openMoves} m on m.tenant_id = t.id
      cross join lateral (select ${termsIn(sql`coalesce(${unitId}::uuid, t.unit_id)`)} as terms) v
      join plans p on p.name = v.terms ->> 'plan'
     where t.id = ${id}`,
})

const lockUnit = query({
  name: 'tenants.lock-unit',
  row: Type.Object({ name: Type.String() }),
  sample: [NOBODY] as [unitId: string],
  sql: (unitId) => sql`select name from units where id = ${unitId} for no key update`,
})

const setPublished = query({
  name: 'tenants.set-published',
  row: Type.Object({ id: Uuid }),
  sample: [NOBODY, NOBODY, 'active'] as [id: string, unitId: string, as: Published],
  sql: (id, unitId, as) => sql`
    update tenants set published = ${as}
     where id = ${id} and unit_id = ${unitId} and (state <> 'decommissioned' or ${as} = 'absent') returning id`,
})

const nextRevision = query({
  name: 'tenants.next-revision',
  row: Type.Object({ unit: Type.String(), revision: Type.Integer() }),
  sample: [NOBODY, 0] as [unitId: string, above: number],
  sql: (unitId, above) => sql`
    update units set tenants_revision = greatest(tenants_revision, ${above}::bigint) + 1 where id = ${unitId}
    returning name as unit, tenants_revision as revision`,
})

const revision = query({
  name: 'tenants.revision',
  row: Type.Object({ unit: Type.String(), revision: Type.Integer() }),
  sample: [NOBODY] as [unitId: string],
  sql: (unitId) => sql`select name as unit, tenants_revision as revision from units where id = ${unitId}`,
})

const published = query({
  name: 'tenants.published',
  row: Type.Object({
    id: Uuid,
    slug: Type.String(),
    host: Type.String(),
    published: Type.Enum(PUBLISHED_STATES),
    limits: Limits,
  }),
  sample: [NOBODY] as [unitId: string],
  sql: (unitId) => sql`
    select t.id, t.slug, t.host, t.published, ${termsIn(sql`${unitId}::uuid`)} -> 'limits' as limits
      from (select id from tenants where unit_id = ${unitId}
            union select tenant_id from moves where guest_unit_id = ${unitId} and ended_at is null) own
      join tenants t on t.id = own.id
      left join ${begunUpdates} b on b.tenant_id = t.id left join ${openMoves} m on m.tenant_id = t.id
     where t.published <> 'absent' order by t.slug`,
})

export const settleStore = {
  turnedBack: async (tx: Tx, operationId: string, first: string, last: string) =>
    (await tx.one(turnedBack, operationId, first, last)).turnedBack,
  setState: (tx: Tx, id: string, state: TenantState) => tx.run(setState, id, state),
  confirm: (tx: Tx, id: string, reached: Terms) => tx.run(confirm, id, reached),
  setTerms: (tx: Tx, id: string, wanted: Terms) => tx.run(setTerms, id, wanted),
  wantedBeside: async (tx: Tx, id: string, operationId: string) => (await tx.one(wantedBeside, id, operationId)).terms,
  lastWish: (tx: Tx, id: string) => tx.maybe(lastWish, id),
  inForce: (tx: Tx, id: string, unitId: string) => tx.one(inForce, id, unitId),
  asked: (tx: Tx, operationId: string) => tx.maybe(asked, operationId),
  price: (tx: Tx, id: string, unitId: string | null) => tx.one(price, id, unitId),
  lockUnit: (tx: Tx, unitId: string) => tx.maybe(lockUnit, unitId),
  setPublished: (tx: Tx, id: string, unitId: string, as: Published) => tx.maybe(setPublished, id, unitId, as),
  nextRevision: (tx: Tx, unitId: string, above: number) => tx.one(nextRevision, unitId, above),
  revision: (tx: Tx, unitId: string) => tx.one(revision, unitId),
  published: (tx: Tx, unitId: string) => tx.all(published, unitId),
}
