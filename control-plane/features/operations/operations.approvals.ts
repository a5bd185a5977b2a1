import { judgeDecision, type ApprovalDecision } from '../../domain/approvals.ts'
import type { AuditAppend, AuditEntry } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Tx } from '../../platform/database.ts'
import { approvalsStore } from './operations.approvals-store.ts'
import { problems } from './operations.errors.ts'
import type { OperationRow } from './operations.row.ts'
import { viewsStore } from './operations.views-store.ts'

type Wanted = { decision: Exclude<ApprovalDecision, 'expired'>; reason: string | null }
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
  { decision, reason }: Wanted,
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
  if (judgement.verdict === 'decided') return { operation, already: true }
  if (judgement.verdict === 'refuse')
    throw problems[judgement.code]({ detail: HELP[judgement.code], extra: { state: operation.state } })
  const at = now.toISOString()
  await tx.one(approvalsStore.decide, id, { decision, by: actor.operatorId, at, reason })
  await audit(tx, {
    ...about(operation),
    actor,
    action: decision === 'approved' ? 'operation.approve' : 'operation.reject',
    requestId: actor.requestId,
    detail: { kind: operation.kind, unitId: operation.unitId, requestedBy: operation.requestedBy, reason },
  })
  return { operation, already: false }
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
