import { applyOverrides, patchOverrides } from '../../domain/limits.ts'
import { sameFacets } from '../../domain/facets.ts'
import { UNIT_KIND_OF } from '../../domain/unit-kinds.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Tx } from '../../platform/database.ts'
import { assertIfMatch } from '../../platform/etag.ts'
import type { Answer } from '../../platform/idempotency.ts'
import { newId } from '../../platform/ids.ts'
import { noteLoosened } from './tenants.approval.ts'
import type { Terms } from '../../domain/limits.ts'
import { checkOverrides, notInPlan, placeFor, planOf, productFor } from './tenants.create.ts'
import { acceptedAnswer, findTenant, record, type Plan, type TenantsDeps } from './tenants.deps.ts'
import { problems } from './tenants.errors.ts'
import { facetsOf } from './tenants.facets.ts'
import { makeOwnUnit } from './tenants.placement.ts'
import type { TenantView } from './tenants.rows.ts'
import type { MoveTenant, TenantAccepted } from './tenants.schema.ts'
import { asSold } from './tenants.sold.ts'
import { ask, refuseLateTrial, termsOf } from './tenants.update.ts'

const KIND = 'tenant.move'
type Asked = { actor: Actor; reference: string; ifMatch: string | undefined; wanted: MoveTenant }

/**
 * Asks that a tenant moves to a plan of another isolation: reserves its new place by the rules of a creation and writes the move beside
 * the operation, which waits for its change plan where the place is a stack. Plan and placement of the tenant change at the switch, in
 * one transaction. Throws `move.same-placement`, `move.open`, `tenant.state-forbids`, what placing a new tenant throws, and what
 * admission says.
 */
export async function move(deps: TenantsDeps, tx: Tx, asked: Asked): Promise<Answer<TenantAccepted>> {
  const { actor, wanted } = asked
  const seen = await findTenant(deps, tx, asked.reference)
  await deps.placement.lockRegion(tx, seen.region)
  const plan = asSold(await planOf(deps, tx, wanted.plan), seen.sold)
  const { terms, ...draft } = await draftOf(deps, tx, seen, plan, wanted)
  await refuseOpenMove(deps, tx, seen)
  const { slug, region, product } = seen
  const place = await placeFor(deps, tx, { plan, region: draft.region, product, limits: terms.limits }, slug)
  const from = { tenantId: seen.id, unitId: seen.unitId }
  const own = { slug, region, product, facets: draft.facets, from }
  const target = place.kind === 'cell' ? place : await makeOwnUnit(tx, deps, { ...own, kind: place.kind })
  const unitId = target.id
  const about = { kind: KIND, tenantId: seen.id, unitId, otherUnitId: seen.unitId } as const
  await deps.lockSubjects(tx, about)
  const row = await deps.store.lock(tx, seen.id)
  assertIfMatch(asked.ifMatch, row.generation)
  const moveId = newId()
  const { soakMinutes = deps.soakMinutes } = wanted
  const fresh = { id: moveId, tenantId: row.id, sourceUnitId: seen.unitId, targetUnitId: unitId, soakMinutes }
  const made = await deps.moves.insert(tx, { ...fresh, before: termsOf(row.confirmed), wanted: terms })
  if (made === undefined) throw openMove(slug) // somebody else was faster
  await noteLoosened(deps, tx, row, plan.name)
  const accepted = await ask(deps, tx, row, {
    ...about,
    region,
    input: { moveId, generation: row.generation + 1 },
    approval: place.kind === 'stack' ? (plan.approvals.change ?? 'none') : 'none',
    requestedBy: actor.operatorId,
    requestId: actor.requestId,
  })
  if (row.unitId !== seen.unitId) throw openMove(slug) // another move ended while we looked for a place
  await deps.store.bump(tx, row.id)
  const detail = {
    moveId,
    from: { plan: row.plan, unit: seen.unitName },
    to: { ...terms, unit: target.name, unitKind: place.kind },
    soakMinutes,
  }
  await record(deps, tx, { actor, action: KIND, tenantId: row.id, detail, accepted })
  return acceptedAnswer(deps, tx, row.id, accepted)
}

/** What the tenant would have there, checked as a creation and an update check it. */
async function draftOf(deps: TenantsDeps, tx: Tx, seen: TenantView, plan: Plan, wanted: Pick<MoveTenant, 'limits'>) {
  if (!plan.regions.includes(seen.region)) throw notInPlan(plan, seen.region, '/plan')
  const region = await deps.placement.region(tx, seen.region)
  if (region === undefined) throw notInPlan(plan, seen.region, '/plan')
  const facets = facetsOf(plan, region)
  if (UNIT_KIND_OF[plan.isolation] === seen.unitKind) throw samePlacement(seen, plan, sameFacets(facets, seen.facets))
  refuseLateTrial(seen, plan)
  productFor(plan, seen.product, '/plan')
  const overrides = patchOverrides(seen.overrides, wanted.limits)
  checkOverrides(plan, overrides)
  const terms: Terms = { plan: plan.name, overrides, limits: applyOverrides(plan.limits, overrides) }
  return { region, facets, terms }
}

/** Throws `move.open`. */
export async function refuseOpenMove(
  { moves }: Pick<TenantsDeps, 'moves'>,
  tx: Tx,
  { id, slug }: Pick<TenantView, 'id' | 'slug'>,
): Promise<void> {
  const open = await moves.open(tx, id)
  if (open !== undefined) throw openMove(slug, open)
}

function openMove(slug: string, open?: { id: string; state: string }) {
  const which = open === undefined ? 'another move' : `move ${open.id} (${open.state})`
  const way = open?.state === 'moving' ? 'cancel its operation' : 'retire it or abort it'
  const detail = `${slug} has ${which}: ${way} first`
  return problems['move.open']({
    detail,
    ...(open === undefined ? {} : { extra: { moveId: open.id, state: open.state } }),
  })
}

function samePlacement({ slug }: Pick<TenantView, 'slug'>, plan: Plan, sameOwn: boolean) {
  const message = sameOwn
    ? `${slug} is ${plan.isolation} already: steward tenants update ${slug} --plan ${plan.name}`
    : `${plan.name} is ${plan.isolation}, too, and keeps something else apart: move ${slug} to a plan of another isolation first`
  return problems['move.same-placement']({
    detail: message,
    fields: [{ pointer: '/plan', rule: 'plan.other-isolation', message }],
  })
}
