import { startsByItself, toRelease } from '../../domain/change-plan.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Tx } from '../../platform/database.ts'
import { about } from './operations.approvals.ts'
import { approvalsStore } from './operations.approvals-store.ts'
import { presentable } from './operations.close.ts'
import { plansStore, type ApprovedPlan, type Made } from './operations.plans-store.ts'
import type { OperationError } from './operations.row.ts'
import { viewsStore } from './operations.views-store.ts'

/** What workflows keep and read of change plans. What keeps is repeatable, and does nothing to a plan that is wanted no more. */
export type ChangePlans = {
  /** Keeps a plan; where nobody has to agree to it, its operation may start now. */
  keep: (tx: Tx, planId: string, made: Made) => Promise<void>
  fail: (tx: Tx, planId: string, fault: OperationError) => Promise<void>
  /** What was approved of an operation; undefined: it has no plan. */
  approved: (tx: Tx, operationId: string) => Promise<ApprovedPlan | undefined>
  /** Notes that the change was found to be still the one that was approved, before its first effect. */
  begin: (tx: Tx, planId: string) => Promise<unknown>
}

export const changePlans = ({ clock, audit }: { clock: Clock; audit: AuditAppend }): ChangePlans => ({
  async keep(tx, planId, made) {
    const at = clock.now().toISOString()
    const kept = await tx.maybe(plansStore.keep, planId, made, at)
    if (kept !== undefined) await startUnlessAsked({ at, audit }, tx, kept.operationId, made)
  },
  fail: async (tx, planId, fault) =>
    void (await tx.maybe(plansStore.fail, planId, presentable(fault), clock.now().toISOString())),
  approved: (tx, operationId) => tx.maybe(plansStore.approved, operationId),
  begin: (tx, planId) => tx.run(plansStore.begin, planId, clock.now().toISOString()),
})

/** The plane itself decides what nobody has to agree to, in the record like every decision. */
async function startUnlessAsked(
  { at, audit }: { at: string; audit: AuditAppend },
  tx: Tx,
  operationId: string,
  { hash, content }: Made,
): Promise<void> {
  const operation = await tx.one(viewsStore.lockForCancel, operationId)
  const approval = await tx.maybe(approvalsStore.find, operationId)
  if (operation.state !== 'waiting' || operation.cancelRequestedAt !== null) return
  if (approval === undefined || !startsByItself(approval.rule, content)) return
  const plan = { planHash: hash, release: toRelease(content) }
  const deciding = { decision: 'approved', by: null, at, reason: null, plan } as const
  if ((await tx.maybe(approvalsStore.decide, operationId, deciding)) === undefined) return
  await audit(tx, {
    ...about(operation),
    actor: null,
    action: 'operation.approve',
    detail: { kind: operation.kind, unitId: operation.unitId, plan: hash, release: plan.release },
  })
}
