import { Type } from 'typebox'
import { loosens, removalRule, type ApprovalRule } from '../../domain/approvals.ts'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { sql } from '../../platform/sql.ts'
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

const asks = query({
  name: 'tenants.change-asks',
  row: Type.Object({ asks: Type.Boolean() }),
  sample: ['00000000-0000-7000-8000-000000000000', null] as [unitId: string, wanted: string | null],
  sql: (unitId, wanted) => sql`
    select exists (
      select from tenants t join units u on u.id = t.unit_id
        join plans p on p.name in (t.plan, t.confirmed ->> 'plan', ${wanted}::text)
       where u.id = ${unitId} and u.kind = 'stack' and t.state <> 'decommissioned' and p.approvals ->> 'change' = 'second-operator') as asks`,
})

/**
 * Who must agree to a change of the stack that a unit is: as the plan says that its tenant has, has asked for or would have. The stricter
 * one counts, or it would be left by one operator alone. Of any other unit nobody has to.
 */
export const approvalOfChange = async (tx: Tx, unitId: string, wanted: string | null = null): Promise<ApprovalRule> =>
  (await tx.one(asks, unitId, wanted)).asks ? 'second-operator' : 'none'
