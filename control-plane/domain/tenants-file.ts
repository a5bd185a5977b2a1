import type { Limits } from './limits.ts'

/** One tenant as its unit's product sees it (product contract, README). */
export type PublishedTenant = {
  id: string
  slug: string
  hosts: readonly string[]
  state: 'active' | 'suspended'
  limits: Limits
}

/** The tenants file of a unit: mounted into every pod, reloaded when it changes. `revision` only rises. */
export type TenantsFile = { unit: string; revision: number; tenants: readonly PublishedTenant[] }

/**
 * What a repair believes and goes above: every restore of the plane goes on 1,000,000,000 higher, so no 32 bits bound it. Far below
 * 2^53, up to which a number of JSON is exact: there is room above whatever was believed.
 */
export const HIGHEST_BELIEVED = 2 ** 52

/** Renders the file: same rows, same bytes, whatever order they, their hosts or their members came in. */
export function renderTenantsFile(file: TenantsFile): string {
  const tenants = file.tenants.map(inOrder).toSorted((a, b) => (a.slug < b.slug ? -1 : 1))
  return `${JSON.stringify({ unit: file.unit, revision: file.revision, tenants }, null, 1)}\n`
}

const inOrder = ({ id, slug, hosts, state, limits }: PublishedTenant): PublishedTenant => ({
  id,
  slug,
  hosts: hosts.toSorted(),
  state,
  limits: {
    requestsPerSecond: limits.requestsPerSecond,
    burst: limits.burst,
    statementTimeoutMs: limits.statementTimeoutMs,
  },
})
