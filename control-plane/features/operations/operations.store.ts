import { Type, type Static } from 'typebox'
import { OPERATION_KINDS, type Claim, type OperationKind } from '../../domain/operation-kinds.ts'
import { OPEN_STATES, type OperationOutcome } from '../../domain/operation-states.ts'
import { UNIT_KINDS } from '../../domain/unit-kinds.ts'
import { query } from '../../platform/query.ts'
import type { Json } from '../../platform/json.ts'
import { Uuid } from '../../platform/schemas.ts'
import type { Subject } from '../../domain/subjects.ts'
import { sql, type Sql } from '../../platform/sql.ts'
import { ANY_ID, EVENTS_CHANNEL, OPERATIONS_CHANNEL, OperationRow, operationColumns, orNull } from './operations.row.ts'

/** An open operation as admission sees it. */
export const OpenOperation = Type.Object({
  id: Uuid,
  sequence: Type.Integer(),
  kind: Type.Enum(OPERATION_KINDS),
  tenantId: orNull(Uuid),
  unitId: Uuid,
  otherUnitId: orNull(Uuid),
  state: Type.Enum(OPEN_STATES),
  cancelling: Type.Boolean(),
})
export type OpenOperation = Static<typeof OpenOperation>

export const subjectsOf = (claims: readonly Claim[]): readonly Subject[] => claims.map(({ subject }) => subject)
const modesOf = (claims: readonly Claim[]) => claims.map(({ mode }) => mode)
const asRows = (claims: readonly Claim[]) =>
  sql`unnest(${subjectsOf(claims)}::text[], ${modesOf(claims)}::text[]) as claim (subject, mode)`
const SAMPLE_CLAIMS: readonly Claim[] = [{ subject: 'unit:x', mode: 'exclusive' }]

/** An exclusive claim spans everything; shared ones lie side by side, each in a slot of its own. */
export const insertClaims = (operationId: Sql, claims: readonly Claim[]) => sql`
  insert into operation_claims (operation_id, subject, mode, span)
  select ${operationId}, subject, mode, case mode when 'exclusive' then int8range(0, null) else int8range(slot, slot + 1) end
    from (select subject, mode, nextval('claim_slots') as slot from ${asRows(claims)}) as slots`

/** Notifications are sent at commit, and not at all after a rollback. */
export const wakeRelays = sql`pg_notify(${OPERATIONS_CHANNEL}, '')`
export const wakeSubscribers = sql`pg_notify(${EVENTS_CHANNEL}, o.id::text)`
const told = Type.Boolean()

/**
 * One statement makes and locks the rows: a conflict locks the row even when the condition then leaves it unchanged, so that
 * nothing is rewritten. Rows come in the order of the array, which is sorted.
 */
const lock = query({
  name: 'operations.lock-subjects',
  row: Type.Object({}),
  sample: [['unit:x']] as [subjects: readonly Subject[]],
  sql: (subjects) => sql`
    insert into subject_locks (subject) select distinct subject from unnest(${subjects}::text[]) as subject order by subject
    on conflict (subject) do update set subject = excluded.subject where false`,
})

/** The same for what an operation touches. */
const lockOf = query({
  name: 'operations.lock-subjects-of',
  row: Type.Object({}),
  sample: [ANY_ID] as [operationId: string],
  sql: (operationId) => sql`
    insert into subject_locks (subject) select subject from operation_subjects where operation_id = ${operationId} order by subject
    on conflict (subject) do update set subject = excluded.subject where false`,
})

const openColumns = sql`
  o.id, o.sequence, o.kind, o.tenant_id as "tenantId", o.unit_id as "unitId", o.other_unit_id as "otherUnitId", o.state, o.cancel_requested_at is not null as cancelling`

/** Oldest first: the open operations with which these claims conflict, and the operation's own when it is open. */
const openBeside = query({
  name: 'operations.open-beside',
  row: OpenOperation,
  sample: [SAMPLE_CLAIMS] as [claims: readonly Claim[]],
  sql: (claims) => sql`
    select ${openColumns} from operations o
     where o.finished_at is null and o.state in ('queued', 'running')
       and exists (select 1 from operation_subjects s join ${asRows(claims)} on claim.subject = s.subject
                    where s.operation_id = o.id and (s.mode = 'exclusive' or claim.mode = 'exclusive'))
     order by o.sequence`,
})

