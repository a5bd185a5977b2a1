import { extendedEnd } from '../../domain/trials.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Tx } from '../../platform/database.ts'
import { assertIfMatch, etagOf } from '../../platform/etag.ts'
import type { Answer } from '../../platform/idempotency.ts'
import { findTenant, record, type TenantsDeps } from './tenants.deps.ts'
import { problems } from './tenants.errors.ts'
import type { Tenant } from './tenants.schema.ts'
import { trialStore } from './tenants.trial-store.ts'
import { tenantOf } from './tenants.view.ts'

type Asked = { actor: Actor; reference: string; ifMatch: string | undefined; days: number }

/**
 * Gives a trial more days: after the end it had, or after now when that is past. One that was suspended for its end is not resumed
 * by this. Throws `tenant.not-found`, `trial.none`, `tenant.state-forbids`, `generation.stale`.
 */
export async function extendTrial(deps: TenantsDeps, tx: Tx, asked: Asked): Promise<Answer<Tenant>> {
  const { actor, days } = asked
  const { id } = await findTenant(deps, tx, asked.reference)
  const { slug, state, plan, trialPlan, trialEndsAt, generation } = await deps.store.lock(tx, id)
  assertIfMatch(asked.ifMatch, generation)
  if (trialEndsAt === null || trialPlan !== plan)
    throw problems['trial.none']({ detail: `${slug} is on ${plan}, and tries nothing that could be extended` })
  if (state === 'decommissioning' || state === 'decommissioned')
    throw problems['tenant.state-forbids']({
      detail: `${slug} is ${state}: it tries nothing any more`,
      extra: { state },
    })
  const end = extendedEnd(new Date(trialEndsAt), days, deps.clock.now())
  await trialStore.extend(tx, id, end)
  const detail = { days, before: trialEndsAt, after: end }
  await record(deps, tx, { actor, action: 'tenant.extend-trial', tenantId: id, detail })
  const tenant = tenantOf(await findTenant(deps, tx, id))
  return { status: 200, headers: { etag: etagOf(tenant.generation) }, body: tenant }
}
