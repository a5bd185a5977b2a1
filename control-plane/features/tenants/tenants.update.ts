import { applyOverrides, patchOverrides, sameLimits } from '../../domain/limits.ts'
import { sameFacets } from '../../domain/facets.ts'
import { isTenantKind, mayAsk, stateExpected, type TenantKind } from '../../domain/tenant-lifecycle.ts'
import type { OperationKind } from '../../domain/operation-kinds.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Tx } from '../../platform/database.ts'
import { assertIfMatch, etagOf } from '../../platform/etag.ts'
import type { Answer } from '../../platform/idempotency.ts'
import type { OperationRequest } from '../../platform/operation-port.ts'
import type { Accepted } from '../../platform/schemas.ts'
import type { Terms } from '../../domain/limits.ts'
import type { TermsInput } from './tenants.contract.ts'
import { approvalOfChange, noteLoosened } from './tenants.approval.ts'
import { originOf } from './tenants.carry.ts'
import { checkOverrides, notInPlan, planOf, productFor } from './tenants.create.ts'
import { acceptedAnswer, findTenant, record, type Plan, type TenantsDeps } from './tenants.deps.ts'
import { problems } from './tenants.errors.ts'
import { checkRoom } from './tenants.placement.ts'
import { facetsOf } from './tenants.facets.ts'
import type { TenantRow, TenantView } from './tenants.rows.ts'
import { asSold } from './tenants.sold.ts'
import type { Tenant, TenantAccepted, UpdateTenant } from './tenants.schema.ts'
import type { Details } from './tenants.store.ts'
import { tenantOf } from './tenants.view.ts'

const KIND = 'tenant.update'
type Asked = {
  actor: Actor
  reference: string
  ifMatch: string | undefined
  patch: UpdateTenant
  planned?: boolean | undefined
}

/**
 * Changes a tenant. Its details are rows only: 200 and done. Another plan or other limits must reach its unit: 202 and an
 * operation. Both in one patch happen together or not at all.
 */
export async function update(deps: TenantsDeps, tx: Tx, asked: Asked): Promise<Answer<Tenant | TenantAccepted>> {
  const { actor, patch } = asked
  const seen = await findTenant(deps, tx, asked.reference)
  const { id, region, unitId } = seen
  const about = { kind: KIND, tenantId: id, unitId } as const
  const mayMove = patch.plan !== undefined || patch.limits !== undefined
  if (mayMove) {
    await deps.placement.lockRegion(tx, region)
    await deps.lockSubjects(tx, about)
  }
  const row = await deps.store.lock(tx, id)
  assertIfMatch(asked.ifMatch, row.generation)
  if (row.state === 'decommissioned') throw forbidden(row, 'changed')
  const terms = mayMove
    ? await termsAfter(deps, tx, { ...row, unitKind: seen.unitKind, facets: seen.facets, product: seen.product }, patch)
    : termsOf(row)
  const details = detailsAfter(row, patch)
  const changed = changes(row, { ...details, ...terms })
  if (changed.length > 0) await deps.store.update(tx, id, { ...details, ...terms })
  const personal = { ...personalOf(row, changed, '.before'), ...personalOf(details, changed, '') }
  const detail = { changed, before: plainOf(row, changed), after: plainOf({ ...details, ...terms }, changed) }
  if (sameTerms(row, terms)) {
    await record(deps, tx, { actor, action: KIND, tenantId: id, detail, personal })
    const tenant = tenantOf(await findTenant(deps, tx, id))
    return { status: 200, headers: { etag: etagOf(tenant.generation) }, body: tenant }
  }
  await noteLoosened(deps, tx, row, terms.plan)
  const origin = await originOf(deps, tx, row, terms.overrides)
  const input: TermsInput = { generation: row.generation + 1, wanted: termsOf(terms), ...(origin ? { origin } : {}) }
  const approval = await approvalOfChange(tx, unitId, terms.plan)
  const by = { requestedBy: actor.operatorId, requestId: actor.requestId }
  const wanted = { ...about, region, input, ...by, approval, planned: asked.planned }
  const accepted = await ask(deps, tx, row, wanted)
  const notKept = origin === undefined ? {} : { notKeptByAbort: origin.notKept }
  await record(deps, tx, { actor, action: KIND, tenantId: id, detail: { ...detail, ...notKept }, accepted, personal })
  return acceptedAnswer(deps, tx, id, accepted)
}

export const termsOf = ({ plan, overrides, limits }: Terms): Terms => ({ plan, overrides, limits })
export const sameTerms = (a: Terms, b: Terms): boolean =>
  a.plan === b.plan && sameLimits(a.overrides, b.overrides) && sameLimits(a.limits, b.limits)

/** The terms a patch leads to, checked against the catalogue and the room in the tenant's cell. */
async function termsAfter(deps: TenantsDeps, tx: Tx, row: PlacedRow, patch: UpdateTenant): Promise<Terms> {
  const now = await planOf(deps, tx, row.plan)
  const plan = asSold(await planOf(deps, tx, patch.plan ?? row.plan), row.sold)
  if (now.isolation !== plan.isolation)
    throw moveRequired(
      `${plan.name} is ${plan.isolation}, ${row.slug} is ${now.isolation}: steward tenants move ${row.slug} --plan ${plan.name}`,
      'plan.same-isolation',
    )
  if (!plan.regions.includes(row.region)) throw notInPlan(plan, row.region, '/plan')
  refuseLateTrial(row, plan)
  productFor(plan, row.product, '/plan')
  await refuseOtherFacets(deps, tx, row, plan)
  const overrides = patchOverrides(row.overrides, patch.limits)
  checkOverrides(plan, overrides)
  const limits = applyOverrides(plan.limits, overrides)
  await checkRoom(tx, deps.placement, row, limits)
  return { plan: plan.name, overrides, limits }
}

