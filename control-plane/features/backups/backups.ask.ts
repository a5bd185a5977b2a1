import { IN_SERVICE, type UnitState } from '../../domain/unit-lifecycle.ts'
import type { UnitKind } from '../../domain/unit-kinds.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Tx } from '../../platform/database.ts'
import type { FeatureHooks, LockSubjects, RequestOperation } from '../../platform/operation-port.ts'
import type { Accepted } from '../../platform/schemas.ts'
import { problems } from './backups.errors.ts'
import { backupsStore } from './backups.store.ts'

const KIND = 'unit.backup'
export type UnitSeen = { id: string; name: string; region: string; kind: UnitKind; state: UnitState }
export type AskDeps = {
  /** By id or name. Throws `unit.not-found`. */
  findUnit: (tx: Tx, reference: string) => Promise<UnitSeen>
  request: RequestOperation
  lockSubjects: LockSubjects
  audit: AuditAppend
}

/** Throws `backup.not-a-stack` and `backup.not-in-service`, each with what to do. A suspended stack has its database, and is backed up. */
export function assertBackable({ name, kind, state }: Pick<UnitSeen, 'name' | 'kind' | 'state'>): void {
  if (kind !== 'stack')
    throw problems['backup.not-a-stack']({
      detail: `${name} is ${kind === 'cell' ? 'a cell' : 'an instance'}, whose database lies on the shared cluster of its region: back that cluster up, or keep one tenant with \`steward tenants export\``,
      extra: { kind },
    })
  if (IN_SERVICE.has(state)) return
  throw problems['backup.not-in-service']({
    detail: `${name} is ${state}: only a stack that is active or suspended is backed up`,
    extra: { state },
  })
}

/**
 * Asks in the caller's transaction that the database of a stack is backed up; `actor` null: the plane itself, by its schedule. Throws
 * what `assertBackable` and admission say; the latter speaks first, because it names the operation in the way.
 */
export async function askToBackUp(
  { findUnit, request, lockSubjects, audit }: AskDeps,
  tx: Tx,
  { id, name, region }: Pick<UnitSeen, 'id' | 'name' | 'region'>,
  actor: Actor | null,
): Promise<Accepted> {
  const about = { kind: KIND, tenantId: null, unitId: id } as const
  await lockSubjects(tx, about)
  const requestId = actor?.requestId ?? null
  const wanted = { ...about, region, input: {}, requestedBy: actor?.operatorId ?? null, requestId }
  const accepted = await request(tx, wanted)
  assertBackable(await findUnit(tx, id)) // what admission wrote goes with the transaction
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

/** A backup that is asked for anew is judged by what the unit is by now. */
export const backupHooks: Pick<FeatureHooks, 'onRetry'> = {
  async onRetry(tx, { kind, unitId }) {
    if (kind === KIND) assertBackable(await backupsStore.unit(tx, unitId))
  },
}
