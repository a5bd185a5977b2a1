import { Type, type Static } from 'typebox'
import { closed } from '../../platform/schemas.ts'

export const Liveness = Type.Object(
  { status: Type.Enum(['alive']) },
  { $id: 'Liveness', ...closed, examples: [{ status: 'alive' }] },
)

export const Readiness = Type.Object(
  {
    status: Type.Enum(['ready', 'not-ready']),
    checks: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          ok: Type.Boolean(),
          message: Type.Optional(Type.String({ description: 'What is wrong' })),
        },
        closed,
      ),
    ),
  },
  {
    $id: 'Readiness',
    ...closed,
    examples: [
      {
        status: 'not-ready',
        checks: [
          { name: 'database', ok: true },
          { name: 'temporal', ok: false, message: 'does not answer' },
        ],
      },
    ],
  },
)
export type Readiness = Static<typeof Readiness>
