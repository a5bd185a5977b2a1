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
