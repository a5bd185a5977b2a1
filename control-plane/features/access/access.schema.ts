import { Type, type Static } from 'typebox'
import { ROLE_NAMES, VERBS } from '../../domain/access.ts'
import { closed, Timestamp, Uuid } from '../../platform/schemas.ts'

const RoleName = Type.Enum([...ROLE_NAMES])
const VerbName = Type.Enum([...VERBS])

export const WhoAmI = Type.Object(
  {
    operatorId: Uuid,
    name: Type.String(),
    role: RoleName,
    verbs: Type.Array(VerbName, { description: 'What this credential may do: never more than the role' }),
    tokenId: Type.String({ ...Uuid, description: 'Id of the token or session' }),
    credential: Type.Enum(['token', 'session']),
    expiresAt: Type.Union([Timestamp, Type.Null()], { description: 'null: never' }),
  },
  {
    $id: 'WhoAmI',
    ...closed,
    examples: [
      {
        operatorId: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c02',
        name: 'administrator',
        role: 'viewer',
        verbs: ['plans:read', 'tenants:read'],
        tokenId: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c04',
        credential: 'token',
        expiresAt: null,
      },
    ],
  },
)
export type WhoAmI = Static<typeof WhoAmI>

export const AccessModel = Type.Object(
  {
    roles: Type.Array(Type.Object({ name: RoleName, meaning: Type.String() }, closed)),
    verbs: Type.Array(Type.Object({ name: VerbName, meaning: Type.String(), roles: Type.Array(RoleName) }, closed)),
  },
  {
    $id: 'AccessModel',
    ...closed,
    examples: [
      {
        roles: [{ name: 'viewer', meaning: 'Looks: sees everything that is no secret, changes nothing' }],
        verbs: [{ name: 'plans:read', meaning: 'See the catalogue of plans', roles: ['administrator', 'viewer'] }],
      },
    ],
  },
)
export type AccessModel = Static<typeof AccessModel>
