import type { Facet } from '../../domain/facets.ts'
import type { PlanApprovals } from '../../domain/approvals.ts'
import type { Compute } from '../../domain/compute.ts'
import type { Limits, Terms } from '../../domain/limits.ts'
import type { Asked as AskedOfQuote, Price, Quoted } from '../../domain/quotes.ts'
import type { NewMove } from '../../domain/moves.ts'
import { looksLikeId } from '../../domain/slug.ts'
import type { OperationKind } from '../../domain/operation-kinds.ts'
import type { Isolation, UnitKind } from '../../domain/unit-kinds.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { etagOf } from '../../platform/etag.ts'
import { idempotent, type Answer, type Idempotency } from '../../platform/idempotency.ts'
import type { Json } from '../../platform/json.ts'
import type { LockSubjects, RequestOperation } from '../../platform/operation-port.ts'
import type { Cursors } from '../../platform/pagination.ts'
import type { Accepted } from '../../platform/schemas.ts'
import { problems } from './tenants.errors.ts'
import type { PlacementStore } from './tenants.placement-store.ts'
import type { TenantView } from './tenants.rows.ts'
import type { TenantAccepted } from './tenants.schema.ts'
import type { TenantsStore } from './tenants.store.ts'
import { tenantOf } from './tenants.view.ts'

/** What a tenant needs to know of its plan. */
export type Plan = {
  name: string
  isolation: Isolation
  /** The product that it sells; null: any. */
  product: string | null
  regions: readonly string[]
  limits: Limits
  facets: readonly Facet[] | null
  compute: Compute | null
  price: Price
  /** Days that a new tenant may try it; null: it is no trial. */
  trialDays: number | null
  approvals: PlanApprovals
}
export type Estimate = { p50Ms: number; p95Ms: number }

/** What tenants need of quotes. */
export type QuotesForTenants = {
  /** The offer, locked until the transaction ends. Throws `quote.*` where it does not hold or something else is asked for. */
  take: (tx: Tx, id: string, asked: AskedOfQuote) => Promise<Quoted>
  /** Notes on a taken offer which tenant came of it. */
  accept: (tx: Tx, id: string, tenantId: string) => Promise<void>
}

type OpenMove = {
  id: string
  state: string
  sourceUnitId: string
  targetUnitId: string
  before: Terms
  notKept: readonly (keyof Limits)[]
}
/** What tenants need of moves: one that has not ended, and a new one in the transaction that asks for it. */
export type MovesForTenants = {
  open: (tx: Tx, tenantId: string) => Promise<OpenMove | undefined>
  insert: (tx: Tx, move: NewMove) => Promise<unknown>
}

export type TenantsDeps = {
  database: Pick<Database, 'transaction' | 'statement'>
  store: TenantsStore
  placement: PlacementStore
  cursors: Cursors
  findPlan: (tx: Tx, name: string) => Promise<Plan | undefined>
  /** A registered version of a product, its default one when none is named. */
  findRelease: (tx: Tx, product: string, version: string | undefined) => Promise<{ version: string }>
  quotes: QuotesForTenants
  moves: MovesForTenants
  /** How long a moved tenant can go back when nobody says, minutes. */
  soakMinutes: number
  request: RequestOperation
  lockSubjects: LockSubjects
  audit: AuditAppend
  /** Throws `tenant.on-hold` while a legal hold forbids that the tenant is removed. */
  refuseOnHold: (tx: Tx, tenantId: string) => Promise<void>
  clock: Clock
  /** How long an operation waits for an approval, milliseconds. */
  approvalMs: number
  /** How long an operation of this kind on such a unit will take, by the runs so far; null while there are too few. */
  estimate: (tx: Tx, kind: OperationKind, unit: UnitKind) => Promise<Estimate | null>
}

/** One mutation: the idempotency record, the change, its operation and its audit event commit together or not at all. */
export const once = <Body>(
  deps: TenantsDeps,
  actor: Actor,
  { key, fingerprint }: Idempotency,
  work: (tx: Tx) => Promise<Answer<Body>>,
) => deps.database.transaction((tx) => idempotent(tx, actor, key, fingerprint, () => work(tx)))

/** By id or slug. Throws `tenant.not-found`. */
export async function findTenant(
  { store }: Pick<TenantsDeps, 'store'>,
  tx: Tx,
  reference: string,
): Promise<TenantView> {
  const id = reference.toLowerCase()
  const row = looksLikeId(id) ? await store.find(tx, id, null) : await store.find(tx, null, reference)
  if (row !== undefined) return row
  throw problems['tenant.not-found']({
    detail: `No tenant has the id or slug ${reference}: list them with GET /v1/tenants`,
  })
}

type Act = {
  /** Null: the plane itself. */
  actor: Actor | null
  action: string
  tenantId: string
  detail: Json
  accepted?: Accepted
  personal?: Record<string, string | null | undefined>
}

/** Appends to the tenant's stream; personal data only as `personal`, so that it can be erased. */
export async function record({ audit }: Pick<TenantsDeps, 'audit'>, tx: Tx, act: Act): Promise<void> {
  const { actor, action, tenantId, detail, accepted, personal = {} } = act
  const given = Object.entries(personal).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  await audit(tx, {
    stream: `tenant:${tenantId}`,
    tenantId,
    actor,
    action,
    subject: `tenant:${tenantId}`,
    outcome: 'succeeded',
    requestId: actor?.requestId ?? null,
    operationId: accepted?.operationId ?? null,
    detail,
    personal: Object.fromEntries(given),
  })
}

/** 202 with the operation and the tenant as it is now. */
export async function acceptedAnswer(
  deps: TenantsDeps,
  tx: Tx,
  tenantId: string,
  accepted: Accepted,
): Promise<Answer<TenantAccepted>> {
  const tenant = tenantOf(await findTenant(deps, tx, tenantId))
  const headers = { location: `/v1/operations/${accepted.operationId}`, etag: etagOf(tenant.generation) }
  return { status: 202, headers, body: { ...accepted, tenant } }
}
