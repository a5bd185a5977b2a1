import { VERB_OF_KIND } from '../../domain/access.ts'
import type { ApprovalRule } from '../../domain/approvals.ts'
import { stackChangeOf, type PlanNamed } from '../../domain/change-plan.ts'
import { processOf } from '../../domain/operation-kinds.ts'
import { isFinal } from '../../domain/operation-states.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import { forbidden, type Actor } from '../../platform/auth.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { idempotent, type Answer, type Idempotency } from '../../platform/idempotency.ts'
import type { LockSubjects } from '../../platform/operation-port.ts'
import type { Accepted } from '../../platform/schemas.ts'
import { decide } from './operations.approvals.ts'
import { approvalsStore } from './operations.approvals-store.ts'
import { plansStore } from './operations.plans-store.ts'
import { problems } from './operations.errors.ts'
import { lockSubjects, requestOperation, type NewRequest } from './operations.request.ts'
import type { OperationHooks, OperationRow } from './operations.row.ts'
import { operationsStore } from './operations.store.ts'
import { viewsStore } from './operations.views-store.ts'

type Deps = {
  database: Pick<Database, 'transaction'>
  hooks: Pick<OperationHooks, 'onAdmitted' | 'onRetry'>
  audit: AuditAppend
  clock: Clock
  /** How long an operation waits for an approval, milliseconds. */
  approvalMs: number
}
type Told = Answer<Accepted> & { replayed: boolean }

export type OperationsService = {
  request: (tx: Tx, wanted: NewRequest) => Promise<Accepted>
  lockSubjects: LockSubjects
  /**
   * Asks an operation to stop; the relay tells its workflow, which takes back what it did. `merged`: it was asked already.
   * Throws `access.forbidden` (who may not ask for its kind), `operation.not-found`, `operation.finished`, `operation.irreversible` (naming the step).
   */
  cancel: (actor: Actor, idempotency: Idempotency, id: string) => Promise<Told>
  /**
   * Asks again for what failed or was cancelled, as a new operation with the same input. Throws `operation.not-found`,
   * `operation.not-retryable`, `operation.superseded` (naming the later one) and what asking anew throws.
   */
  retry: (actor: Actor, idempotency: Idempotency, id: string) => Promise<Told>
  /**
   * Agrees to what another operator asked for: the relay then admits it as it was asked for. `merged`: it was approved already.
   * Throws `operation.not-found`, `approval.same-operator` (403) and, by what became of it, the other `approval.*` codes; `plan.*` where a
   * change plan has to be named and is not, or is another by now.
   */
  approve: (actor: Actor, idempotency: Idempotency, id: string, plan?: PlanNamed) => Promise<Told>
  /** Refuses it with a reason: the relay then closes it as cancelled. Throws what `approve` throws. */
  reject: (actor: Actor, idempotency: Idempotency, id: string, reason: string) => Promise<Told>
}

export function operationsService({ database, hooks, audit, clock, approvalMs }: Deps): OperationsService {
  const request = requestOperation(hooks, { clock, lastsMs: approvalMs })
  const once = (actor: Actor, { key, fingerprint }: Idempotency, work: (tx: Tx) => Promise<Answer<Accepted>>) =>
    database.transaction((tx) => idempotent(tx, actor, key, fingerprint, () => work(tx)))
  const record = (tx: Tx, actor: Actor, action: string, operation: OperationRow, operationId: string) =>
    audit(tx, {
      stream: operation.tenantId === null ? 'installation' : `tenant:${operation.tenantId}`,
      tenantId: operation.tenantId,
      actor,
      action,
      subject: `operation:${operation.id}`,
      outcome: 'succeeded',
      requestId: actor.requestId,
      operationId,
      detail: { kind: operation.kind, unitId: operation.unitId },
    })
  const resolve = (actor: Actor, idempotency: Idempotency, id: string, wanted: Parameters<typeof decide>[4]) =>
    once(actor, idempotency, async (tx) => {
      const { operation, already } = await decide({ clock, audit }, tx, actor, id, wanted)
      const { state } = operation
      if (isFinal(state)) throw problems['operation.finished']({ detail: `It ${state} already`, extra: { state } })
      return accepted({ operationId: id, state, merged: already })
    })
  return {
    request,
    lockSubjects,
    cancel: (actor, idempotency, id) =>
      once(actor, idempotency, async (tx) => {
        const { operation, already } = await askToStop(tx, actor, id)
        if (!already) await record(tx, actor, 'operation.cancel', operation, id)
        return accepted({
          operationId: id,
          state: isFinal(operation.state) ? 'queued' : operation.state,
          merged: already,
        })
      }),
    retry: (actor, idempotency, id) =>
      once(actor, idempotency, async (tx) => {
        const operation = await retryable(tx, hooks, actor, id)
        const { kind, tenantId, unitId, otherUnitId, region, input } = operation
        const about = { kind, tenantId, unitId, otherUnitId }
        const asked = { requestedBy: actor.operatorId, requestId: actor.requestId }
        const terms = await termsOfRetry(tx, operation)
        const answer = await request(tx, { ...about, region, input, ...asked, ...terms, retryOf: id })
        await record(tx, actor, 'operation.retry', operation, answer.operationId)
        return accepted(answer)
      }),
    approve: (actor, idempotency, id, plan) =>
      resolve(actor, idempotency, id, { decision: 'approved', reason: null, ...(plan ? { plan } : {}) }),
    reject: (actor, idempotency, id, reason) => resolve(actor, idempotency, id, { decision: 'rejected', reason }),
  }
}

