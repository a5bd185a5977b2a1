import type { Actor } from '../../platform/auth.ts'
import type { Database } from '../../platform/database.ts'
import { idempotent, type Answer, type Idempotency } from '../../platform/idempotency.ts'
import { cursorPage, type Cursors } from '../../platform/pagination.ts'
import type { Accepted, Page } from '../../platform/schemas.ts'
import type { Signing } from '../../platform/signing.ts'
import { removalFollows } from '../../proof/removal-record.ts'
import { type AskDeps, askToMeasure, type UnitSeen } from './evidence.ask.ts'
import { contractFollows } from './evidence.clauses.ts'
import { problems } from './evidence.errors.ts'
import { moveFollows } from './evidence.moves.ts'
import { followsFromWhatWasSeen } from './evidence.record.ts'
import type { Evidence, EvidenceSummary, ListEvidence } from './evidence.schema.ts'
import type { evidenceStore, EvidenceRow } from './evidence.store.ts'

export type EvidenceDeps = AskDeps & {
  database: Pick<Database, 'transaction'>
  store: typeof evidenceStore
  cursors: Cursors
  signing: Pick<Signing, 'verify'>
}
export type EvidenceService = ReturnType<typeof evidenceService>

type Outcome = keyof EvidenceSummary['tally']
const checksOf = ({ record }: EvidenceRow) => (JSON.parse(record) as { checks?: { outcome: Outcome }[] }).checks ?? []
const summaryOf = (row: EvidenceRow): EvidenceSummary => {
  const { record: _record, signature: _signature, ...rest } = row
  const tally = { pass: 0, fail: 0, inconclusive: 0, 'not-enforced': 0, 'not-checked': 0 }
  for (const { outcome } of checksOf(row)) tally[outcome] += 1
  return { ...rest, tally }
}
/** By the rules of its kind. */
const follows = ({ kind, record }: EvidenceRow): boolean => {
  if (kind === 'move') return moveFollows(record)
  if (kind === 'contract') return contractFollows(record)
  return kind === 'decommission' ? removalFollows(record) : followsFromWhatWasSeen(record)
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
      const verified = { signature: signed, judgement: follows(row) }
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
        const unit = await deps.findUnit(tx, reference)
        const accepted = await askToMeasure(deps, tx, 'unit.attest', unit, actor)
        return { status: 202, headers: { location: `/v1/operations/${accepted.operationId}` }, body: accepted }
      }),
    ),

  /**
   * Asks that a unit is held against the contract of its product. Throws `unit.not-found`, `unit.other-product`,
   * `unit.not-checkable` and what admission says.
   */
  check: (actor: Actor, { key, fingerprint }: Idempotency, product: string, reference: string) =>
    deps.database.transaction((tx) =>
      idempotent(tx, actor, key, fingerprint, async (): Promise<Answer<Accepted>> => {
        const unit = await deps.findUnit(tx, reference)
        if (unit.product !== product) throw otherProduct(unit, product)
        const accepted = await askToMeasure(deps, tx, 'unit.check', unit, actor)
        return { status: 202, headers: { location: `/v1/operations/${accepted.operationId}` }, body: accepted }
      }),
    ),
})

function otherProduct({ name, product }: UnitSeen, wanted: string) {
  const message = `${name} carries ${product}, not ${wanted}: list the units of a product with GET /v1/units`
  return problems['unit.other-product']({
    detail: message,
    fields: [{ pointer: '/unit', rule: 'unit.of-product', message }],
  })
}
