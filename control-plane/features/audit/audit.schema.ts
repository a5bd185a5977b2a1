import { Type, type Static } from 'typebox'
import { closed, pageOf, pageQuery, ref, Timestamp, Uuid } from '../../platform/schemas.ts'

export const AuditOutcome = Type.Enum(['succeeded', 'failed', 'refused'])

export const AuditEvent = Type.Object(
  {
    id: Uuid,
    stream: Type.String({ description: '`installation`, `refusals` or `tenant:<id>`' }),
    sequence: Type.Integer({ minimum: 1, description: 'Without gaps inside its stream' }),
    at: Timestamp,
    actorId: Type.Union([Uuid, Type.Null()], { description: 'The operator; null: the plane itself' }),
    action: Type.String(),
    subject: Type.String(),
    outcome: AuditOutcome,
    requestId: Type.Union([Type.String(), Type.Null()]),
    operationId: Type.Union([Uuid, Type.Null()]),
    detail: Type.Unknown({ description: 'What was asked or changed' }),
    personal: Type.Record(Type.String(), Type.String(), {
      description:
        'Personal data by field, as long as it has not been erased; the chain itself holds only commitments to it',
    }),
    hash: Type.String({ description: 'SHA-256 of the hash before and the canonical text, in hex' }),
  },
  {
    $id: 'AuditEvent',
    ...closed,
    examples: [
      {
        id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55',
        stream: 'tenant:0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c01',
        sequence: 1,
        at: '2026-11-22T09:30:00.000Z',
        actorId: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c02',
        action: 'tenant.create',
        subject: 'tenant:0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c01',
        outcome: 'succeeded',
        requestId: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c03',
        operationId: null,
        detail: { slug: 'acme', plan: 'starter-shared' },
        personal: { contact: 'ada@acme.example' },
        hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      },
    ],
  },
)
export type AuditEvent = Static<typeof AuditEvent>

export const AuditEventPage = pageOf('AuditEvent', AuditEvent)

/** PostgreSQL stores no NUL in text. */
const word = { pattern: '^[^\\u0000]*$' }
const Stream = Type.String({
  ...word,
  minLength: 1,
  maxLength: 100,
  description: '`installation`, `refusals` or `tenant:<id>`',
  examples: ['installation'],
})
/** Filters of the list; all given ones must hold. */
export const AuditQuery = Type.Object(
  {
    actor: Type.Optional(Type.String({ format: 'uuid', description: 'Operator id' })),
    action: Type.Optional(
      Type.String({
        ...word,
        maxLength: 100,
        description: 'An action or how it begins: tenant.create, tenant., token',
      }),
    ),
    subject: Type.Optional(Type.String({ ...word, maxLength: 200, description: 'For example unit:<id>' })),
    tenant: Type.Optional(Type.String({ format: 'uuid', description: 'Tenant id: whatever was done about it' })),
    stream: Type.Optional(Stream),
    outcome: Type.Optional(AuditOutcome),
    request: Type.Optional(
      Type.String({ ...word, minLength: 1, maxLength: 64, description: 'x-request-id of an answer' }),
    ),
    operation: Type.Optional(Type.String({ format: 'uuid', description: 'Operation id, which is its workflow id' })),
    from: Type.Optional(Type.String({ format: 'date-time', description: 'Not before' })),
    to: Type.Optional(Type.String({ format: 'date-time', description: 'Before' })),
    ...pageQuery,
  },
  closed,
)
export type AuditQuery = Static<typeof AuditQuery>

/** What an export holds; without limits the whole record. */
export const ExportQuery = Type.Object(
  {
    stream: Type.Optional(Stream),
    from: Type.Optional(
      Type.String({ format: 'date-time', description: 'From the first event of each stream not before this time' }),
    ),
    to: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'To the last event of each stream before this time, and on to the next that a checkpoint signs',
      }),
    ),
    after: Type.Optional(
      Type.String({
        pattern: '^[^\\u0000@]{1,100}@\\d{1,15}$',
        description: 'Where an export was broken off: <stream>@<sequence> of the last event that arrived',
        examples: ['installation@17'],
      }),
    ),
    redact: Type.Optional(
      Type.Boolean({ default: false, description: 'Leave personal values out; what remains still verifies' }),
    ),
  },
  closed,
)
export type ExportQuery = Static<typeof ExportQuery>

export const AuditCheckpoint = Type.Object(
  {
    sequence: Type.Integer({ minimum: 1 }),
    at: Timestamp,
    key: Type.String({ description: 'Id of the key that signed it' }),
    events: Type.Integer({ description: 'Events in all streams that it and those before it cover' }),
    heads: Type.Integer({ description: 'Streams that moved since the one before' }),
    previous: Type.String({ description: 'Hash of the one before, in hex' }),
    hash: Type.String({ description: 'Its own, in hex' }),
    signature: Type.String({ description: 'Ed25519, base64url' }),
  },
  { $id: 'AuditCheckpoint', ...closed, examples: [exampleCheckpoint()] },
)
export type AuditCheckpoint = Static<typeof AuditCheckpoint>
export const AuditCheckpointPage = pageOf('AuditCheckpoint', AuditCheckpoint)

function exampleCheckpoint() {
  return {
    sequence: 12,
    at: '2026-11-22T09:30:00.000Z',
    key: '21fe31dfa154a261626bf854046fd227',
    events: 5120,
    heads: 3,
    previous: '0'.repeat(64),
    hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    signature: 'A'.repeat(86),
  }
}

const BrokenStream = Type.Object({
  stream: Type.String(),
  sequence: Type.Integer({ description: 'The first event that is not what was written' }),
  fault: Type.Enum(['edited', 'missing', 'inserted', 'personal-edited']),
  message: Type.String(),
})
export const SignedRecord = Type.Object(
  {
    checkpoint: Type.Union([ref(AuditCheckpoint), Type.Null()], { description: 'null: nothing sound has moved' }),
    broken: Type.Array(BrokenStream, {
      description: 'Streams that were changed behind the back of the plane: they are not signed',
    }),
  },
  { $id: 'SignedRecord', ...closed, examples: [{ checkpoint: exampleCheckpoint(), broken: [] }] },
)
export type SignedRecord = Static<typeof SignedRecord>

/** Exactly one member says whose values. */
export const Erasure = Type.Object(
  {
    operator: Type.Optional(Type.String({ format: 'uuid', description: 'Values in events about this operator' })),
    tenant: Type.Optional(Type.String({ format: 'uuid', description: 'All values in events of this tenant' })),
    value: Type.Optional(
      Type.String({
        ...word,
        minLength: 3,
        maxLength: 1000,
        description: 'This value wherever it stands, for example an e-mail address; letter case does not matter',
      }),
    ),
    reason: Type.String({
      ...word,
      minLength: 3,
      maxLength: 500,
      description: 'Kept in the record for ever: name the request, not the person',
      examples: ['request 4711 under article 17 GDPR'],
    }),
  },
  {
    $id: 'Erasure',
    ...closed,
    examples: [
      { operator: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c02', reason: 'request 4711 under article 17 GDPR' },
      { value: 'ada@acme.example', reason: 'request 4712 under article 17 GDPR' },
    ],
  },
)
export type Erasure = Static<typeof Erasure>

export const Erased = Type.Object(
  { events: Type.Integer({ minimum: 0 }), values: Type.Integer({ minimum: 0 }) },
  { $id: 'Erased', ...closed, examples: [{ events: 3, values: 4 }] },
)
export type Erased = Static<typeof Erased>
