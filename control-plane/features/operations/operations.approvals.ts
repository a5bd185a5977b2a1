import { faultOfApproval, toRelease, type PlanCode, type PlanNamed } from '../../domain/change-plan.ts'
import { judgeDecision, type ApprovalDecision } from '../../domain/approvals.ts'
import type { AuditAppend, AuditEntry } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Tx } from '../../platform/database.ts'
import { approvalsStore } from './operations.approvals-store.ts'
import { problems } from './operations.errors.ts'
import { plansStore } from './operations.plans-store.ts'
import type { OperationRow } from './operations.row.ts'
import { viewsStore } from './operations.views-store.ts'

type Wanted = {
  decision: Exclude<ApprovalDecision, 'expired'>
  reason: string | null
  /** The change plan that was looked at, and what of it goes. */
  plan?: PlanNamed
}
type Deps = { clock: Clock; audit: AuditAppend }

/**
 * Approves or rejects a waiting operation, in the caller's transaction: a row that the relay acts on. `already`: the same was
 * decided before, whoever did. Throws `operation.not-found`, also to who may not see operations, and the `approval.*` codes.
 */
export async function decide(
  { clock, audit }: Deps,
  tx: Tx,
  actor: Actor,
  id: string,
  { decision, reason, plan = NO_PLAN }: Wanted,
): Promise<{ operation: OperationRow; already: boolean }> {
  const operation = await tx.maybe(viewsStore.lockForCancel, id)
  if (operation === undefined || !actor.verbs.includes('operations:read'))
    throw problems['operation.not-found']({ detail: `There is no operation ${id}: GET /v1/operations lists them` })
  const found = await tx.maybe(approvalsStore.find, id)
  const now = clock.now()
  const judgement = judgeDecision(
    decision,
    {
      requestedBy: operation.requestedBy,
      withdrawn: operation.cancelRequestedAt !== null,
      decision: found?.decision ?? null,
      expiresAt: found === undefined ? null : new Date(found.expiresAt),
    },
    { operatorId: actor.operatorId, now },
  )
  if (judgement.verdict === 'refuse')
    throw problems[judgement.code]({ detail: HELP[judgement.code], extra: { state: operation.state } })
  if (decision === 'approved') await refuseOtherPlan(tx, id, plan)
  if (judgement.verdict === 'decided') return { operation, already: true }
  const at = now.toISOString()
  await tx.one(approvalsStore.decide, id, { decision, by: actor.operatorId, at, reason, plan })
  await audit(tx, {
    ...about(operation),
    actor,
    action: decision === 'approved' ? 'operation.approve' : 'operation.reject',
    requestId: actor.requestId,
    detail: {
      kind: operation.kind,
      unitId: operation.unitId,
      requestedBy: operation.requestedBy,
      reason,
      plan: plan.planHash,
      release: plan.release,
    },
  })
  return { operation, already: false }
}

const NO_PLAN: PlanNamed = { planHash: null, release: [] }

/** What was looked at must be what counts now. Throws `plan.*`. */
async function refuseOtherPlan(tx: Tx, id: string, named: PlanNamed): Promise<void> {
  const current = await tx.maybe(plansStore.current, id)
  const fault = faultOfApproval(current, named)
  if (fault === null) return
  const release = current?.content ? toRelease(current.content) : []
  const extra = { plan: current?.hash ?? null, release, fault: current?.faultCode ?? null }
  throw problems[fault]({ detail: `${PLAN_HELP[fault]}: GET /v1/operations/${id}/plan`, extra })
}

const PLAN_HELP: Readonly<Record<PlanCode, string>> = {
  'plan.none': 'It was not planned, so no plan of it can be named',
  'plan.not-ready': 'Wait until it was planned, or have it planned again',
  'plan.hash-required': 'Name the hash of the plan that you looked at',
  'plan.stale': 'It was planned again, or the hash is of something else: look at what it would do now',
  'plan.release-required': 'Name every protected resource that goes',
  'plan.conflicts': 'Mend what stands against it, then have it planned again',
}

/** Nobody decided in time; false when somebody did after all. Under the row lock of the operation. */
export async function expire({ clock, audit }: Deps, tx: Tx, operation: OperationRow): Promise<boolean> {
  const at = clock.now().toISOString()
  const decided = await tx.maybe(approvalsStore.decide, operation.id, {
    decision: 'expired',
    by: null,
    at,
    reason: null,
  })
  if (decided === undefined) return false
  await audit(tx, {
    ...about(operation),
    actor: null,
    action: 'operation.expire',
    detail: { kind: operation.kind, unitId: operation.unitId, requestedBy: operation.requestedBy },
  })
  return true
}

export const about = ({
  id,
  tenantId,
}: OperationRow): Pick<AuditEntry, 'stream' | 'tenantId' | 'subject' | 'outcome' | 'operationId'> => ({
  stream: tenantId === null ? 'installation' : `tenant:${tenantId}`,
  tenantId,
  subject: `operation:${id}`,
  outcome: 'succeeded',
  operationId: id,
})

const HELP = {
  'approval.same-operator':
    'You asked for it: another operator who may operations:approve has to decide; you may cancel it',
  'approval.not-needed': 'It was approved already, or runs without an approval: look at its state',
  'approval.withdrawn': 'It was cancelled while it waited: ask for it anew if it is still wanted',
  'approval.rejected': 'It was rejected already: ask for it anew if it is wanted after all',
  'approval.expired': 'Nobody decided in time: ask for it anew, and have it approved sooner',
} as const
