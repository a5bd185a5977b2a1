import { Type, type Static } from 'typebox'
import { ROLE_NAMES, VERBS } from '../../domain/access.ts'
import { closed, Uuid } from '../../platform/schemas.ts'

export const WhoAmI = Type.Object(
  {
    operatorId: Uuid,
    name: Type.String(),
    role: Type.Enum([...ROLE_NAMES]),
    verbs: Type.Array(Type.Enum([...VERBS]), { description: 'What this role may do' }),
    tokenId: Uuid,
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
      },
    ],
  },
)
export type WhoAmI = Static<typeof WhoAmI>
