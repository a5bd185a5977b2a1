import { admit } from '../../domain/admission.ts'
import { claimsOf } from '../../domain/operation-kinds.ts'
import { Problem } from '../../domain/problem.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Tx } from '../../platform/database.ts'
import { reportDecided } from './operations.approval-condition.ts'
import { expire } from './operations.approvals.ts'
import { approvalsStore } from './operations.approvals-store.ts'
import { closeOperation, ignoreSettled, type CloseDeps } from './operations.close.ts'
import { problems } from './operations.errors.ts'
import { conflict, lockSubjects, provedByConstraint } from './operations.request.ts'
import type { OperationError, OperationHooks, OperationRow } from './operations.row.ts'
import { operationsStore } from './operations.store.ts'
import { yielding } from './operations.transaction.ts'

export type ApprovalDeps = Omit<CloseDeps, 'hooks'> & { hooks: OperationHooks; clock: Clock; audit: AuditAppend }
export type DueApproval = {
  operationId: string
  decision: 'approved' | 'rejected' | 'expired' | null
  reason: string | null
}

/** Acts on what was decided about a waiting operation, or on the time that ran out. Repeatable, by anyone, at any time. */
export async function deliverDecision(
  deps: ApprovalDeps,
  { operationId, decision, reason }: DueApproval,
): Promise<void> {
  if (decision === 'approved') return admitApproved(deps, operationId)
  const closing = { operationId, epoch: null, outcome: 'cancelled' } as const
  if (decision === 'rejected') {
    const error = { code: 'approval.rejected', message: `Another operator rejected it: ${reason ?? ''}` }
    await closeOperation(deps, { ...closing, error }).catch(ignoreSettled)
    return
  }
  const error = { code: 'approval.expired', message: 'No other operator approved it in time; ask for it anew' }
  const unless = async (tx: Tx, operation: OperationRow) =>
    operation.state !== 'waiting' || (decision === null && !(await expire(deps, tx, operation)))
  await closeOperation(deps, { ...closing, error, unless }).catch(ignoreSettled)
}

/** Admission runs again, on what was approved: nothing of the request is read from anywhere but its row. */
async function admitApproved(deps: ApprovalDeps, operationId: string): Promise<void> {
  const { database, hooks } = deps
  try {
    await yielding(database, (tx) => takePlace(tx, hooks, operationId))
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    await refuse(deps, operationId, { code: error.code, message: error.message })
  }
}

/** What was approved cannot be done any more: that is its outcome, with the reason. */
async function refuse(deps: ApprovalDeps, operationId: string, error: OperationError): Promise<void> {
  const unless = async (_tx: Tx, { state }: OperationRow) => state !== 'waiting'
  await closeOperation(deps, { operationId, epoch: null, outcome: 'failed', error, unless }).catch(ignoreSettled)
}

async function takePlace(tx: Tx, hooks: OperationHooks, operationId: string): Promise<void> {
  const asked = await stillWaiting(tx, operationId)
  if (asked === undefined) return
  await hooks.onRetry(tx, asked) // checks again what the first request checked, and locks in its order
  await lockSubjects(tx, asked)
  if ((await stillWaiting(tx, operationId)) === undefined) return // another relay was faster
  const claims = claimsOf(asked.kind, asked)
  const admission = admit(asked, await tx.all(operationsStore.openBeside, claims))
  if (admission.verdict === 'reject') throw conflict(asked, admission.by)
  if (admission.verdict === 'merge')
    throw problems['operation.superseded']({
      detail: `${admission.into.kind} (operation ${admission.into.id}) does the same already`,
    })
  const behind = admission.verdict === 'start' ? null : admission.behind.id
  const admitted = await provedByConstraint(asked.kind, tx.maybe(approvalsStore.admit, operationId, behind, claims))
  if (admitted === undefined) return
  if (admission.verdict === 'pre-empt') {
    const victims = admission.victims.map(({ id }) => id)
    await tx.run(operationsStore.askToStop, victims, { operationId, kind: asked.kind })
  }
  await reportDecided(tx, asked, 'Approved')
  if (behind === null) await hooks.onAdmitted(tx, admitted)
}

async function stillWaiting(tx: Tx, operationId: string): Promise<OperationRow | undefined> {
  const operation = await tx.maybe(operationsStore.find, operationId)
  return operation?.state === 'waiting' ? operation : undefined
}
