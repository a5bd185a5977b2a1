import { loosens, removalRule, type ApprovalRule } from '../../domain/approvals.ts'
import type { Tx } from '../../platform/database.ts'
import { planOf } from './tenants.create.ts'
import type { TenantsDeps } from './tenants.deps.ts'

type Placed = { id: string; plan: string }

/** Notes on a locked tenant that goes to another plan whether its removal asks less from now on. Throws `plan.unknown`. */
export async function noteLoosened(
  deps: Pick<TenantsDeps, 'store' | 'findPlan'>,
  tx: Tx,
  { id, plan }: Placed,
  wanted: string,
): Promise<void> {
  if (plan === wanted) return
  const [from, to] = [await planOf(deps, tx, plan), await planOf(deps, tx, wanted)]
  if (loosens(from.approvals, to.approvals)) await deps.store.loosen(tx, id)
}

/** Who must agree to the removal of a locked tenant, now. Throws `plan.unknown`. */
export async function approvalOfRemoval(
  deps: Pick<TenantsDeps, 'store' | 'findPlan' | 'clock' | 'approvalMs'>,
  tx: Tx,
  { id, plan }: Placed,
): Promise<ApprovalRule> {
  const { approvals } = await planOf(deps, tx, plan)
  const window = { now: deps.clock.now(), lastsMs: deps.approvalMs }
  return removalRule(approvals, await deps.store.loosenedAt(tx, id), window)
}
