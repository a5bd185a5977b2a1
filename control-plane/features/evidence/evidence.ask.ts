import type { OperationKind } from '../../domain/operation-kinds.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Tx } from '../../platform/database.ts'
import type { LockSubjects, RequestOperation } from '../../platform/operation-port.ts'
import type { Accepted } from '../../platform/schemas.ts'
import { problems } from './evidence.errors.ts'

type MeasuringKind = Extract<OperationKind, 'unit.attest' | 'unit.check'>
export type UnitSeen = { id: string; name: string; region: string; product: string; state: string }
export type AskDeps = {
  /** By id or name. Throws `unit.not-found`. */
  findUnit: (tx: Tx, reference: string) => Promise<UnitSeen>
  request: RequestOperation
  lockSubjects: LockSubjects
  audit: AuditAppend
}

/** What each kind says to a unit that is not in service. */
const REFUSED = {
  'unit.attest': { code: 'unit.not-attestable', done: 'attested' },
  'unit.check': { code: 'unit.not-checkable', done: 'checked' },
} as const

/**
 * Asks in the caller's transaction that a unit in service is measured; `actor` null: the plane itself, by its schedule. Throws
 * `unit.not-attestable` or `unit.not-checkable`, and what admission says.
 */
export async function askToMeasure(
  deps: AskDeps,
  tx: Tx,
  kind: MeasuringKind,
  { id, name, region }: Pick<UnitSeen, 'id' | 'name' | 'region'>,
  actor: Actor | null,
): Promise<Accepted> {
  const about = { kind, tenantId: null, unitId: id } as const
  await deps.lockSubjects(tx, about)
  const { state } = await deps.findUnit(tx, id) // as it is now that nothing moves it
  const { code, done } = REFUSED[kind]
  if (state !== 'active') throw problems[code]({ detail: `${name} is ${state}: only an active unit can be ${done}` })
  const requestId = actor?.requestId ?? null
  const wanted = { ...about, region, input: {}, requestedBy: actor?.operatorId ?? null, requestId }
  const accepted = await deps.request(tx, wanted)
  await deps.audit(tx, {
    stream: 'installation',
    actor,
    action: kind,
    subject: `unit:${id}`,
    outcome: 'succeeded',
    requestId,
    operationId: accepted.operationId,
    detail: { name, merged: accepted.merged },
  })
  return accepted
}
