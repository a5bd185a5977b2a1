import { Type, type Static } from 'typebox'
import { FACETS } from '../../domain/facets.ts'
import { APPROVAL_RULES } from '../../domain/approvals.ts'
import { ISOLATIONS } from '../../domain/unit-kinds.ts'
import { closed, pageOf, ref, Timestamp } from '../../platform/schemas.ts'

export const LimitsSchema = Type.Object(
  {
    requestsPerSecond: Type.Integer({ minimum: 1, description: 'Sustained requests per second' }),
    burst: Type.Integer({ minimum: 1, description: 'Requests at once above the sustained rate' }),
    statementTimeoutMs: Type.Integer({ minimum: 1, description: 'Longest time of one SQL statement, milliseconds' }),
  },
  closed,
)

const positive = (description: string) => Type.Integer({ minimum: 1, description })
export const Compute = Type.Object(
  {
    cpuMillis: positive("Sum of the pods' CPU limits, in thousandths of a core"),
    memoryMib: positive("Sum of the pods' memory limits"),
    ephemeralMib: positive("Sum of the pods' limits on local scratch space"),
    storageMib: Type.Integer({ minimum: 0, description: 'Volumes asked for, together' }),
    pods: positive('Pods at once, also while a deployment rolls'),
    objects: positive('ConfigMaps, and as many Secrets'),
    connections: positive('Connections at the database cluster'),
  },
  {
    $id: 'Compute',
    ...closed,
    examples: [
      { cpuMillis: 8000, memoryMib: 2048, ephemeralMib: 1024, storageMib: 0, pods: 8, objects: 40, connections: 60 },
    ],
  },
)

const Price = Type.Object(
  {
    minor: Type.Integer({ description: 'Per month, in minor units' }),
    setupMinor: Type.Integer({ description: 'Once, at the start, in minor units' }),
    currency: Type.String({ description: 'ISO 4217' }),
  },
  closed,
)

export const Plan = Type.Object(
  {
    name: Type.String(),
    title: Type.String(),
    isolation: Type.Enum([...ISOLATIONS]),
    product: Type.Union([Type.String(), Type.Null()], {
      description: 'The product that it sells; null: whichever a tenant is created with',
    }),
    regions: Type.Array(Type.String(), { description: 'Regions in which it can be placed' }),
    limits: LimitsSchema,
    facets: Type.Union([Type.Array(Type.Enum(FACETS)), Type.Null()], {
      description: 'What a private tenant has to itself; null: all that the region can enforce',
    }),
    compute: Type.Union([ref(Compute), Type.Null()], {
      description: 'What a private instance may use; null for shared',
    }),
    objectives: Type.Object({ rtoSeconds: Type.Integer(), rpoSeconds: Type.Integer() }, closed),
    price: Price,
    trialDays: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
      description: 'Days after which a new tenant of it is suspended unless it goes to another plan; null: no trial',
    }),
    ring: Type.String({ description: 'Release ring' }),
    approvals: Type.Object(
      {
        decommission: Type.Enum(APPROVAL_RULES, { description: 'Who must agree before a tenant of it is removed' }),
        change: Type.Optional(
          Type.Enum(APPROVAL_RULES, {
            description:
              'Who must agree before a dedicated stack is built, resized or brought to another version; none, or left out: it starts once it is planned',
          }),
        ),
      },
      closed,
    ),
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
        product: null,
        regions: ['local-1'],
        limits: { requestsPerSecond: 20, burst: 40, statementTimeoutMs: 2000 },
        facets: null,
        compute: null,
        objectives: { rtoSeconds: 3600, rpoSeconds: 300 },
        price: { minor: 4900, setupMinor: 0, currency: 'EUR' },
        trialDays: null,
        ring: 'general',
        approvals: { decommission: 'none' as const },
        generation: 1,
        createdAt: '2026-11-22T09:30:00.000Z',
      },
    ],
  },
)
export type Plan = Static<typeof Plan>

export const PlanPage = pageOf('Plan', Plan)
