import { Type, type Static } from 'typebox'
import { ISOLATIONS } from '../../domain/unit-lifecycle.ts'
import { closed, pageOf, Timestamp } from '../../platform/schemas.ts'

export const LimitsSchema = Type.Object(
  {
    requestsPerSecond: Type.Integer({ minimum: 1, description: 'Sustained requests per second' }),
    burst: Type.Integer({ minimum: 1, description: 'Requests at once above the sustained rate' }),
    statementTimeoutMs: Type.Integer({ minimum: 1, description: 'Longest time of one SQL statement, milliseconds' }),
  },
  closed,
)

export const Plan = Type.Object(
  {
    name: Type.String(),
    title: Type.String(),
    isolation: Type.Enum([...ISOLATIONS]),
    regions: Type.Array(Type.String(), { description: 'Regions in which it can be placed' }),
    limits: LimitsSchema,
    objectives: Type.Object({ rtoSeconds: Type.Integer(), rpoSeconds: Type.Integer() }, closed),
    price: Type.Object(
      {
        minor: Type.Integer({ description: 'Per month, in minor units' }),
        currency: Type.String({ description: 'ISO 4217' }),
      },
      closed,
    ),
    ring: Type.String({ description: 'Release ring' }),
    generation: Type.Integer(),
    createdAt: Timestamp,
  },
  {
    $id: 'Plan',
    ...closed,
    examples: [
      {
        name: 'starter-shared',
        title: 'Starter',
        isolation: 'shared',
        regions: ['local-1'],
        limits: { requestsPerSecond: 20, burst: 40, statementTimeoutMs: 2000 },
        objectives: { rtoSeconds: 3600, rpoSeconds: 300 },
        price: { minor: 4900, currency: 'EUR' },
        ring: 'general',
        generation: 1,
        createdAt: '2026-11-22T09:30:00.000Z',
      },
    ],
  },
)
export type Plan = Static<typeof Plan>

export const PlanPage = pageOf('Plan', Plan)
