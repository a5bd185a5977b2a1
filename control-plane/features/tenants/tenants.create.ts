import type { Facet } from '../../domain/facets.ts'
import { applyOverrides, overrideFaults, type LimitOverrides, type Limits } from '../../domain/limits.ts'
import { type GivenNames, tenantHost, tenantUrl } from '../../domain/naming.ts'
import { processOf } from '../../domain/operation-kinds.ts'
import { DEFAULT_PRODUCT } from '../../domain/products.ts'
import { referenceProblems } from '../../domain/reference-problems.ts'
import { UNIT_KIND_OF, type UnitKind } from '../../domain/unit-kinds.ts'
import { isReservedSlug } from '../../domain/slug.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Tx } from '../../platform/database.ts'
import type { Answer } from '../../platform/idempotency.ts'
import { newId } from '../../platform/ids.ts'
import type { TermsInput } from './tenants.contract.ts'
import { namesOf, refuseUnadoptable } from './tenants.adoptable.ts'
import { acceptedAnswer, record, type Plan, type TenantsDeps } from './tenants.deps.ts'
import { problems } from './tenants.errors.ts'
import { facetsOf } from './tenants.facets.ts'
import { choose, chooseOwnUnit, makeOwnUnit, type Place } from './tenants.placement.ts'
import type { OwnKind, Region } from './tenants.placement-store.ts'
import type { CreateTenant, TenantAccepted, TenantPreview } from './tenants.schema.ts'
import { asSold, orderOf, type Order } from './tenants.sold.ts'
import { trialEnd } from '../../domain/trials.ts'

const KIND = 'tenant.provision'

type Draft = {
  plan: Plan
  facets: readonly Facet[]
  region: Region
  product: string
  limits: Limits
  overrides: LimitOverrides
  host: string
}

/** Says what a create would do and writes nothing. Throws what the create would. */
export async function preview(deps: TenantsDeps, tx: Tx, input: CreateTenant): Promise<TenantPreview> {
  const order = await orderOf(deps, tx, input)
  const wanted = inPlan(await draftOf(deps, tx, order))
  const { plan, facets, region, product, limits, overrides, host } = wanted
  await refuseUsedSlug(deps, tx, input.slug)
  const unit = await placeFor(deps, tx, wanted, input.slug)
  return {
    dryRun: true,
    tenant: {
      slug: input.slug,
      name: input.name ?? input.slug,
      plan: plan.name,
      isolation: plan.isolation,
      product,
      region: region.name,
      residency: [region.name],
      unit,
      facets: [...facets],
      host,
      url: tenantUrl(host, region.edgeUrl),
      limits,
      overrides,
      price: plan.price,
      quoteId: order.quoted?.id ?? null,
    },
    steps: processOf(KIND, unit.kind).steps.map(({ step, title }) => ({ step, title })),
    estimate: await deps.estimate(tx, KIND, unit.kind),
  }
}

/** What an adoption says beside what every new tenant is asked for with. */
export type Adopted = GivenNames & { id: string | undefined }

/** Places and inserts the tenant and asks for its provisioning, or (`adopted`) for the adoption of what it has. */
export async function create(
  deps: TenantsDeps,
  tx: Tx,
  actor: Actor,
  input: CreateTenant,
  adopted?: Adopted,
): Promise<Answer<TenantAccepted>> {
  const order = await orderOf(deps, tx, input)
  const { quoted } = order
  const draft = inPlan(await draftOf(deps, tx, order))
  const { plan, facets, region, product, limits, overrides, host } = draft
  await deps.placement.lockRegion(tx, region.name)
  await refuseUsedSlug(deps, tx, input.slug)
  if (adopted !== undefined) await refuseUnadoptable(deps, tx, { ...draft, slug: input.slug }, adopted)
  const { slug, name = slug, externalId = null, contact = null, notes = null } = input
  const place = await placeFor(deps, tx, draft, slug)
  const unitId = place.id ?? (await makeOwnUnit(tx, deps, ownUnit(draft, { slug, kind: place.kind }, adopted))).id
  const id = adopted?.id ?? newId()
  const terms = { plan: plan.name, overrides, limits }
  const ordered = {
    quoteId: quoted?.id ?? null,
    sold: quoted?.sold ?? null,
    trialEndsAt: trialEnd(quoted === null ? plan.trialDays : quoted.trialDays, deps.clock.now()),
  }
  const fresh = { id, slug, name, region: region.name, unitId, host, externalId, contact, notes, ...terms, ...ordered }
  if ((await deps.store.insert(tx, fresh)) === undefined) throw slugTaken(slug)
  if (quoted !== null) await deps.quotes.accept(tx, quoted.id, id)
  const wish: TermsInput = { generation: 1, wanted: terms }
  const asked = askedFor(plan, place.kind, adopted !== undefined)
  const wanted = { ...asked, tenantId: id, unitId, region: region.name, input: wish }
  const accepted = await deps.request(tx, { ...wanted, requestedBy: actor.operatorId, requestId: actor.requestId })
  const detail = {
    slug,
    ...terms,
    region: region.name,
    product,
    unit: place.name,
    unitKind: place.kind,
    facets,
    externalId,
    quoteId: ordered.quoteId,
    trialEndsAt: ordered.trialEndsAt,
    ...(adopted && { adopts: namesOf(adopted) }),
  }
  await record(deps, tx, {
    actor,
    action: adopted === undefined ? 'tenant.create' : 'tenant.adopt',
    tenantId: id,
    detail,
    accepted,
    personal: { name, contact, notes },
  })
  return acceptedAnswer(deps, tx, id, accepted)
}

