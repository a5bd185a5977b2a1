import { Type, type Static } from 'typebox'
import { closed, ref, Timestamp, Uuid } from '../../platform/schemas.ts'

const orNull = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description })

export const DifferenceSchema = Type.Object(
  {
    what: Type.Enum(['missing', 'changed', 'unknown'], {
      description: '`unknown` carries the unit’s labels and was not made by the plane: reported, never deleted',
    }),
    object: Type.String({
      description: 'Kind, namespace and name; of the database cluster the kind and its name there',
    }),
    tenantId: orNull(Uuid, 'Whose object it is; null: shared by all tenants of the unit'),
    path: orNull(Type.String(), 'Where in the object; null: the whole'),
    wanted: orNull(Type.String(), 'JSON; null: nothing, or the whole. Secrets are redacted'),
    found: orNull(Type.String(), 'JSON; null: nothing, or the whole. Secrets are redacted'),
    protected: Type.Optional(
      Type.Boolean({
        description:
          'Of what a dedicated stack is made of: whether it holds what cannot be made anew, so that a person restores it',
      }),
    ),
  },
  {
    $id: 'Difference',
    ...closed,
    examples: [
      {
        what: 'changed' as const,
        object: 'Deployment cell-cell-1/ledger',
        tenantId: null,
        path: 'spec.replicas',
        wanted: '2',
        found: '5',
      },
    ],
  },
)

/** What the latest repair of a unit found, and what it could not repair. */
const Repair = Type.Object(
  {
    operationId: Uuid,
    found: Type.Array(ref(DifferenceSchema), {
      description: 'What differed when it began; empty: there was nothing to do',
    }),
    remaining: orNull(
      Type.Array(ref(DifferenceSchema)),
      'What differed when it ended: what nobody of us made, and what could not be repaired; null: it has not looked again',
    ),
    begunAt: Timestamp,
    endedAt: orNull(Timestamp, 'Null: it has not looked again'),
  },
  closed,
)

export const Drift = Type.Object(
  {
    unit: Type.String(),
    observedAt: orNull(Timestamp, 'When it was compared with the cluster last; null: not yet'),
    inSync: orNull(Type.Boolean(), 'Null: not compared yet'),
    differences: Type.Array(ref(DifferenceSchema)),
    repair: Type.Union([Repair, Type.Null()], { description: 'The latest repair; null: there was none' }),
    fault: orNull(Type.String(), 'Why the latest comparison came to nothing; what is shown is then older'),
    stack: Type.Union(
      [
        Type.Object(
          {
            observedAt: orNull(Timestamp, 'When its cluster, databases, key and store were looked at last'),
            fault: orNull(Type.String(), 'Why the latest look came to nothing'),
          },
          closed,
        ),
        Type.Null(),
      ],
      { description: 'What a stack is made of is looked at in turns of its own; null: not yet, or no stack' },
    ),
  },
  {
    $id: 'Drift',
    ...closed,
    examples: [
      {
        unit: 'cell-1',
        observedAt: '2026-11-22T09:30:00.000Z',
        inSync: true,
        differences: [],
        repair: null,
        fault: null,
        stack: null,
      },
    ],
  },
)
export type Drift = Static<typeof Drift>

export const DriftParams = Type.Object({
  unit: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$', description: 'Id or name', examples: ['cell-1'] }),
})
