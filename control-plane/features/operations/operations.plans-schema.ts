import { Type, type Static } from 'typebox'
import { CLUSTER_SIGHTS, FINDING_RULES, OBJECT_ACTIONS, PLAN_STATES, STACK_CHANGES } from '../../domain/change-plan.ts'
import { closed, Timestamp, Uuid } from '../../platform/schemas.ts'
import { orNull } from './operations.row.ts'

const Resource = Type.Object(
  {
    resource: Type.String(),
    kind: Type.String(),
    action: Type.String({ description: 'create, update, replace or delete, as the engine says it' }),
    changed: Type.Array(Type.String(), { description: 'Inputs that change' }),
    replacedFor: Type.Array(Type.String(), { description: 'Inputs for which it has to be replaced' }),
    wanted: Type.Union([Type.String(), Type.Null()], {
      description: 'Digest of its inputs afterwards; null: it is gone',
    }),
    protected: Type.Boolean({ description: 'Goes only when the approval names it' }),
  },
  closed,
)
const FieldChange = Type.Object(
  { path: Type.String(), before: orNull(Type.String()), after: orNull(Type.String()) },
  closed,
)
const ObjectChange = Type.Object(
  {
    object: Type.String(),
    action: Type.Enum(OBJECT_ACTIONS, { description: 'keep: it is what it is to be' }),
    version: Type.Union([Type.String(), Type.Null()], { description: 'What there is now; null: nothing' }),
    digest: Type.Union([Type.String(), Type.Null()], { description: 'What is rendered; null: nothing' }),
    changed: Type.Optional(Type.Array(Type.String(), { description: 'Fields that are added to one that is adopted' })),
    fields: Type.Array(FieldChange, {
      description: 'What changes of it, by a server-side dry run; values are JSON, those of secrets hidden',
    }),
  },
  closed,
)
const Content = Type.Object(
  {
    change: Type.Enum(STACK_CHANGES, { description: 'What becomes of the stack as a whole' }),
    stack: Type.String(),
    resources: Type.Array(Resource),
    engineHash: Type.String({ description: 'Of the preview alone: what the engine is held to' }),
    serial: Type.String({ description: 'Of the state that the preview started from' }),
    parts: Type.Array(Type.Object({ part: Type.String(), version: orNull(Type.String()) }, closed), {
      description: 'What the target has of the stack now',
    }),
    cluster: Type.Enum(CLUSTER_SIGHTS, { description: 'Whether objects could be compared with those in its cluster' }),
    objects: Type.Array(ObjectChange),
    terms: Type.Array(FieldChange, { description: 'What was asked for beside what holds: plan, limits, version' }),
    price: Type.Object(
      {
        fromMinor: Type.Integer(),
        toMinor: Type.Integer(),
        currency: Type.String(),
        quotedMinor: Type.Union([Type.Integer(), Type.Null()], {
          description: 'What the customer was quoted when it came; null: it came without a quote',
        }),
      },
      closed,
    ),
    blast: Type.Object(
      { tenants: Type.Integer({ minimum: 0 }) },
      { ...closed, description: 'Other tenants it touches' },
    ),
    findings: Type.Array(
      Type.Object(
        { rule: Type.Enum(FINDING_RULES), title: Type.String(), resources: Type.Array(Type.String()) },
        closed,
      ),
      { description: 'What an approval has to name' },
    ),
    conflicts: Type.Optional(
      Type.Array(Type.Object({ object: Type.String(), reason: Type.String() }, closed), {
        description: 'What stands against an adoption: as long as there is one, it cannot be approved',
      }),
    ),
  },
  closed,
)

export const ChangePlanView = Type.Object(
  {
    operationId: Uuid,
    number: Type.Integer({ minimum: 1, description: 'Which plan of the operation it is' }),
    state: Type.Enum(PLAN_STATES),
    hash: Type.Union([Type.String(), Type.Null()], {
      description: 'What an approval names; null: there is no plan yet',
    }),
    createdAt: Timestamp,
    madeAt: orNull(Timestamp),
    fault: Type.Union([Type.Object({ code: Type.String(), message: Type.String() }, closed), Type.Null()], {
      description: 'Why it could not be made',
    }),
    content: Type.Union([Content, Type.Null()]),
  },
  {
    $id: 'ChangePlan',
    ...closed,
    examples: [
      {
        operationId: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55',
        number: 1,
        state: 'planning' as const,
        hash: null,
        createdAt: '2026-11-22T09:30:00.000Z',
        madeAt: null,
        fault: null,
        content: null,
      },
    ],
  },
)
export type ChangePlanView = Static<typeof ChangePlanView>
