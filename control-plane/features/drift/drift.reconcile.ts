import { IN_SERVICE, type UnitState } from '../../domain/unit-lifecycle.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Tx } from '../../platform/database.ts'
import type { FeatureHooks, LockSubjects, RequestOperation } from '../../platform/operation-port.ts'
import type { Accepted } from '../../platform/schemas.ts'
import { problems } from './drift.errors.ts'
import { driftStore } from './drift.store.ts'

export type ReconcileDeps = {
  request: RequestOperation
  lockSubjects: LockSubjects
  audit: AuditAppend
}
const KIND = 'unit.reconcile'

/** Throws `unit.not-in-service` for a unit that is being made or removed, or that was left half-way. */
export function assertInService({ name, state }: { name: string; state: UnitState }): void {
  if (IN_SERVICE.has(state)) return
  throw problems['unit.not-in-service']({
    detail: `${name} is ${state}: only a unit that is active or suspended is repaired`,
    extra: { state },
  })
}

/**
 * Asks that a unit is made what was applied again; `planned`: that it is planned first, and begun when another operator has approved the plan.
 * Throws `unit.not-in-service` and what admission says, which speaks first, because it names the operation in the way.
 */
export async function askToReconcile(
  { request, lockSubjects, audit }: ReconcileDeps,
  tx: Tx,
  { id, name, region }: { id: string; name: string; region: string },
  { actor, planned }: { actor: Actor; planned?: boolean | undefined },
): Promise<Accepted> {
  const about = { kind: KIND, tenantId: null, unitId: id } as const
  await lockSubjects(tx, about)
  const { requestId } = actor
  const accepted = await request(tx, { ...about, region, input: {}, requestedBy: actor.operatorId, requestId, planned })
  assertInService(await tx.one(driftStore.unit, id)) // what admission wrote goes with the transaction
  await audit(tx, {
    stream: 'installation',
    actor,
    action: KIND,
    subject: `unit:${id}`,
    outcome: 'succeeded',
    requestId,
    operationId: accepted.operationId,
    detail: { name, merged: accepted.merged },
  })
  return accepted
}

/** A repair that is asked for anew is judged by what the unit is by now. */
export const reconcileHooks: Pick<FeatureHooks, 'onRetry'> = {
  async onRetry(tx, { kind, unitId }) {
    if (kind === KIND) assertInService(await tx.one(driftStore.unit, unitId))
  },
}
