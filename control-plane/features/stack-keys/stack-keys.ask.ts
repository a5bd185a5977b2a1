import { IN_SERVICE, type UnitState } from '../../domain/unit-lifecycle.ts'
import type { UnitKind } from '../../domain/unit-kinds.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Tx } from '../../platform/database.ts'
import type { FeatureHooks, LockSubjects, RequestOperation } from '../../platform/operation-port.ts'
import type { Accepted } from '../../platform/schemas.ts'
import { problems } from './stack-keys.errors.ts'
import { stackKeysStore } from './stack-keys.store.ts'

const KIND = 'unit.rotate-key'
export type UnitSeen = { id: string; name: string; region: string; kind: UnitKind; state: UnitState }
export type AskDeps = {
  /** By id or name. Throws `unit.not-found`. */
  findUnit: (tx: Tx, reference: string) => Promise<UnitSeen>
  request: RequestOperation
  lockSubjects: LockSubjects
  audit: AuditAppend
}

/** Throws `stack-key.not-a-stack` and `stack-key.not-in-service`. */
export function assertRotatable({ name, kind, state }: Pick<UnitSeen, 'name' | 'kind' | 'state'>): void {
  if (kind !== 'stack')
    throw problems['stack-key.not-a-stack']({
      detail: `${name} is ${kind === 'cell' ? 'a cell' : 'an instance'}: what is kept of its tenants is sealed by STEWARD_SEALING_KEY, and nothing here has a key of its own`,
      extra: { kind },
    })
  if (IN_SERVICE.has(state)) return
  throw problems['stack-key.not-in-service']({
    detail: `${name} is ${state}: only the key of a stack that is active or suspended is rotated`,
    extra: { state },
  })
}

/**
 * Asks in the caller's transaction for a new generation of a stack's key. Throws what `assertRotatable` and admission say; the latter
 * speaks first, because it names the operation in the way.
 */
export async function askToRotate(
  { findUnit, request, lockSubjects, audit }: AskDeps,
  tx: Tx,
  { id, name, region }: Pick<UnitSeen, 'id' | 'name' | 'region'>,
  actor: Actor,
): Promise<Accepted> {
  const about = { kind: KIND, tenantId: null, unitId: id } as const
  await lockSubjects(tx, about)
  const { requestId, operatorId: requestedBy } = actor
  const accepted = await request(tx, { ...about, region, input: {}, requestedBy, requestId })
  assertRotatable(await findUnit(tx, id)) // what admission wrote goes with the transaction
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

/** A rotation that is asked for anew is judged by what the unit is by now. */
export const stackKeyHooks: Pick<FeatureHooks, 'onRetry'> = {
  async onRetry(tx, { kind, unitId }) {
    if (kind === KIND) assertRotatable(await stackKeysStore.unit(tx, unitId))
  },
}