/** Every open operation, when at least one is queued: what a round of promotion looks at. Oldest first. */
const openWhenQueued = query({
  name: 'operations.open-when-queued',
  row: OpenOperation,
  sample: [] as [],
  sql: () => sql`
    select ${openColumns} from operations o
     where o.finished_at is null and o.state in ('queued', 'running')
       and exists (select 1 from operations waiting where waiting.finished_at is null and waiting.state = 'queued')
     order by o.sequence`,
})

export type NewOperation = {
  id: string
  kind: OperationKind
  tenantId: string | null
  unitId: string
  otherUnitId?: string | null
  region: string
  input: Json
  requestedBy: string | null
  requestId: string | null
  retryOf: string | null
  traceParent: string | null
  /** Null: it starts at once and takes its claims. */
  behind: string | null
  /** Until when somebody has to approve; null: nobody has to, it starts or queues at once. */
  waitsUntil: string | null
  claims: readonly Claim[]
}
const SAMPLE: NewOperation = {
  id: ANY_ID, kind: 'cell.create', tenantId: null, unitId: ANY_ID, region: '', input: {}, requestedBy: null, requestId: null,
  retryOf: null, traceParent: null, behind: null, waitsUntil: null, claims: SAMPLE_CLAIMS,
} // prettier-ignore

/** What an operation's unit is; no row: it is yet to be made, and is a cell. */
const unitKind = query({
  name: 'operations.unit-kind',
  row: Type.Object({ kind: Type.Enum(UNIT_KINDS) }),
  sample: [ANY_ID] as [unitId: string],
  sql: (unitId) => sql`select kind from units where id = ${unitId}`,
})

/** The operation with its subjects, its claims when it starts, its first event and the wake-up of the relays. */
const insert = query({
  name: 'operations.insert',
  row: Type.Object({ ...OperationRow.properties, told }),
  sample: [SAMPLE] as [operation: NewOperation],
  sql: (op) => sql`
    with o as (
      insert into operations (id, kind, tenant_id, unit_id, other_unit_id, unit_kind, region, state, input, epoch, admitted_at, requested_by, request_id, retry_of, trace_parent, behind, event_sequence)
      select ${op.id}::uuid, ${op.kind}::text, ${op.tenantId}::uuid, ${op.unitId}::uuid, ${op.otherUnitId ?? null}::uuid,
             coalesce((select kind from units where id = ${op.unitId}::uuid), 'cell'), ${op.region}::text,
             case when waits then 'waiting' when starts then 'running' else 'queued' end, ${JSON.stringify(op.input)}::jsonb,
             case when starts then nextval('operation_epochs') end, case when starts then now() end,
             ${op.requestedBy}::uuid, ${op.requestId}::text, ${op.retryOf}::uuid, ${op.traceParent}::text, ${op.behind}::uuid, 1
        from (select ${op.waitsUntil}::timestamptz is not null as waits,
                     ${op.behind}::uuid is null and ${op.waitsUntil}::timestamptz is null as starts) as decision
      returning *
    ), subjects as (
      insert into operation_subjects (operation_id, subject, mode) select ${op.id}::uuid, subject, mode from ${asRows(op.claims)}
    ), claims as (
      ${insertClaims(sql`${op.id}::uuid`, op.behind === null && op.waitsUntil === null ? op.claims : [])}
    ), event as (
      insert into operation_events (operation_id, sequence, tenant_id, type, data)
      select id, 1, tenant_id, 'operation.' || state, jsonb_strip_nulls(jsonb_build_object('behind', behind, 'retryOf', retry_of, 'waitsUntil', ${op.waitsUntil}::timestamptz)) from o
    )
    select ${operationColumns}, ${wakeRelays} is null as told from o`,
})

