import { Type, type Static } from 'typebox'
import { ROLE_NAMES } from '../../domain/access.ts'
import { closed, pageOf, pageQuery, Timestamp, Uuid } from '../../platform/schemas.ts'

const RoleName = Type.Enum([...ROLE_NAMES])
const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])
/** Also the name of a script's operator; no control characters, and nothing that looks like an id. */
const name = Type.String({
  minLength: 1,
  maxLength: 100,
  pattern: '^[A-Za-z0-9][A-Za-z0-9 ._@+-]*$',
  examples: ['ada@steward.example'],
})

export const Operator = Type.Object(
  {
    id: Uuid,
    name: Type.String(),
    role: Type.String({ description: `One of: ${ROLE_NAMES.join(', ')}` }),
    issuer: orNull(
      Type.String({ description: 'Identity provider that vouches for this person; null: signs in by tokens only' }),
    ),
    disabledAt: orNull(Timestamp),
    expiresAt: orNull(
      Type.String({
        ...Timestamp,
        description: 'Shut out then: break-glass is over, or no group gives a role any more; null: never',
      }),
    ),
    lastUsedAt: orNull(Type.String({ ...Timestamp, description: 'Last use of a token or session, to the minute' })),
    generation: Type.Integer(),
    createdAt: Timestamp,
  },
  {
    $id: 'Operator',
    ...closed,
    examples: [
      {
        id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c02',
        name: 'ada@steward.example',
        role: 'sales-engineer',
        issuer: 'https://id.steward.example',
        disabledAt: null,
        expiresAt: null,
        lastUsedAt: '2026-11-22T09:30:00.000Z',
        generation: 1,
        createdAt: '2026-11-22T09:30:00.000Z',
      },
    ],
  },
)
export type Operator = Static<typeof Operator>
export const OperatorPage = pageOf('Operator', Operator)

export const CreateOperator = Type.Object(
  { name, role: RoleName },
  { $id: 'CreateOperator', ...closed, examples: [{ name: 'billing-robot', role: 'viewer' }] },
)
export type CreateOperator = Static<typeof CreateOperator>

export const SetRole = Type.Object({ role: RoleName }, { $id: 'SetRole', ...closed, examples: [{ role: 'sre' }] })

export const ListOperators = Type.Object(
  {
    name: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, pattern: '^[^\\u0000]*$', description: 'Part of the name' }),
    ),
    role: Type.Optional(RoleName),
    state: Type.Optional(Type.Enum(['enabled', 'disabled'])),
    ...pageQuery,
  },
  closed,
)
export type ListOperators = Static<typeof ListOperators>

export const OperatorParams = Type.Object({
  operator: Type.String({
    minLength: 1,
    maxLength: 200,
    pattern: '^[^\\u0000]*$',
    description: 'Id or name',
    examples: ['ada@steward.example'],
  }),
})