const accepted = (body: Accepted): Answer<Accepted> => ({
  status: 202,
  headers: { location: `/v1/operations/${body.operationId}` },
  body,
})

/** Stopping and repeating are ways of asking: who may not ask for the change may do neither, nor learn of it that way. */
function assertMayAsk(actor: Actor, { id, kind }: Pick<OperationRow, 'id' | 'kind'>): void {
  const verb = VERB_OF_KIND[kind]
  if (actor.verbs.includes(verb)) return
  throw actor.verbs.includes('operations:read') ? forbidden(verb, actor) : missing(id)
}

const missing = (id: string) =>
  problems['operation.not-found']({ detail: `There is no operation ${id}: GET /v1/operations lists them` })

async function askToStop(tx: Tx, actor: Actor, id: string): Promise<{ operation: OperationRow; already: boolean }> {
  const operation = await tx.maybe(viewsStore.lockForCancel, id)
  if (operation === undefined) throw missing(id)
  assertMayAsk(actor, operation)
  const { state, kind, cancelRequestedAt } = operation
  if (isFinal(state))
    throw problems['operation.finished']({
      detail: `It ${state} already: there is nothing left to cancel`,
      extra: { state },
    })
  if (cancelRequestedAt !== null) return { operation, already: true }
  const { pointOfNoReturn } = processOf(kind, operation.unitKind)
  if (pointOfNoReturn !== null && (await tx.one(viewsStore.begun, id, pointOfNoReturn)).begun) {
    throw problems['operation.irreversible']({
      detail: `The step ${pointOfNoReturn} has begun and cannot be taken back: wait for its end, and retry if it fails`,
      extra: { step: pointOfNoReturn },
    })
  }
  await tx.run(operationsStore.askToStop, [id], { operatorId: actor.operatorId })
  return { operation, already: false }
}

/**
 * An approval covers the repeats of what was approved; what was rejected or ran out of time asks again. What was planned is planned
 * and approved anew: an approval of a plan is one of what there was then.
 */
async function termsOfRetry(
  tx: Tx,
  { id, kind, unitKind }: Pick<OperationRow, 'id' | 'kind' | 'unitKind'>,
): Promise<{ approval: ApprovalRule; planned?: boolean }> {
  const before = await tx.maybe(approvalsStore.find, id)
  if (stackChangeOf(kind, unitKind) !== null) return { approval: before?.rule ?? 'none' }
  const wished = (await tx.maybe(plansStore.current, id)) !== undefined // of an instance
  if (wished) return { approval: before?.rule ?? 'none', planned: true }
  return { approval: before === undefined || before.decision === 'approved' ? 'none' : 'second-operator' }
}

/** The operation, if it may be repeated, with its subjects locked so that nothing overtakes it meanwhile. */
async function retryable(
  tx: Tx,
  hooks: Pick<OperationHooks, 'onRetry'>,
  actor: Actor,
  id: string,
): Promise<OperationRow> {
  const operation = await tx.maybe(viewsStore.get, id)
  if (operation === undefined) throw missing(id)
  assertMayAsk(actor, operation)
  const { state } = operation
  if (state !== 'failed' && state !== 'cancelled') {
    const detail = isFinal(state)
      ? `It ${state}: ask for what you want now instead`
      : `It is ${state}: wait for its end, or cancel it`
    throw problems['operation.not-retryable']({ detail, extra: { state } })
  }
  await refuseOvertaken(tx, id)
  await hooks.onRetry(tx, operation)
  await lockSubjects(tx, operation)
  await refuseOvertaken(tx, id)
  return operation
}

async function refuseOvertaken(tx: Tx, id: string): Promise<void> {
  const later = await tx.maybe(viewsStore.overtakenBy, id)
  if (later === undefined) return
  const detail = `${later.kind} (operation ${later.id}) came after it: ask for what you want now instead`
  throw problems['operation.superseded']({ detail, extra: { operationId: later.id, operationKind: later.kind } })
}
