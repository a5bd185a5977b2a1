import { Type, type Static } from 'typebox'
import { PRODUCT_NAME_MAX, PRODUCT_NAME_PATTERN } from '../../domain/products.ts'
import { closed, pageOf, pageQuery, Timestamp, Uuid } from '../../platform/schemas.ts'
import { EVIDENCE_OUTCOMES } from './evidence.store.ts'

const Outcome = Type.Enum([...EVIDENCE_OUTCOMES], {
  description: 'Of the worst part: only `pass` is a pass, only `fail` is a failure',
})
const example = {
  id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c60',
  kind: 'isolation',
  subject: 'unit:0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c56',
  unitId: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c56',
  tenantId: null,
  operationId: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c61',
  outcome: 'not-enforced' as const,
  tally: { pass: 22, fail: 0, inconclusive: 0, 'not-enforced': 1, 'not-checked': 0 },
  keyId: '21fe31dfa154a261626bf854046fd227',
  measuredAt: '2026-11-22T09:30:00.000Z',
}
const count = Type.Integer({ minimum: 0 })

const summary = {
  id: Uuid,
  kind: Type.String({ description: 'What was measured: `isolation`, `contract`, `move` or `decommission`' }),
  subject: Type.String({ description: '`unit:<id>`, of a move or a removal `tenant:<id>`' }),
  unitId: Type.Union([Uuid, Type.Null()]),
  tenantId: Type.Union([Uuid, Type.Null()], { description: 'Whose own the unit was; null for a cell' }),
  operationId: Uuid,
  outcome: Outcome,
  tally: Type.Object(
    { pass: count, fail: count, inconclusive: count, 'not-enforced': count, 'not-checked': count },
    closed,
  ),
  keyId: Type.String({ description: 'Signing key; see /v1/signing-keys' }),
  measuredAt: Timestamp,
}
export const EvidenceSummary = Type.Object(summary, { $id: 'EvidenceSummary', ...closed, examples: [example] })
export type EvidenceSummary = Static<typeof EvidenceSummary>
export const EvidencePage = pageOf('EvidenceSummary', EvidenceSummary)

export const Evidence = Type.Object(
  {
    ...summary,
    record: Type.String({
      description: 'The canonical JSON text that is signed: every check with all that was tried and what came of it',
    }),
    signature: Type.String({ description: 'Ed25519 over the UTF-8 bytes of `record`, in base64url' }),
    verified: Type.Object(
      {
        signature: Type.Boolean({ description: 'A key of this installation for evidence signed exactly this text' }),
        judgement: Type.Boolean({ description: 'Its outcomes follow from what it says was seen' }),
      },
      { ...closed, description: 'Computed anew for this answer' },
    ),
  },
  {
    $id: 'Evidence',
    ...closed,
    examples: [{ ...example, record: '{…}', signature: 'Zm9v', verified: { signature: true, judgement: true } }],
  },
)
export type Evidence = Static<typeof Evidence>

export const ListEvidence = Type.Object(
  {
    unit: Type.Optional(Type.String({ minLength: 1, maxLength: 63, description: 'Name or id of a unit' })),
    kind: Type.Optional(Type.String({ pattern: '^[a-z]+(-[a-z]+)*$', maxLength: 40 })),
    outcome: Type.Optional(Outcome),
    ...pageQuery,
  },
  closed,
)
export type ListEvidence = Static<typeof ListEvidence>
export const EvidenceParams = Type.Object({ id: Uuid }, closed)
export const CheckUnit = Type.Object(
  {
    unit: Type.String({
      pattern: '^[A-Za-z0-9-]{1,64}$',
      description: 'Id or name of a unit that carries the product',
    }),
  },
  { $id: 'CheckUnit', ...closed, examples: [{ unit: 'cell-1' }] },
)
export const CheckParams = Type.Object(
  { product: Type.String({ maxLength: PRODUCT_NAME_MAX, pattern: PRODUCT_NAME_PATTERN, examples: ['notes'] }) },
  closed,
)
export const AttestParams = Type.Object({ unit: Type.String({ minLength: 1, maxLength: 63 }) }, closed)
