import { Type, type Static } from 'typebox'
import { closed, pageOf, pageQuery, Timestamp, Uuid } from '../../platform/schemas.ts'

export const AuditOutcome = Type.Enum(['succeeded', 'failed', 'refused'])

export const AuditEvent = Type.Object(
  {
    id: Uuid,
    stream: Type.String({ description: '`installation`, or `tenant:<id>`' }),
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
/** Filters of the list; all given ones must hold. */
export const AuditQuery = Type.Object(
  {
    actor: Type.Optional(Type.String({ format: 'uuid', description: 'Operator id' })),
    action: Type.Optional(Type.String({ ...word, maxLength: 100, description: 'For example tenant.create' })),
    subject: Type.Optional(Type.String({ ...word, maxLength: 200, description: 'For example tenant:<id>' })),
    outcome: Type.Optional(AuditOutcome),
    from: Type.Optional(Type.String({ format: 'date-time', description: 'Not before' })),
    to: Type.Optional(Type.String({ format: 'date-time', description: 'Before' })),
    ...pageQuery,
  },
  closed,
)
export type AuditQuery = Static<typeof AuditQuery>
