import { tally, type CheckResult } from '../../domain/attestation.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { idempotent, type Answer, type Idempotency } from '../../platform/idempotency.ts'
import type { LockSubjects, RequestOperation } from '../../platform/operation-port.ts'
import { cursorPage, type Cursors } from '../../platform/pagination.ts'
import type { Accepted, Page } from '../../platform/schemas.ts'
import type { Signing } from '../../platform/signing.ts'
import { problems } from './evidence.errors.ts'
import { followsFromWhatWasSeen } from './evidence.record.ts'
import type { Evidence, EvidenceSummary, ListEvidence } from './evidence.schema.ts'
import type { evidenceStore, EvidenceRow } from './evidence.store.ts'

export type EvidenceDeps = {
  database: Pick<Database, 'transaction'>
  store: typeof evidenceStore
  cursors: Cursors
  signing: Pick<Signing, 'verify'>
  /** By id or name. Throws `unit.not-found`. */
  findUnit: (tx: Tx, reference: string) => Promise<UnitSeen>
  request: RequestOperation
  lockSubjects: LockSubjects
  audit: AuditAppend
}
export type UnitSeen = { id: string; name: string; region: string; state: string }
export type EvidenceService = ReturnType<typeof evidenceService>

const checksOf = ({ record }: EvidenceRow) => (JSON.parse(record) as { checks?: CheckResult[] }).checks ?? []
const summaryOf = (row: EvidenceRow): EvidenceSummary => {
  const { record: _record, signature: _signature, ...rest } = row
  return { ...rest, tally: tally(checksOf(row)) }
}

/** What was measured about units, and the request to measure anew. */
export const evidenceService = (deps: EvidenceDeps) => ({
  /** One record with its proof, checked anew. Throws `evidence.not-found`. */
  get: (id: string): Promise<Evidence> =>
    deps.database.transaction(async (tx) => {
      const row = await deps.store.find(tx, id)
      if (row === undefined) throw problems['evidence.not-found']({ detail: `No evidence has the id ${id}` })
      const { record, keyId, signature } = row
      const signed = await deps.signing.verify(tx, 'evidence', Buffer.from(record), { keyId, signature })
      const verified = { signature: signed, judgement: followsFromWhatWasSeen(record) }
      return { ...summaryOf(row), record, signature, verified }
    }),

  /** Newest first. Throws `unit.not-found` and `cursor.invalid`. */
  list: ({ limit = 50, cursor, unit, kind, outcome }: ListEvidence): Promise<Page<EvidenceSummary>> =>
    deps.database.transaction(async (tx) => {
      const scope = { list: 'evidence', filters: { unit, kind, outcome } }
      const position = deps.cursors.decode(scope, cursor)
      const rows = await deps.store.list(tx, {
        unitId: unit === undefined ? null : (await deps.findUnit(tx, unit)).id,
        kind: kind ?? null,
        outcome: outcome ?? null,
        before: position === undefined ? null : String(position[0]),
        beforeId: position === undefined ? null : String(position[1]),
        limit: limit + 1,
      })
      const at = ({ measuredAt, id }: EvidenceRow) => [measuredAt, id]
      return cursorPage({ cursors: deps.cursors, scope, limit, rows, position: at, item: summaryOf })
    }),

  /** Asks for an attestation of a unit. Throws `unit.not-found`, `unit.not-attestable` and what admission says. */
  attest: (actor: Actor, { key, fingerprint }: Idempotency, reference: string) =>
    deps.database.transaction((tx) =>
      idempotent(tx, actor, key, fingerprint, async (): Promise<Answer<Accepted>> => {
        const accepted = await askFor(deps, tx, await deps.findUnit(tx, reference), actor)
        return { status: 202, headers: { location: `/v1/operations/${accepted.operationId}` }, body: accepted }
      }),
    ),
})

/** Asks in the caller's transaction; `actor` null: the plane itself, by its schedule. */
export async function askFor(
  deps: Pick<EvidenceDeps, 'findUnit' | 'request' | 'lockSubjects' | 'audit'>,
  tx: Tx,
  { id, name, region }: Omit<UnitSeen, 'state'>,
  actor: Actor | null,
): Promise<Accepted> {
  const about = { kind: 'unit.attest', tenantId: null, unitId: id } as const
  await deps.lockSubjects(tx, about)
  const { state } = await deps.findUnit(tx, id) // as it is now that nothing moves it
  if (state !== 'active')
    throw problems['unit.not-attestable']({ detail: `${name} is ${state}: only an active unit can be attested` })
  const requestId = actor?.requestId ?? null
  const wanted = { ...about, region, input: {}, requestedBy: actor?.operatorId ?? null, requestId }
  const accepted = await deps.request(tx, wanted)
  await deps.audit(tx, {
    stream: 'installation',
    actor,
    action: 'unit.attest',
    subject: `unit:${id}`,
    outcome: 'succeeded',
    requestId,
    operationId: accepted.operationId,
    detail: { name, merged: accepted.merged },
  })
  return accepted
}
