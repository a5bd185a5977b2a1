import type { Actor } from '../../platform/auth.ts'
import type { Tx } from '../../platform/database.ts'
import type { Answer } from '../../platform/idempotency.ts'
import { create } from './tenants.create.ts'
import type { TenantsDeps } from './tenants.deps.ts'
import type { AdoptTenant, TenantAccepted } from './tenants.schema.ts'

/**
 * Asks that what an existing customer has becomes a tenant in a unit of its own: the tenant is on record, the operation waits, and what it
 * would do is observed as its change plan. Nothing is touched before that plan is approved. Throws what a creation throws and
 * `adoption.*`.
 */
export async function adopt(
  deps: TenantsDeps,
  tx: Tx,
  actor: Actor,
  { id, namespace, database, ...tenant }: AdoptTenant,
): Promise<Answer<TenantAccepted>> {
  return create(deps, tx, actor, tenant, { id: id?.toLowerCase(), namespace, database })
}
