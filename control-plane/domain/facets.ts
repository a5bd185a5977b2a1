/**
 * What a private tenant can have to itself on shared infrastructure: its namespace, its database, its virtual network (nothing of
 * another tenant can reach it and it can reach nobody's). Plans choose, regions say what they can enforce.
 */
export const FACETS = ['namespace', 'database', 'network'] as const
export type Facet = (typeof FACETS)[number]

/** Without these an instance would not be a unit: what a release is deployed to and a database belongs to (decision 0010). */
export const REQUIRED_FACETS = ['namespace', 'database'] as const satisfies readonly Facet[]

export type FacetRefusal = 'plan.facet-unenforceable' | 'plan.facet-required'
export type Grant =
  | { verdict: 'granted'; facets: readonly Facet[] }
  | { verdict: 'refused'; code: FacetRefusal; facet: Facet }

/**
 * What an instance gets to itself: what its plan names, or all that the region enforces where the plan names nothing. A facet that
 * the region cannot enforce is refused and never left out quietly.
 */
export function grantFacets(chosen: readonly Facet[] | null, enforced: readonly Facet[]): Grant {
  const wanted = FACETS.filter((facet) => (chosen ?? [...enforced, ...REQUIRED_FACETS]).includes(facet))
  const lacking = REQUIRED_FACETS.find((facet) => !wanted.includes(facet))
  if (lacking !== undefined) return { verdict: 'refused', code: 'plan.facet-required', facet: lacking }
  const pretended = wanted.find((facet) => !enforced.includes(facet))
  if (pretended !== undefined) return { verdict: 'refused', code: 'plan.facet-unenforceable', facet: pretended }
  return { verdict: 'granted', facets: wanted }
}

export const sameFacets = (a: readonly Facet[], b: readonly Facet[]): boolean =>
  FACETS.every((facet) => a.includes(facet) === b.includes(facet))
