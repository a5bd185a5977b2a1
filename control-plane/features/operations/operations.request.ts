import { ownChangeOf, stackChangeOf } from '../../domain/change-plan.ts'
import type { ApprovalRule } from '../../domain/approvals.ts'
import { admit, type Wanted } from '../../domain/admission.ts'
import { claimsOf, type Claim } from '../../domain/operation-kinds.ts'
import type { UnitKind } from '../../domain/unit-kinds.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Tx } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import type { LockSubjects, OperationRequest } from '../../platform/operation-port.ts'
import type { Accepted } from '../../platform/schemas.ts'
import { activeTraceParent } from '../../platform/spans.ts'
import { reportWaiting } from './operations.approval-condition.ts'
import { approvalsStore } from './operations.approvals-store.ts'
import { wantPlan } from './operations.plans.ts'
import { problems } from './operations.errors.ts'
import type { OperationHooks } from './operations.row.ts'
import { operationsStore, subjectsOf, type NewOperation, type OpenOperation } from './operations.store.ts'

/** `retryOf`: the failed or cancelled operation that this one repeats. */
export type NewRequest = OperationRequest & { retryOf?: string }

const EXCLUSION_VIOLATION = '23P01'
const isExclusionViolation = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === EXCLUSION_VIOLATION

/** The database refused what admission allowed: a bug of ours, never an answer to a caller. */
export async function provedByConstraint<T>(what: string, write: Promise<T>): Promise<T> {
  try {
    return await write
  } catch (error) {
    if (!isExclusionViolation(error)) throw error
    throw new Error(`admission would run ${what} beside an operation that excludes it; the database refused`, {
      cause: error,
    })
  }
}

/** The refusal that names the operation in the way. */
export const conflict = (wanted: Wanted, by: OpenOperation) =>
  problems['operation.conflict']({
    detail: `${wanted.kind} cannot be asked for while ${by.kind} (operation ${by.id}) is ${by.state}: wait until it has ended, or cancel it`,
    extra: { operationId: by.id, operationKind: by.kind, operationState: by.state },
  })

/** Locks what an operation would touch, in sorted order: whoever decides about rows of its own does this before locking any. */
export const lockSubjects: LockSubjects = async (tx, wanted) => {
  await tx.run(operationsStore.lock, subjectsOf(claimsOf(wanted.kind, wanted)))
}

/** How long an operation waits for the approval that it needs, by which clock. */
export type ApprovalTerms = { clock: Clock; lastsMs: number }

/**
 * Asks for an operation inside the caller's transaction: intent and operation commit together or not at all. It starts, queues
 * behind what is in its way, or is the same wish as one that is open already (`merged`). Throws `operation.conflict` (409)
 * naming the operation that forbids it. An operation that starts at once runs `onAdmitted` before this returns; one that needs
 * an approval or a change plan waits and holds nothing, and admission speaks again when it is approved.
 */
export const requestOperation =
  (hooks: Pick<OperationHooks, 'onAdmitted'>, terms: ApprovalTerms) =>
  async (tx: Tx, wanted: NewRequest): Promise<Accepted> => {
    const claims = claimsOf(wanted.kind, wanted)
    await tx.run(operationsStore.lock, subjectsOf(claims))
    const admission = admit(wanted, await tx.all(operationsStore.openBeside, claims))
    if (admission.verdict === 'reject') throw conflict(wanted, admission.by)
    if (admission.verdict === 'merge')
      return { operationId: admission.into.id, state: admission.into.state, merged: true }
    const approval = wanted.planned === true ? 'second-operator' : (wanted.approval ?? 'none')
    const planned = isPlanned(wanted, (await tx.maybe(operationsStore.unitKind, wanted.unitId))?.kind ?? 'cell')
    if (approval !== 'none' || planned) return waitForApproval(tx, { ...wanted, approval, planned }, claims, terms)
    const behind = admission.verdict === 'start' ? null : admission.behind.id
    const fresh: NewOperation = {
      ...wanted,
      id: newId(),
      retryOf: wanted.retryOf ?? null,
      traceParent: activeTraceParent(),
      behind,
      waitsUntil: null,
      claims,
    }
    const operation = await provedByConstraint(wanted.kind, tx.one(operationsStore.insert, fresh))
    if (admission.verdict === 'pre-empt') {
      const victims = admission.victims.map(({ id }) => id)
      await tx.run(operationsStore.askToStop, victims, { operationId: operation.id, kind: operation.kind })
    }
    if (behind === null) await hooks.onAdmitted(tx, operation)
    return { operationId: operation.id, state: behind === null ? 'running' : 'queued', merged: false }
  }

/** Whether it waits for a change plan. Throws `plan.not-offered` where one is wished for and there is no such thing. */
function isPlanned({ kind, planned = false }: NewRequest, unit: UnitKind): boolean {
  if (!planned || ownChangeOf(kind, unit) !== null) return planned || stackChangeOf(kind, unit) !== null
  throw problems['plan.not-offered']({
    detail: `${kind} in a cell that tenants share is not planned: ask for it without a plan, or move the tenant to a private or dedicated plan first`,
    extra: { unitKind: unit },
  })
}

/** Under the subjects' locks, so that two who ask at once ask for one. */
async function waitForApproval(
  tx: Tx,
  wanted: NewRequest & { approval: ApprovalRule; planned: boolean },
  claims: readonly Claim[],
  { clock, lastsMs }: ApprovalTerms,
): Promise<Accepted> {
  const now = clock.now()
  const same = await tx.maybe(approvalsStore.pendingLike, wanted, now.toISOString())
  if (same !== undefined) return { operationId: same.id, state: 'waiting', merged: true }
  const waitsUntil = new Date(now.getTime() + lastsMs).toISOString()
  const fresh: NewOperation = {
    ...wanted,
    id: newId(),
    retryOf: wanted.retryOf ?? null,
    traceParent: activeTraceParent(),
    behind: null,
    waitsUntil,
    claims,
  }
  const operation = await tx.one(operationsStore.insert, fresh)
  const rule = wanted.approval
  await tx.run(approvalsStore.request, operation.id, waitsUntil, rule)
  if (wanted.planned) await wantPlan(tx, operation.id, now)
  if (rule !== 'none') await reportWaiting(tx, operation, waitsUntil)
  return { operationId: operation.id, state: 'waiting', merged: false }
}
