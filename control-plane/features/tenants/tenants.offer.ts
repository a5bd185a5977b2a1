import { Problem } from '../../domain/problem.ts'
import type { LimitOverrides } from '../../domain/limits.ts'
import type { OfferedTerms } from '../../domain/quotes.ts'
import { UNIT_KIND_OF } from '../../domain/unit-kinds.ts'
import type { Tx } from '../../platform/database.ts'
import { draftOf, placeFor, refuseUsedSlug } from './tenants.create.ts'
import type { Estimate, TenantsDeps } from './tenants.deps.ts'

export type OfferAsked = { slug: string; plan: string; region?: string; product?: string; limits?: LimitOverrides }
export type Offer = OfferedTerms & {
  capacity: { verdict: 'room' | 'full'; reason: string }
  residency: { verdict: 'inside' | 'outside'; reason: string }
  estimate: Estimate | null
}

/**
 * What a tenant would be offered now, judged by what would place it; nothing is reserved. What is wrong with the wish itself is
 * thrown as a create would throw it; room and residency are verdicts, because they are what the asker wants to know.
 */
export async function offerFor(deps: TenantsDeps, tx: Tx, asked: OfferAsked): Promise<Offer> {
  const { plan, region, facets, product, limits, overrides } = await draftOf(deps, tx, { ...asked, quoted: null })
  await refuseUsedSlug(deps, tx, asked.slug)
  const inside = plan.regions.includes(region.name)
  const regions = inside ? plan.regions : [...plan.regions, region.name]
  const wanted = { plan: { ...plan, regions }, region, product, limits }
  return {
    isolation: plan.isolation,
    region: region.name,
    product,
    facets,
    overrides,
    limits,
    sold: { plan: plan.name, limits: plan.limits, compute: plan.compute, price: plan.price },
    trialDays: plan.trialDays,
    capacity: await roomFor(deps, tx, wanted, asked.slug),
    residency: inside
      ? { verdict: 'inside', reason: `Its data would stay in ${region.name}, where ${plan.name} is offered` }
      : {
          verdict: 'outside',
          reason: `${plan.name} is offered in ${plan.regions.join(', ')}, not in ${region.name}: a tenant of it cannot be placed there`,
        },
    estimate: await deps.estimate(tx, 'tenant.provision', UNIT_KIND_OF[plan.isolation]),
  }
}

async function roomFor(
  deps: TenantsDeps,
  tx: Tx,
  wanted: Parameters<typeof placeFor>[2],
  slug: string,
): Promise<Offer['capacity']> {
  try {
    const { kind, name } = await placeFor(deps, tx, wanted, slug)
    const reason = kind === 'cell' ? `The cell ${name} has room for it` : `${wanted.region.name} takes one more ${kind}`
    return { verdict: 'room', reason }
  } catch (error) {
    if (error instanceof Problem && error.code === 'placement.full')
      return { verdict: 'full', reason: error.detail ?? error.title }
    throw error
  }
}