const ownUnit = ({ region, product, facets }: Draft, named: { slug: string; kind: OwnKind }, adopted?: Adopted) => ({
  ...named,
  region: region.name,
  product,
  facets,
  adopts: adopted && namesOf(adopted),
})

/** A stack is planned before it is built, and what somebody else made is observed and agreed to before it is taken over. */
function askedFor(plan: Plan, unit: UnitKind, adopted: boolean) {
  if (adopted) return { kind: 'tenant.adopt', approval: 'second-operator' } as const
  return { kind: KIND, approval: unit === 'stack' ? (plan.approvals.change ?? 'none') : 'none' } as const
}

/** The cell that takes the tenant, or the unit of its own to be. Throws `placement.full`. */
export async function placeFor(
  { placement }: Pick<TenantsDeps, 'placement'>,
  tx: Tx,
  { plan, region, product, limits }: Pick<Draft, 'plan' | 'region' | 'product' | 'limits'>,
  slug: string,
): Promise<Place> {
  const kind = UNIT_KIND_OF[plan.isolation]
  if (kind !== 'cell') return chooseOwnUnit(tx, placement, region, { slug, kind })
  const wanted = { limits, region: region.name, regions: plan.regions, product }
  const { unitId, name } = await choose(tx, placement, wanted)
  return { id: unitId, kind, name }
}

/** Everything about a create that needs no lock, field by field, but whether the plan is offered in the region. */
export async function draftOf(deps: TenantsDeps, tx: Tx, input: Order): Promise<Draft> {
  const { slug, limits: overrides = {} } = input
  if (isReservedSlug(slug)) {
    const message = `${slug} is reserved: choose another slug`
    throw referenceProblems['slug.reserved']({
      detail: message,
      fields: [{ pointer: '/slug', rule: 'slug.reserved', message }],
    })
  }
  const plan = asSold(await planOf(deps, tx, input.plan), input.quoted?.sold ?? null)
  const region = await regionOf(deps, tx, input.region ?? plan.regions[0] ?? '')
  checkOverrides(plan, overrides)
  const product = productFor(plan, input.product)
  await deps.findRelease(tx, product, undefined) // it is registered, and has a version to begin with
  return {
    plan,
    facets: facetsOf(plan, region),
    region,
    product,
    overrides,
    limits: applyOverrides(plan.limits, overrides),
    host: tenantHost(slug, region.domain),
  }
}

/** A draft whose plan is offered where it is asked for. Throws `region.not-in-plan`. */
function inPlan(wanted: Draft): Draft {
  const { plan, region } = wanted
  if (!plan.regions.includes(region.name)) throw notInPlan(plan, region.name, '/region')
  return wanted
}

/** What a tenant is served. Throws `product.not-in-plan` where the plan sells another product. */
export function productFor(plan: Pick<Plan, 'name' | 'product'>, wanted: string | undefined, pointer = '/product') {
  if (plan.product === null || wanted === undefined || wanted === plan.product)
    return wanted ?? plan.product ?? DEFAULT_PRODUCT
  const message = `${plan.name} sells ${plan.product}, not ${wanted}`
  throw referenceProblems['product.not-in-plan']({
    detail: message,
    fields: [{ pointer, rule: 'product.in-plan', message }],
  })
}

/** Throws `plan.unknown`. */
export async function planOf({ findPlan }: Pick<TenantsDeps, 'findPlan'>, tx: Tx, name: string): Promise<Plan> {
  const plan = await findPlan(tx, name)
  if (plan !== undefined) return plan
  const message = `no plan is called ${name}: list them with GET /v1/plans`
  throw referenceProblems['plan.unknown']({
    detail: message,
    fields: [{ pointer: '/plan', rule: 'plan.known', message }],
  })
}

async function regionOf({ placement }: TenantsDeps, tx: Tx, name: string): Promise<Region> {
  const region = await placement.region(tx, name)
  if (region !== undefined) return region
  const message = `no region is called ${name}: list them with GET /v1/regions`
  throw referenceProblems['region.unknown']({
    detail: message,
    fields: [{ pointer: '/region', rule: 'region.known', message }],
  })
}

export function notInPlan(plan: Plan, region: string, pointer: string) {
  const message = `${plan.name} is offered in ${plan.regions.join(', ')}, not in ${region}`
  return problems['region.not-in-plan']({
    detail: message,
    fields: [{ pointer, rule: 'region.in-plan', message }],
    extra: { regions: plan.regions },
  })
}

/** Throws `limits.out-of-bounds` with every override that is. */
export function checkOverrides(plan: Plan, overrides: LimitOverrides): void {
  const fields = overrideFaults(plan.limits, overrides)
  if (fields.length > 0)
    throw problems['limits.out-of-bounds']({ detail: `Under ${plan.name}: see errors for each limit`, fields })
}

export async function refuseUsedSlug({ store }: TenantsDeps, tx: Tx, slug: string): Promise<void> {
  if (await store.slugUsed(tx, slug)) throw slugTaken(slug)
}

function slugTaken(slug: string) {
  const message = `${slug} is or was the slug of a tenant: slugs are never used twice`
  return problems['tenant.slug-taken']({
    detail: message,
    fields: [{ pointer: '/slug', rule: 'slug.unique', message }],
  })
}