/** A trial is for who is new: a tenant that was not created on the plan would try it without an end. */
export function refuseLateTrial(
  { plan: now, trialPlan }: Pick<TenantRow, 'plan' | 'trialPlan'>,
  { name, trialDays }: Plan,
): void {
  if (trialDays === null || name === now || name === trialPlan) return
  const message = `${name} is a trial, which only a new tenant gets: choose another plan`
  throw problems['trial.new-tenants-only']({
    detail: message,
    fields: [{ pointer: '/plan', rule: 'trial.new-tenants', message }],
  })
}

type PlacedRow = TenantRow & Pick<TenantView, 'unitKind' | 'facets' | 'product'>

function moveRequired(message: string, rule: string) {
  return problems['tenant.move-required']({ detail: message, fields: [{ pointer: '/plan', rule, message }] })
}

/**
 * What an instance has to itself is decided when it is made. Throws `tenant.move-required` where the plan gives something else,
 * and what `facetsOf` throws.
 */
export async function refuseOtherFacets(
  { placement }: Pick<TenantsDeps, 'placement'>,
  tx: Tx,
  tenant: Pick<TenantView, 'slug' | 'region' | 'facets'>,
  plan: Plan,
): Promise<void> {
  const region = await placement.region(tx, tenant.region)
  const facets = facetsOf(plan, region ?? { name: tenant.region, facets: [] })
  if (sameFacets(facets, tenant.facets)) return
  const [theirs, its] = [facets, tenant.facets].map((list) => list.join(', '))
  throw moveRequired(
    `${plan.name} keeps ${theirs} apart, ${tenant.slug} has ${its} to itself: move it to a plan of another isolation first`,
    'plan.same-facets',
  )
}

const kept = <T>(wanted: T | undefined, current: T): T => (wanted === undefined ? current : wanted)
const detailsAfter = (row: TenantRow, patch: UpdateTenant): Details => ({
  name: patch.name ?? row.name,
  externalId: kept(patch.externalId, row.externalId),
  contact: kept(patch.contact, row.contact),
  notes: kept(patch.notes, row.notes),
})

/** Names of what differs: the audit says what changed without repeating personal data. */
function changes(row: TenantRow, wanted: Details & Terms): string[] {
  const plain = (['name', 'externalId', 'contact', 'notes', 'plan'] as const).filter(
    (field) => row[field] !== wanted[field],
  )
  return sameLimits(row.limits, wanted.limits) && sameLimits(row.overrides, wanted.overrides)
    ? plain
    : [...plain, 'limits']
}

/** What changed, without what may name a person. */
const plainOf = ({ externalId, plan, overrides, limits }: Details & Terms, changed: readonly string[]) => ({
  ...(changed.includes('externalId') ? { externalId } : {}),
  ...(changed.includes('plan') ? { plan } : {}),
  ...(changed.includes('limits') ? { overrides, limits } : {}),
})
const PERSONAL = ['name', 'contact', 'notes'] as const
const personalOf = (of: Details, changed: readonly string[], suffix: '' | '.before') =>
  Object.fromEntries(
    PERSONAL.filter((field) => changed.includes(field)).map((field) => [`${field}${suffix}`, of[field]]),
  )

type Standing = Pick<TenantRow, 'id' | 'slug' | 'state'>
type Wanted = OperationRequest & { kind: TenantKind; tenantId: string }

/**
 * Asks for an operation on a locked tenant. Admission speaks first, because it names the operation in the way
 * (`operation.conflict`); whatever it wrote goes with the transaction when the state forbids (`tenant.state-forbids`).
 */
export async function ask(
  deps: Pick<TenantsDeps, 'request' | 'store'>,
  tx: Tx,
  row: Standing,
  wanted: Wanted,
): Promise<Accepted> {
  const before = await deps.store.openKinds(tx, row.id)
  const accepted = await deps.request(tx, wanted)
  checkAllowed(row, wanted.kind, before)
  return accepted
}

type OpenKind = { id: string; kind: OperationKind }

/** By the state now or by the one that the open operations lead to. Throws `tenant.state-forbids`. */
export function checkAllowed(row: Standing, kind: TenantKind, open: readonly OpenKind[]): void {
  if (mayAsk(kind, row.state)) return
  if (mayAsk(kind, stateExpected(row.state, open.map((one) => one.kind).filter(isTenantKind)))) return
  throw forbidden(row, `asked for ${kind}`, open.at(-1))
}

function forbidden({ slug, state }: Standing, what: string, by?: OpenKind) {
  const way = by === undefined ? '' : `, and ${by.kind} (operation ${by.id}) is under way`
  const extra = { state, ...(by === undefined ? {} : { operationId: by.id, operationKind: by.kind }) }
  return problems['tenant.state-forbids']({ detail: `${slug} is ${state}${way}: it cannot be ${what}`, extra })
}
