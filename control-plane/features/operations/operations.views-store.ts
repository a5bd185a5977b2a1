import { Type, type Static } from 'typebox'
import { processOf, type OperationKind } from '../../domain/operation-kinds.ts'
import type { UnitKind } from '../../domain/unit-kinds.ts'
import { STEP_STATES } from '../../domain/operation-states.ts'
import { query } from '../../platform/query.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import { join, sql } from '../../platform/sql.ts'
import { ANY_ID, OperationRow, operationColumns, orNull } from './operations.row.ts'
import { Approval as ApprovalView, OperationEvent, type ListOperations } from './operations.schema.ts'

/** How many past operations an estimate looks at. */
const HISTORY = 50

const ViewRow = Type.Object({
  ...OperationRow.properties,
  subject: Type.String(),
  approval: orNull(ApprovalView),
  stepsDone: Type.Array(Type.String()),
})
export type ViewRow = Static<typeof ViewRow>
const viewColumns = sql`${operationColumns},
  coalesce(
    (select t.slug from tenants t where t.id = o.tenant_id),
    (select u.name from units u where u.id = o.unit_id),
    o.unit_id::text) as subject,
  (select jsonb_build_object('expiresAt', to_char(a.expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
            'decision', a.decision, 'decidedBy', a.decided_by,
            'decidedAt', to_char(a.decided_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'reason', a.reason)
     from operation_approvals a where a.operation_id = o.id) as approval,
  array(select distinct s.step from operation_steps s where s.operation_id = o.id and s.state = 'succeeded') as "stepsDone"`

const get = query({
  name: 'operations.get',
  row: ViewRow,
  sample: [ANY_ID] as [id: string],
  sql: (id) => sql`select ${viewColumns} from operations o where o.id = ${id}`,
})

type Filters = Pick<ListOperations, 'state' | 'kind' | 'tenant' | 'unit' | 'since'>
const list = query({
  name: 'operations.list',
  row: ViewRow,
  sample: [
    { state: 'queued', kind: 'cell.create', tenant: ANY_ID, unit: ANY_ID, since: '2026-01-01T00:00:00Z' },
    1,
    1,
  ] as [filters: Filters, before: number | undefined, limit: number],
  sql: ({ state, kind, tenant, unit, since }, before, limit) => {
    const conditions = [
      sql`true`,
      ...(state === undefined ? [] : [sql`o.state = ${state}`]),
      ...(kind === undefined ? [] : [sql`o.kind = ${kind}`]),
      ...(tenant === undefined ? [] : [sql`o.tenant_id = ${tenant}::uuid`]),
      ...(unit === undefined ? [] : [sql`o.unit_id = ${unit}::uuid`]),
      ...(since === undefined ? [] : [sql`o.created_at >= ${since}::timestamptz`]),
      ...(before === undefined ? [] : [sql`o.sequence < ${before}`]),
    ]
    return sql`select ${viewColumns} from operations o where ${join(conditions, ' and ')} order by o.sequence desc limit ${limit}`
  },
})

const StepRow = Type.Object({
  step: Type.String(),
  attempt: Type.Integer(),
  state: Type.Enum(STEP_STATES),
  startedAt: Timestamp,
  finishedAt: orNull(Timestamp),
  elapsedMs: Type.Integer(),
  errorCode: orNull(Type.String()),
  errorMessage: orNull(Type.String()),
})
export type StepRow = Static<typeof StepRow>

/** The latest attempt of each step, in the order in which they began. */
const steps = query({
  name: 'operations.steps',
  row: StepRow,
  sample: [ANY_ID] as [operationId: string],
  sql: (operationId) => sql`
    select * from (
      select distinct on (step) step, attempt, state, started_at as "startedAt", finished_at as "finishedAt",
             (extract(epoch from coalesce(finished_at, now()) - started_at) * 1000)::int as "elapsedMs",
             error_code as "errorCode", error_message as "errorMessage"
        from operation_steps where operation_id = ${operationId} order by step, attempt desc) as latest
     order by "startedAt", step`,
})

/** Milliseconds of each step in the latest successful operations of a kind, on units of a kind. */
const history = query({
  name: 'operations.step-history',
  row: Type.Object({ step: Type.String(), durations: Type.Array(Type.Number()) }),
  sample: ['cell.create', 'cell'] as [kind: OperationKind, unit: UnitKind],
  sql: (kind, unit) => sql`
    with past as (select id from operations where kind = ${kind} and unit_kind = ${unit} and state = 'succeeded' order by finished_at desc limit ${HISTORY})
    select step, array_agg((extract(epoch from finished_at - started_at) * 1000)::float8) as durations
      from operation_steps where operation_id in (select id from past) and state = 'succeeded' group by step`,
})

/**
 * The latest operation that came after this one and touched what this one needed alone.
 * A provisioning cannot be asked for anew (its slug is taken), so what came to nothing behind it does not overtake it: the
 * suspension that found no tenant, the removal that was cancelled. What waits for an approval, or never got it, overtakes nothing.
 */
const overtakenBy = query({
  name: 'operations.overtaken-by',
  row: Type.Object({ id: Uuid, kind: OperationRow.properties.kind }),
  sample: [ANY_ID] as [operationId: string],
  sql: (operationId) => sql`
    select later.id, later.kind
      from operations o
      join operation_subjects mine on mine.operation_id = o.id and mine.mode = 'exclusive'
      join operation_subjects theirs on theirs.subject = mine.subject and theirs.operation_id <> o.id
      join operations later on later.id = theirs.operation_id and later.sequence > o.sequence
     where o.id = ${operationId}
       and later.state <> 'waiting'
       and not exists (select 1 from operation_approvals a where a.operation_id = later.id and later.finished_at is not null and later.admitted_at is null)
       and not (o.kind in ('tenant.provision', 'tenant.adopt') and later.kind <> o.kind and later.state in ('failed', 'cancelled'))
     order by later.sequence desc limit 1`,
})

/** Whether a step was ever begun. */
const begun = query({
  name: 'operations.step-begun',
  row: Type.Object({ begun: Type.Boolean() }),
  sample: [ANY_ID, 'x'] as [operationId: string, step: string],
  sql: (operationId, step) => sql`
    select exists (select 1 from operation_steps where operation_id = ${operationId} and step = ${step}) as begun`,
})

/** Serialises with steps that begin and with closing. */
const lockForCancel = query({
  name: 'operations.lock-for-cancel',
  row: OperationRow,
  sample: [ANY_ID] as [id: string],
  sql: (id) => sql`select ${operationColumns} from operations o where o.id = ${id} for no key update`,
})

const events = query({
  name: 'operations.events',
  row: Type.Object(OperationEvent.properties),
  sample: [ANY_ID, 0, 1] as [operationId: string, after: number, limit: number],
  sql: (operationId, after, limit) => sql`
    select sequence, type, at, data from operation_events
     where operation_id = ${operationId} and sequence > ${after} order by sequence limit ${limit}`,
})

const eventsHead = query({
  name: 'operations.events-head',
  row: Type.Object({ finished: Type.Boolean(), last: Type.Integer() }),
  sample: [ANY_ID] as [id: string],
  sql: (id) => sql`select finished_at is not null as finished, event_sequence as last from operations where id = ${id}`,
})

export const viewsStore = { get, list, steps, history, overtakenBy, begun, lockForCancel, events, eventsHead }

export const declaredSteps = (kind: OperationKind, unit: UnitKind): readonly string[] =>
  processOf(kind, unit).steps.map(({ step }) => step)
