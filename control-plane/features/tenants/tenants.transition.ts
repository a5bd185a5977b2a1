import type { TenantKind } from '../../domain/tenant-lifecycle.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Tx } from '../../platform/database.ts'
import { assertIfMatch } from '../../platform/etag.ts'
import type { Answer } from '../../platform/idempotency.ts'
import type { TransitionInput } from './tenants.contract.ts'
import { approvalOfRemoval } from './tenants.approval.ts'
import { acceptedAnswer, findTenant, record, type TenantsDeps } from './tenants.deps.ts'
import type { TenantAccepted } from './tenants.schema.ts'
import { ask } from './tenants.update.ts'

export type Transition = Extract<TenantKind, 'tenant.suspend' | 'tenant.resume' | 'tenant.decommission'>
type Asked = { actor: Actor; reference: string; ifMatch: string | undefined }

/** Asks for another state of a tenant: suspended, resumed, gone. The last may need somebody else's approval, as its plan says. */
export async function transition(
  deps: TenantsDeps,
  tx: Tx,
  kind: Transition,
  asked: Asked,
): Promise<Answer<TenantAccepted>> {
  const { actor } = asked
  const { id, region, unitId } = await findTenant(deps, tx, asked.reference)
  const about = { kind, tenantId: id, unitId } as const
  await deps.lockSubjects(tx, about)
  const row = await deps.store.lock(tx, id)
  assertIfMatch(asked.ifMatch, row.generation)
  if (kind === 'tenant.decommission') await deps.refuseOnHold(tx, id)
  const input: TransitionInput = { generation: row.generation + 1 }
  const approval = kind === 'tenant.decommission' ? await approvalOfRemoval(deps, tx, row) : 'none'
  const wanted = {
    ...about,
    region,
    input,
    requestedBy: actor.operatorId,
    requestId: actor.requestId,
    approval,
  } as const
  const accepted = await ask(deps, tx, row, wanted)
  if (!accepted.merged) await deps.store.bump(tx, id)
  await record(deps, tx, {
    actor,
    action: kind,
    tenantId: id,
    detail: { from: row.state, merged: accepted.merged },
    accepted,
  })
  return acceptedAnswer(deps, tx, id, accepted)
}
