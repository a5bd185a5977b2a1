/** Who must agree before an operation that destroys may run. */
export const APPROVAL_RULES = ['second-operator', 'none'] as const
export type ApprovalRule = (typeof APPROVAL_RULES)[number]

/**
 * What a plan says about the operations that destroy a tenant, and (`change`) about those that build its stack or bring it to
 * another size or version. What stops, starts or repairs one asks nobody.
 */
export type PlanApprovals = { decommission: ApprovalRule; change?: ApprovalRule }

/** Who must agree before a stack goes that a tenant has, or had, under these plans: as the strictest says. */
export const stackRule = (plans: readonly PlanApprovals[]): ApprovalRule =>
  plans.some(({ change }) => change === 'second-operator') ? 'second-operator' : 'none'

/** Whether a tenant that goes from one plan to the other could be removed by one operator alone afterwards, and not before. */
export const loosens = (from: PlanApprovals, to: PlanApprovals): boolean =>
  from.decommission !== 'none' && to.decommission === 'none'

/**
 * Who must agree to a removal: as the plan says, but a tenant that left a stricter plan less than the life of an approval ago is
 * removed as that one says. Or whoever may change plans could go round every second operator in two requests.
 */
export function removalRule(
  plan: PlanApprovals,
  loosenedAt: Date | null,
  { now, lastsMs }: { now: Date; lastsMs: number },
): ApprovalRule {
  const lately = loosenedAt !== null && loosenedAt.getTime() > now.getTime() - lastsMs
  return lately ? 'second-operator' : plan.decommission
}

/** What became of an approval that was asked for; null while nobody has decided. */
export const APPROVAL_DECISIONS = ['approved', 'rejected', 'expired'] as const
export type ApprovalDecision = (typeof APPROVAL_DECISIONS)[number]

export type ApprovalCode =
  | 'approval.same-operator'
  | 'approval.not-needed'
  | 'approval.withdrawn'
  | 'approval.rejected'
  | 'approval.expired'

/** An operation whose approval somebody wants to decide, as the rows say. `expiresAt` null: it never needed one. */
export type Pending = {
  requestedBy: string | null
  withdrawn: boolean
  decision: ApprovalDecision | null
  expiresAt: Date | null
}

export type Judgement = { verdict: 'decide' } | { verdict: 'decided' } | { verdict: 'refuse'; code: ApprovalCode }

/**
 * Whether an operator may approve or reject, now. `decided`: this very decision stands already, so that asking twice is asking
 * once. Who asked for the operation never decides about it, not even after somebody else has.
 */
export function judgeDecision(
  wanted: Exclude<ApprovalDecision, 'expired'>,
  pending: Pending,
  by: { operatorId: string; now: Date },
): Judgement {
  const { requestedBy, withdrawn, decision, expiresAt } = pending
  const refuse = (code: ApprovalCode): Judgement => ({ verdict: 'refuse', code })
  if (expiresAt === null) return refuse('approval.not-needed')
  if (requestedBy === by.operatorId) return refuse('approval.same-operator')
  if (decision === wanted) return { verdict: 'decided' }
  if (decision === 'rejected') return refuse('approval.rejected')
  if (decision === 'approved') return refuse('approval.not-needed')
  if (withdrawn) return refuse('approval.withdrawn')
  if (decision === 'expired' || expiresAt <= by.now) return refuse('approval.expired')
  return { verdict: 'decide' }
}
