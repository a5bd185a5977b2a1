import type { Compute } from '../../domain/compute.ts'
import type { Tx } from '../../platform/database.ts'
import { findTenant } from './tenants.deps.ts'
import { settleStore } from './tenants.settle-store.ts'
import { tenantsStore } from './tenants.store.ts'
import { tenantOf } from './tenants.view.ts'
import type { Tenant } from './tenants.schema.ts'
import type { Published } from '../../domain/tenant-lifecycle.ts'

export type TenantFacts = Pick<
  Tenant,
  'id' | 'slug' | 'host' | 'url' | 'state' | 'plan' | 'region' | 'limits' | 'generation'
> & {
  unitId: string
  compute: Compute | null
  published: Published
}

/**
 * What workflows know of a tenant, its terms those in force; no personal data. `inUnit`: those that it has in this unit of its move, which
 * may not be the one it is placed in. Throws `tenant.not-found`.
 */
export async function tenantFacts(tx: Tx, tenantId: string, inUnit?: string): Promise<TenantFacts> {
  const row = await findTenant({ store: tenantsStore }, tx, tenantId)
  const { id, slug, host, url, state, region, generation } = tenantOf(row)
  const { plan, limits, compute } = await settleStore.inForce(tx, id, inUnit ?? row.unitId)
  const { unitId, published } = row
  return { id, slug, host, url, state, plan, region, limits, generation, unitId, compute, published }
}

/**
 * What a tenant pays a month, under its terms in force: as it was sold, else as the catalogue says; and what it was quoted when it came, on
 * whatever plan it is by now. `inUnit` as above.
 */
export const tenantPrice = (
  tx: Tx,
  tenantId: string,
  inUnit?: string,
): Promise<{ minor: number; currency: string; quotedMinor: number | null }> =>
  settleStore.price(tx, tenantId, inUnit ?? null)

/** Terms that an update asks for, as `tenantFacts` says those in force, and what a month costs before and after. Undefined for other operations. */
export const askedTerms = (tx: Tx, operationId: string) => settleStore.asked(tx, operationId)
