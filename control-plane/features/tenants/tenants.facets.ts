import { type Facet, grantFacets } from '../../domain/facets.ts'
import type { Plan } from './tenants.deps.ts'
import { problems } from './tenants.errors.ts'
import type { Region } from './tenants.placement-store.ts'

const NAMED: Readonly<Record<Facet, string>> = {
  namespace: 'a namespace of its own',
  database: 'a database of its own',
  network: 'a virtual network of its own',
}

/**
 * What a tenant of this plan gets to itself in this region; nothing for a shared one. Throws `plan.facet-unenforceable` or
 * `plan.facet-required`, naming the facet.
 */
export function facetsOf(plan: Plan, region: Pick<Region, 'name' | 'facets'>): readonly Facet[] {
  if (plan.isolation === 'shared') return []
  const grant = grantFacets(plan.facets, region.facets)
  if (grant.verdict === 'granted') return grant.facets
  const { code, facet } = grant
  const message =
    code === 'plan.facet-required'
      ? `${plan.name} leaves out ${NAMED[facet]}, and without it there is no instance: choose another plan`
      : `${plan.name} promises ${NAMED[facet]}, which nothing enforces in ${region.name}: choose another plan or region`
  const fields = [{ pointer: '/plan', rule: code, message }]
  throw problems[code]({ detail: message, fields, extra: { facet, enforced: region.facets } })
}
