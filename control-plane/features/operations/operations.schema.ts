import { Type, type Static } from 'typebox'
import { APPROVAL_DECISIONS } from '../../domain/approvals.ts'
import { OPERATION_KINDS } from '../../domain/operation-kinds.ts'
import { OPERATION_STATES, STEP_STATES } from '../../domain/operation-states.ts'
import { closed, pageOf, pageQuery, Timestamp, Uuid } from '../../platform/schemas.ts'
import { orNull } from './operations.row.ts'

const id = '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55'
const at = '2026-11-22T09:30:00.000Z'

const example = {
  id,
  kind: 'tenant.suspend',
  state: 'running',
  subject: 'acme',
  tenantId: id,
  unitId: id,
  region: 'local-1',
  progress: { done: 1, total: 2 },
  behind: null,
  retryOf: null,
  requestedBy: id,
  approval: null,
  error: null,
  createdAt: at,
  admittedAt: at,
  cancelRequestedAt: null,
  finishedAt: null,
} as const

const Fault = Type.Object(
  {
    code: Type.String({ description: 'Stable; what programs compare' }),
    message: Type.String({ description: 'What happened and what to do' }),
  },
  closed,
)
const Progress = Type.Object(
  { done: Type.Integer({ minimum: 0 }), total: Type.Integer({ minimum: 0 }) },
  { ...closed, description: 'Steps done, of all that the kind has' },
)

/** The approval that an operation asked for. */
export const Approval = Type.Object(
  {
    expiresAt: Type.String({ format: 'date-time', description: 'Without a decision by then it is cancelled' }),
    decision: Type.Union([Type.Enum(APPROVAL_DECISIONS), Type.Null()], {
      description: 'Null: it waits for an operator other than the one who asked, who may operations:approve',
    }),
    decidedBy: Type.Union([Uuid, Type.Null()], { description: 'The operator who decided; null: nobody, or time' }),
    decidedAt: orNull(Timestamp),
    reason: Type.Union([Type.String(), Type.Null()], { description: 'Why it was rejected' }),
  },
  closed,
)

export const Operation = Type.Object(
  {
    id: Uuid,
    kind: Type.Enum(OPERATION_KINDS),
    state: Type.Enum(OPERATION_STATES),
    subject: Type.String({ description: 'What it is about: the slug of its tenant, or the name of its unit' }),
    tenantId: orNull(Uuid),
    unitId: Uuid,
    region: Type.String(),
    progress: Progress,
    behind: Type.Union([Uuid, Type.Null()], { description: 'While queued: the operation that it queued behind' }),
    retryOf: Type.Union([Uuid, Type.Null()], { description: 'The operation that this one repeats' }),
    requestedBy: Type.Union([Uuid, Type.Null()], { description: 'The operator who asked for it' }),
    approval: Type.Union([Approval, Type.Null()], { description: 'Null: it needs nobody’s approval' }),
    error: Type.Union([Fault, Type.Null()]),
    createdAt: Timestamp,
    admittedAt: Type.Union([Timestamp, Type.Null()], { description: 'When its turn came' }),
    cancelRequestedAt: orNull(Timestamp),
    finishedAt: orNull(Timestamp),
  },
  { $id: 'Operation', ...closed, examples: [example] },
)
export type Operation = Static<typeof Operation>

const Step = Type.Object(
  {
    step: Type.String(),
    title: Type.String(),
    state: Type.Enum(['pending', ...STEP_STATES]),
    attempt: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
      description: 'The attempt shown, the latest; null: not begun',
    }),
    startedAt: orNull(Timestamp),
    finishedAt: orNull(Timestamp),
    error: Type.Union([Fault, Type.Null()]),
  },
  closed,
)
export type Step = Static<typeof Step>