/** A queued operation takes its claims and its epoch; no row: it is not queued any more, or was asked to stop. */
const start = query({
  name: 'operations.start',
  row: Type.Object({ ...OperationRow.properties, told, heard: told }),
  sample: [ANY_ID, SAMPLE_CLAIMS] as [id: string, claims: readonly Claim[]],
  sql: (id, claims) => sql`
    with o as (
      update operations set state = 'running', epoch = nextval('operation_epochs'), admitted_at = now(), event_sequence = event_sequence + 1
       where id = ${id} and state = 'queued' and cancel_requested_at is null
      returning *
    ), claims as (
      ${insertClaims(sql`(select id from o)`, claims)} where exists (select 1 from o)
    ), event as (
      insert into operation_events (operation_id, sequence, tenant_id, type, data)
      select id, event_sequence, tenant_id, 'operation.running', '{}' from o
    )
    select ${operationColumns}, ${wakeRelays} is null as told, ${wakeSubscribers} is null as heard from o`,
})

/** Asks open operations to stop; those already asked or ended stay as they are. */
const askToStop = query({
  name: 'operations.ask-to-stop',
  row: Type.Object({ id: Uuid, told, heard: told }),
  sample: [[ANY_ID], {}] as [ids: readonly string[], why: Json],
  sql: (ids, why) => sql`
    with o as (
      update operations set cancel_requested_at = now(), event_sequence = event_sequence + 1
       where id = any(${ids}::uuid[]) and finished_at is null and cancel_requested_at is null
      returning *
    ), event as (
      insert into operation_events (operation_id, sequence, tenant_id, type, data)
      select id, event_sequence, tenant_id, 'operation.cancel-requested', ${JSON.stringify(why)}::jsonb from o
    )
    select o.id, ${wakeRelays} is null as told, ${wakeSubscribers} is null as heard from o`,
})

const find = query({
  name: 'operations.find',
  row: OperationRow,
  sample: [ANY_ID] as [id: string],
  sql: (id) => sql`select ${operationColumns} from operations o where o.id = ${id}`,
})

/** Stronger than the key-share lock of effects in progress: closing waits for them, asking to stop does not. */
const lockForClosing = query({
  name: 'operations.lock-for-closing',
  row: OperationRow,
  sample: [ANY_ID] as [id: string],
  sql: (id) => sql`select ${operationColumns} from operations o where o.id = ${id} for update`,
})

/** The end: outcome, claims released, steps left open marked, last event. The caller holds the row. */
const finish = query({
  name: 'operations.finish',
  row: Type.Object({ ...OperationRow.properties, told, heard: told }),
  sample: [ANY_ID, 'failed', { code: '', message: '' }] as [
    id: string,
    outcome: OperationOutcome,
    error: { code: string; message: string } | null,
  ],
  sql: (id, outcome, error) => sql`
    with o as (
      update operations set state = ${outcome}, finished_at = now(), error_code = ${error?.code ?? null}::text,
             error_message = ${error?.message ?? null}::text, event_sequence = event_sequence + 1
       where id = ${id} and finished_at is null
      returning *
    ), released as (
      delete from operation_claims where operation_id = ${id}
    ), left_open as (
      update operation_steps set state = 'failed', finished_at = now(), error_code = 'step.unfinished',
             error_message = 'The operation ended before this step reported its end'
       where operation_id = ${id} and state = 'running'
    ), event as (
      insert into operation_events (operation_id, sequence, tenant_id, type, data)
      select id, event_sequence, tenant_id, 'operation.' || state,
             jsonb_strip_nulls(jsonb_build_object('error', case when error_code is not null
               then jsonb_build_object('code', error_code, 'message', error_message) end)) from o
    )
    select ${operationColumns}, ${wakeRelays} is null as told, ${wakeSubscribers} is null as heard from o`,
})

/** For what follows in this transaction: should someone hold rows that the hooks want, and wait for ours, we give way. */
const yieldSoon = query({
  name: 'operations.yield-soon',
  row: Type.Object({ timeout: Type.String() }),
  sample: [] as [],
  sql: () => sql`select set_config('lock_timeout', '250ms', true) as timeout`,
})

export const operationsStore = {
  lock,
  lockOf,
  openBeside,
  openWhenQueued,
  unitKind,
  insert,
  start,
  askToStop,
  find,
  lockForClosing,
  finish,
  yieldSoon,
}
