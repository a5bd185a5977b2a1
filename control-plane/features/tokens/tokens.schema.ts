import { Type, type Static } from 'typebox'
import { ROLE_NAMES, VERBS } from '../../domain/access.ts'
import { closed, pageOf, pageQuery, ref, Timestamp, Uuid } from '../../platform/schemas.ts'

const RoleName = Type.Enum([...ROLE_NAMES])
const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const reference = (description: string) =>
  Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000]*$', description, examples: ['billing-robot'] })
const name = Type.String({ minLength: 1, maxLength: 100, pattern: '^[A-Za-z0-9][A-Za-z0-9 ._@+-]*$', examples: ['ci'] })

const tokenExample = {
  id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c04',
  operatorId: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c02',
  operator: 'billing-robot',
  name: 'ci',
  role: null,
  verbs: ['tenants:read'],
  state: 'live',
  createdBy: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c01',
  createdAt: '2026-11-22T09:30:00.000Z',
  expiresAt: '2027-02-20T09:30:00.000Z',
  revokedAt: null,
  lastUsedAt: null,
}

export const Token = Type.Object(
  {
    id: Uuid,
    operatorId: Uuid,
    operator: Type.String({ description: 'Name of the operator' }),
    name: orNull(Type.String({ description: 'null: made on the host' })),
    role: orNull(Type.String({ description: 'Takes away what this role may not; null takes nothing' })),
    verbs: orNull(Type.Array(Type.String(), { description: 'Takes away all others; null takes nothing' })),
    state: Type.Enum(['live', 'expired', 'revoked']),
    createdBy: orNull(Type.String({ ...Uuid, description: 'Operator who made it; null: made on the host' })),
    createdAt: Timestamp,
    expiresAt: orNull(Timestamp),
    revokedAt: orNull(Timestamp),
    lastUsedAt: orNull(Type.String({ ...Timestamp, description: 'To the minute' })),
  },
  { $id: 'Token', ...closed, examples: [tokenExample] },
)
export type Token = Static<typeof Token>
export const TokenPage = pageOf('Token', Token)

export const CreateToken = Type.Object(
  {
    name,
    operator: Type.Optional(reference('Whose token: id or name; yours when left out')),
    role: Type.Optional(RoleName),
    verbs: Type.Optional(
      Type.Array(Type.Enum([...VERBS]), { minItems: 1, maxItems: 100, uniqueItems: true, description: 'Only these' }),
    ),
    expiresAt: Type.Optional(
      Type.String({
        ...Timestamp,
        description: 'Within a year; in 90 days when left out',
        examples: ['2027-02-20T09:30:00Z'],
      }),
    ),
  },
  { $id: 'CreateToken', ...closed, examples: [{ name: 'ci', operator: 'billing-robot', verbs: ['tenants:read'] }] },
)
export type CreateToken = Static<typeof CreateToken>

export const TokenCreated = Type.Object(
  { token: ref(Token), secret: Type.String({ description: 'The token itself: shown this once, stored nowhere' }) },
  { $id: 'TokenCreated', ...closed, examples: [{ token: tokenExample, secret: `stw_${'A'.repeat(43)}` }] },
)
export type TokenCreated = Static<typeof TokenCreated>

export const ListTokens = Type.Object(
  {
    operator: Type.Optional(reference('Id or name; everybody whom you may see when left out')),
    state: Type.Optional(Type.Enum(['live', 'expired', 'revoked'])),
    ...pageQuery,
  },
  closed,
)
export type ListTokens = Static<typeof ListTokens>
export const TokenParams = Type.Object({ token: Uuid })