export const OperationDetail = Type.Object(
  {
    ...Operation.properties,
    input: Type.Unknown({ description: 'What was asked for' }),
    traceId: Type.Union([Type.String(), Type.Null()], {
      description: 'The trace in which it was asked for and is carried out; log lines name it, too',
    }),
    steps: Type.Array(Step, { description: 'The steps of its kind in order, then what was undone or done besides' }),
    timeRemaining: Type.Union([Type.Object({ p50Ms: Type.Integer(), p95Ms: Type.Integer() }, closed), Type.Null()], {
      description:
        'From past successful operations of this kind, while it runs; null: not running, or too little history',
    }),
    pointOfNoReturn: Type.Union([Type.String(), Type.Null()], {
      description: 'From this step on it cannot be cancelled; null: it always can',
    }),
    cancellable: Type.Boolean(),
    retryable: Type.Boolean({ description: 'Failed or cancelled, and nothing later has overtaken it' }),
  },
  {
    $id: 'OperationDetail',
    ...closed,
    examples: [
      {
        ...example,
        input: {},
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        steps: [
          {
            step: 'publish-tenant',
            title: 'Publish the tenant',
            state: 'succeeded',
            attempt: 1,
            startedAt: at,
            finishedAt: at,
            error: null,
          },
          {
            step: 'probe-refusing',
            title: 'Request its address',
            state: 'running',
            attempt: 1,
            startedAt: at,
            finishedAt: null,
            error: null,
          },
        ],
        timeRemaining: { p50Ms: 120, p95Ms: 480 },
        pointOfNoReturn: null,
        cancellable: true,
        retryable: false,
      },
    ],
  },
)
export type OperationDetail = Static<typeof OperationDetail>

export const OperationPage = pageOf('Operation', Operation)

const OperationFilters = {
  state: Type.Optional(Type.Enum(OPERATION_STATES)),
  kind: Type.Optional(Type.Enum(OPERATION_KINDS)),
  tenant: Type.Optional(Type.String({ format: 'uuid', description: 'Id of a tenant' })),
  unit: Type.Optional(
    Type.String({ format: 'uuid', description: 'Id of a unit: what ran on it, its tenants’ operations included' }),
  ),
  since: Type.Optional(Type.String({ format: 'date-time', description: 'Asked for at or after this time' })),
} as const
export const ListOperations = Type.Object({ ...OperationFilters, ...pageQuery }, closed)
export type ListOperations = Static<typeof ListOperations>

const PlanLookedAt = Type.Object(
  {
    plan: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Hash of the change plan' })),
    release: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
        maxItems: 50,
        description: 'Protected resources that may be replaced or deleted',
      }),
    ),
  },
  { $id: 'ApproveOperation', ...closed, examples: [{ plan: 'ab'.repeat(32), release: ['acme-db'] }] },
)
/** The change plan that somebody looked at before agreeing. Only what changes a dedicated stack has one: elsewhere no body is needed. */
export const ApproveOperation = Type.Unsafe<Static<typeof PlanLookedAt> | null>({
  ...PlanLookedAt,
  type: ['object', 'null'],
})

/** Why an operation that somebody else asked for shall not run. */
export const RejectOperation = Type.Object(
  {
    reason: Type.String({
      minLength: 1,
      maxLength: 500,
      pattern: '\\S',
      description: 'What the one who asked has to know',
    }),
  },
  { $id: 'RejectOperation', ...closed, examples: [{ reason: 'The contract runs until the end of the year' }] },
)

export const OperationParams = Type.Object({ id: Uuid })
export const EventsHeaders = Type.Object({
  'last-event-id': Type.Optional(
    Type.Integer({ minimum: 0, description: 'Number of the last event seen: what came after it is sent' }),
  ),
})

/** One event as stored; on the wire its number is the SSE `id`, its type the SSE `event`, and `data` is this object as JSON. */
export const OperationEvent = Type.Object(
  { sequence: Type.Integer(), type: Type.String(), at: Timestamp, data: Type.Unknown() },
  {
    $id: 'OperationEvent',
    ...closed,
    examples: [
      {
        sequence: 2,
        type: 'step.running',
        at,
        data: { step: 'publish-tenant', title: 'Publish the tenant', attempt: 1 },
      },
    ],
  },
)
export type OperationEvent = Static<typeof OperationEvent>
