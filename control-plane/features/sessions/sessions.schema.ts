import { Type, type Static } from 'typebox'
import { closed, pageOf, pageQuery, Timestamp, Uuid } from '../../platform/schemas.ts'

const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const Session = Type.Object(
  {
    id: Uuid,
    operatorId: Uuid,
    operator: Type.String({ description: 'Name of the operator' }),
    client: Type.Enum(['browser', 'cli']),
    amr: Type.Array(Type.String(), { description: 'How the person proved itself (RFC 8176), as the provider told' }),
    state: Type.Enum(['live', 'ended']),
    createdAt: Timestamp,
    expiresAt: Timestamp,
    idleUntil: Type.String({ ...Timestamp, description: 'Ends then, unless it is used' }),
    lastUsedAt: Type.String({ ...Timestamp, description: 'To the minute' }),
    endedAt: orNull(Timestamp),
    endedBy: orNull(Type.Enum(['sign-out', 'revoked', 'expired'])),
  },
  {
    $id: 'Session',
    ...closed,
    examples: [
      {
        id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c06',
        operatorId: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c02',
        operator: 'ada@steward.example',
        client: 'cli',
        amr: ['pwd', 'mfa'],
        state: 'live',
        createdAt: '2026-11-22T09:30:00.000Z',
        expiresAt: '2026-11-22T21:30:00.000Z',
        idleUntil: '2026-11-22T10:30:00.000Z',
        lastUsedAt: '2026-11-22T09:30:00.000Z',
        endedAt: null,
        endedBy: null,
      },
    ],
  },
)
export type Session = Static<typeof Session>
export const SessionPage = pageOf('Session', Session)

export const ListSessions = Type.Object(
  {
    operator: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        pattern: '^[^\\u0000]*$',
        description: 'Id or name; everybody whom you may see when left out',
        examples: ['ada@steward.example'],
      }),
    ),
    state: Type.Optional(Type.Enum(['live', 'ended'])),
    ...pageQuery,
  },
  closed,
)
export type ListSessions = Static<typeof ListSessions>
export const SessionParams = Type.Object({ session: Uuid })
