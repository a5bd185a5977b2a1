import type { TenantKind } from '../../domain/tenant-lifecycle.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Tx } from '../../platform/database.ts'
import { assertIfMatch } from '../../platform/etag.ts'
import type { Answer } from '../../platform/idempotency.ts'
import type { TransitionInput } from './tenants.contract.ts'
import { approvalOfRemoval } from './tenants.approval.ts'
import { acceptedAnswer, findTenant, record, type TenantsDeps } from './tenants.deps.ts'
import { problems } from './tenants.errors.ts'
import type { TenantAccepted } from './tenants.schema.ts'
import { refuseOpenMove } from './tenants.move.ts'
import { ask } from './tenants.update.ts'

export type Transition = Extract<
  TenantKind,
  'tenant.suspend' | 'tenant.resume' | 'tenant.export' | 'tenant.decommission'
>
type Asked = {
  actor: Actor
  reference: string
  ifMatch: string | undefined
  withoutExport?: boolean | undefined
  planned?: boolean | undefined
}

/** Asks for another state of a tenant: suspended, resumed, gone; or, as it is, for an export of it. The last may need somebody else's approval, as its plan says. */
export async function transition(
  deps: TenantsDeps,
  tx: Tx,
  kind: Transition,
  asked: Asked,
): Promise<Answer<TenantAccepted>> {
  const { actor } = asked
  const { id, region, unitId } = await findTenant(deps, tx, asked.reference)
  const withoutExport = kind === 'tenant.decommission' && asked.withoutExport === true
  const exports = kind === 'tenant.export' || (kind === 'tenant.decommission' && !withoutExport)
  if (exports) await assertExports(deps, tx, region)
  const about = { kind, tenantId: id, unitId } as const
  await deps.lockSubjects(tx, about)
  const row = await deps.store.lock(tx, id)
  assertIfMatch(asked.ifMatch, row.generation)
  if (kind === 'tenant.decommission') await deps.refuseOnHold(tx, id)
  const generation = row.generation + (kind === 'tenant.export' ? 0 : 1)
  const input: TransitionInput = { generation, ...(withoutExport ? { withoutExport } : {}) }
  const approval = kind === 'tenant.decommission' ? await approvalOfRemoval(deps, tx, row) : 'none'
  const wanted = {
    ...about,
    region,
    input,
    requestedBy: actor.operatorId,
    requestId: actor.requestId,
    approval,
    planned: asked.planned,
  } as const
  const accepted = await ask(deps, tx, row, wanted)
  if (kind === 'tenant.decommission') await refuseOpenMove(deps, tx, row) // it has two places; an operation at work was named before
  if (!accepted.merged && kind !== 'tenant.export') await deps.store.bump(tx, id)
  await record(deps, tx, {
    actor,
    action: kind,
    tenantId: id,
    detail: { from: row.state, merged: accepted.merged, ...(withoutExport ? { withoutExport } : {}) },
    accepted,
  })
  return acceptedAnswer(deps, tx, id, accepted)
}

/** Before anything is asked for: what cannot be exported is not begun. Throws `region.no-export-store`. */
async function assertExports({ placement }: Pick<TenantsDeps, 'placement'>, tx: Tx, region: string): Promise<void> {
  if ((await placement.region(tx, region))?.exports === true) return
  throw problems['region.no-export-store']({ detail: `${region} names no folder for exports` })
}
