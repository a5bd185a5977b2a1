import { Type, type Static } from 'typebox'
import { FACETS } from '../../domain/facets.ts'
import { PUBLISHED_STATES, TENANT_STATES } from '../../domain/tenant-lifecycle.ts'
import { ISOLATIONS, UNIT_KINDS } from '../../domain/unit-kinds.ts'
import { Condition, conditionsOf } from '../../platform/conditions.ts'
import { OpenOperation } from '../../platform/operation-port.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import { sql, type Sql } from '../../platform/sql.ts'

export const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])
export const Limits = Type.Object({
  requestsPerSecond: Type.Integer(),
  burst: Type.Integer(),
  statementTimeoutMs: Type.Integer(),
})
export const Overrides = Type.Partial(Limits)
export const Price = Type.Object({ minor: Type.Integer(), setupMinor: Type.Integer(), currency: Type.String() })
export const Terms = Type.Object({ plan: Type.String(), overrides: Overrides, limits: Limits })

/** What an instance may use by its plan; null for a shared tenant. */
export const Compute = Type.Object({
  cpuMillis: Type.Integer(),
  memoryMib: Type.Integer(),
  ephemeralMib: Type.Integer(),
  storageMib: Type.Integer(),
  pods: Type.Integer(),
  objects: Type.Integer(),
  connections: Type.Integer(),
})

/** What it was quoted; null for one that came without a quote. */
const Sold = Type.Object({ plan: Type.String(), limits: Limits, compute: orNull(Compute), price: Price })

/** The tenant as decisions need it. */
export const TenantRow = Type.Object({
  id: Uuid,
  slug: Type.String(),
  name: Type.String(),
  plan: Type.String(),
  region: Type.String(),
  unitId: Uuid,
  state: Type.Enum(TENANT_STATES),
  published: Type.Enum(PUBLISHED_STATES),
  limits: Limits,
  overrides: Overrides,
  confirmed: Terms,
  sold: orNull(Sold),
  trialPlan: orNull(Type.String()),
  trialEndsAt: orNull(Timestamp),
  host: Type.String(),
  externalId: orNull(Type.String()),
  contact: orNull(Type.String()),
  notes: orNull(Type.String()),
  generation: Type.Integer(),
})
export type TenantRow = Static<typeof TenantRow>

/** Columns of `TenantRow`, of `tenants t`. */
export const tenantColumns = sql`
  t.id, t.slug, t.name, t.plan, t.region, t.unit_id as "unitId", t.state, t.published, t.limits, t.overrides, t.confirmed, t.sold,
  t.trial_plan as "trialPlan", t.trial_ends_at as "trialEndsAt", t.host, t.external_id as "externalId", t.contact, t.notes, t.generation`

/**
 * Updates at work that have begun and are not being taken back, with the `terms` they want: a relation to join by `tenant_id`. At
 * most one per tenant, because an update claims it alone. Recorded steps say so, since an operation is `running` while it undoes, too.
 */
export const begunUpdates = sql`
  (select o.tenant_id, o.input -> 'wanted' as terms from operations o
    where o.kind = 'tenant.update' and o.state = 'running' and o.finished_at is null
      and exists (select 1 from operation_steps s where s.operation_id = o.id)
      and not exists (select 1 from operation_steps s where s.operation_id = o.id and starts_with(s.step, 'undo-')))`

/**
 * Under which terms its unit serves a tenant, of `tenants t left join begunUpdates b`. The row is ahead of them: it holds what was
 * asked for last, also while that waits for its turn.
 */
export const termsInForce = sql`coalesce(b.terms, t.confirmed)`

/** Moves that have not ended: a relation to join by `tenant_id`, at most one per tenant. */
export const openMoves = sql`(select tenant_id, target_unit_id, before, wanted from moves where ended_at is null)`

/** The same in one of the two units of a move, of `tenants t left join begunUpdates b left join openMoves m`. */
export const termsIn = (unitId: Sql): Sql => sql`
  case when t.unit_id = ${unitId} or m.tenant_id is null then ${termsInForce} when m.target_unit_id = ${unitId} then m.wanted else m.before end`

/** What an instance may use, of `tenants t` and its `plans p`: as it was sold while it is on that plan. */
export const computeInForce = sql`case when t.sold ->> 'plan' = p.name then t.sold -> 'compute' else p.compute end`

/** The tenant as it is shown: with its unit, conditions and what is under way. */
export const TenantView = Type.Object({
  ...TenantRow.properties,
  isolation: Type.Enum(ISOLATIONS),
  product: Type.String(),
  residency: Type.Array(Type.String()),
  unitKind: Type.Enum(UNIT_KINDS),
  /** What its instance has to itself. */
  facets: Type.Array(Type.Enum(FACETS)),
  compute: orNull(Compute),
  quoteId: orNull(Uuid),
  price: Price,
  unitName: Type.String(),
  edgeUrl: Type.String(),
  conditions: Type.Array(Condition),
  operations: Type.Array(OpenOperation),
  readyAt: orNull(Timestamp),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})
export type TenantView = Static<typeof TenantView>

/** `select` of `TenantView` without its conditions. */
export const tenantView = sql`
  select ${tenantColumns}, p.isolation, u.product, t.residency, u.kind as "unitKind", u.facets, ${computeInForce} as compute, u.name as "unitName",
         t.quote_id as "quoteId",
         case when t.sold ->> 'plan' = p.name then t.sold -> 'price'
              else jsonb_build_object('minor', p.price_minor, 'setupMinor', p.setup_minor, 'currency', p.currency) end as price,
         r.settings ->> 'edgeUrl' as "edgeUrl", ${conditionsOf(sql`'tenant:' || t.id`)} as conditions,
         (select coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'kind', o.kind, 'state', o.state) order by o.sequence), '[]')
            from operations o where o.tenant_id = t.id and o.finished_at is null) as operations,
         t.ready_at as "readyAt", t.created_at as "createdAt", t.updated_at as "updatedAt"
    from tenants t
    join plans p on p.name = t.plan
    join units u on u.id = t.unit_id
    join regions r on r.name = t.region`
