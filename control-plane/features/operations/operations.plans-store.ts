import { Type, type Static } from 'typebox'
import { PLAN_STATES, type ChangePlan } from '../../domain/change-plan.ts'
import { OPERATION_KINDS } from '../../domain/operation-kinds.ts'
import { UNIT_KINDS } from '../../domain/unit-kinds.ts'
import { query } from '../../platform/query.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import { sql, type Sql } from '../../platform/sql.ts'
import { BATCH } from './operations.relay-store.ts'
import { ANY_ID, orNull } from './operations.row.ts'
import { wakeRelays, wakeSubscribers } from './operations.store.ts'

const NOW = '2026-01-01T00:00:00Z'
const told = Type.Boolean()

const PlanRow = Type.Object({
  id: Uuid,
  operationId: Uuid,
  number: Type.Integer(),
  state: Type.Enum(PLAN_STATES),
  hash: orNull(Type.String()),
  content: Type.Unsafe<ChangePlan | null>(Type.Unknown()), // written by `keep`, and by nothing else
  faultCode: orNull(Type.String()),
  faultMessage: orNull(Type.String()),
  createdAt: Timestamp,
  madeAt: orNull(Timestamp),
})
export type PlanRow = Static<typeof PlanRow>
const columns = sql`
  id, operation_id as "operationId", number, state, hash, content, fault_code as "faultCode", fault_message as "faultMessage",
  created_at as "createdAt", made_at as "madeAt"`

/** The plan of an operation that counts now; no row: it has none. Read under the row lock of the operation to decide by it. */
const current = query({
  name: 'plans-of-change.current',
  row: PlanRow,
  sample: [ANY_ID] as [operationId: string],
  sql: (operationId) =>
    sql`select ${columns} from change_plans where operation_id = ${operationId} and superseded_at is null`,
})

/** Under the row lock of the operation: what was planned before counts no more. */
const supersede = query({
  name: 'plans-of-change.supersede',
  row: Type.Object({}),
  sample: [ANY_ID, NOW] as [operationId: string, now: string],
  sql: (operationId, now) => sql`
    update change_plans set superseded_at = ${now}::timestamptz where operation_id = ${operationId} and superseded_at is null`,
})

/** Asks for the next plan of an operation; the relays start who makes it. */
const want = query({
  name: 'plans-of-change.want',
  row: Type.Object({ ...PlanRow.properties, told }),
  sample: [ANY_ID, ANY_ID, NOW] as [id: string, operationId: string, now: string],
  sql: (id, operationId, now) => sql`
    insert into change_plans (id, operation_id, tenant_id, number, created_at)
    select ${id}::uuid, o.id, o.tenant_id, 1 + (select count(*) from change_plans p where p.operation_id = o.id), ${now}::timestamptz
      from operations o where o.id = ${operationId}
    returning ${columns}, ${wakeRelays} is null as told`,
})

/**
 * What an operation would change is only known once what was asked for before it on the same unit has been done, or waits for a person: of an
 * instance also what was not planned. A removal waits for nothing: it may stop what is at work.
 */
const itsTurn = sql`
  (o.unit_kind <> 'instance' or not exists (
    select 1 from operations e where o.unit_id in (e.unit_id, e.other_unit_id) and e.id <> o.id and e.finished_at is null
       and e.state in ('queued', 'running')))
  and
  (o.kind = 'tenant.decommission' or not exists (
    select 1 from operations e join change_plans c on c.operation_id = e.id and c.superseded_at is null
      join operation_approvals a on a.operation_id = e.id
     where (o.unit_id in (e.unit_id, e.other_unit_id) or e.unit_id = o.other_unit_id)
       and e.finished_at is null and e.id <> o.id
       and (e.state in ('queued', 'running')
            or (e.state = 'waiting' and e.sequence < o.sequence and e.cancel_requested_at is null
                and (a.decision = 'approved' or (a.rule = 'none' and a.decision is null and c.state <> 'ready'))))))`

/** Asked for, its turn, and nobody was told yet. */
const undelivered = query({
  name: 'plans-of-change.undelivered',
  row: Type.Object({
    planId: Uuid,
    number: Type.Integer(),
    operationId: Uuid,
    kind: Type.Enum(OPERATION_KINDS),
    tenantId: orNull(Uuid),
    unitId: Uuid,
    unitKind: Type.Enum(UNIT_KINDS),
    unasked: Type.Boolean(),
    traceParent: orNull(Type.String()),
  }),
  sample: [] as [],
  sql: () => sql`
    select p.id as "planId", p.number, o.id as "operationId", o.kind, o.tenant_id as "tenantId", o.unit_id as "unitId",
           o.unit_kind as "unitKind", o.trace_parent as "traceParent",
           exists (select 1 from operation_approvals a where a.operation_id = o.id and a.rule = 'none') as unasked
      from change_plans p join operations o on o.id = p.operation_id
     where p.delivered_at is null and p.state = 'planning' and p.superseded_at is null and o.state = 'waiting' and ${itsTurn}
     order by p.created_at limit ${BATCH}`,
})

const markDelivered = query({
  name: 'plans-of-change.mark-delivered',
  row: Type.Object({}),
  sample: [[ANY_ID]] as [ids: readonly string[]],
  sql: (ids) =>
    sql`update change_plans set delivered_at = now() where id = any(${ids}::uuid[]) and delivered_at is null`,
})

/** Asked for some time ago and not made yet: whoever makes it must be at work, or is lost. */
const unattended = query({
  name: 'plans-of-change.unattended',
  row: Type.Object({ planId: Uuid, operationId: Uuid }),
  sample: [ANY_ID, 1000] as [afterId: string, graceMs: number],
  sql: (afterId, graceMs) => sql`
    select p.id as "planId", p.operation_id as "operationId"
      from change_plans p join operations o on o.id = p.operation_id
     where p.state = 'planning' and p.superseded_at is null and o.state = 'waiting' and p.id > ${afterId}::uuid
       and p.delivered_at < now() - make_interval(secs => ${graceMs}::double precision / 1000)
     order by p.id limit ${BATCH}`,
})

const Unmade = Type.Object({ planId: Uuid, operationId: Uuid, code: Type.String(), message: Type.String() })
export type Unmade = Static<typeof Unmade>
/** Could not be made, of operations that wait for nothing else: nobody is asked, so that nobody looks. */
const unmade = query({
  name: 'plans-of-change.unmade',
  row: Unmade,
  sample: [] as [],
  sql: () => sql`
    select p.id as "planId", o.id as "operationId", p.fault_code as code, coalesce(p.fault_message, '') as message
      from change_plans p join operations o on o.id = p.operation_id join operation_approvals a on a.operation_id = o.id
     where p.state = 'failed' and p.superseded_at is null and o.state = 'waiting' and o.cancel_requested_at is null
       and a.rule = 'none' and a.decision is null
     order by o.sequence limit ${BATCH}`,
})

/** How many plans of an operation have ended with this code. */
const failedWith = query({
  name: 'plans-of-change.failed-with',
  row: Type.Object({ times: Type.Integer() }),
  sample: [ANY_ID, ''] as [operationId: string, code: string],
  sql: (operationId, code) => sql`
    select count(*)::int as times from change_plans where operation_id = ${operationId} and fault_code = ${code}`,
})

/** How a plan that was asked for ends, once; no row: it had ended before, or is wanted no more. Tells the relays and whoever watches. */
const ended = (id: string, now: string, { set, event, told: said }: { set: Sql; event: string; told: Sql }) => sql`
    with p as (
      update change_plans set ${set}, made_at = ${now}::timestamptz
       where id = ${id} and state = 'planning' and superseded_at is null
      returning operation_id, jsonb_build_object('number', number) || ${said} as data
    ), o as (
      update operations set event_sequence = event_sequence + 1 where id in (select operation_id from p) returning *
    ), event as (
      insert into operation_events (operation_id, sequence, tenant_id, type, data)
      select o.id, event_sequence, tenant_id, ${event}, p.data from o, p
    )
    select o.id as "operationId", ${wakeRelays} is null as told, ${wakeSubscribers} is null as heard from o`
const Ended = Type.Object({ operationId: Uuid, told, heard: told })

export type Made = { hash: string; content: ChangePlan }
/** Keeps what was found. */
const keep = query({
  name: 'plans-of-change.keep',
  row: Ended,
  sample: [ANY_ID, { hash: '', content: {} as ChangePlan }, NOW] as [id: string, made: Made, now: string],
  sql: (id, { hash, content }, now) =>
    ended(id, now, {
      set: sql`state = 'ready', hash = ${hash}, content = ${JSON.stringify(content)}::jsonb`,
      event: 'plan.ready',
      told: sql`jsonb_build_object('hash', hash)`,
    }),
})

/** Keeps why there is no plan. */
const fail = query({
  name: 'plans-of-change.fail',
  row: Ended,
  sample: [ANY_ID, { code: '', message: '' }, NOW] as [
    id: string,
    fault: { code: string; message: string },
    now: string,
  ],
  sql: (id, { code, message }, now) =>
    ended(id, now, {
      set: sql`state = 'failed', fault_code = ${code}, fault_message = ${message}`,
      event: 'plan.failed',
      told: sql`jsonb_build_object('code', fault_code)`,
    }),
})

const ApprovedPlan = Type.Object({
  planId: Uuid,
  hash: Type.String(),
  content: Type.Unsafe<ChangePlan>(Type.Unknown()), // written by `keep`, and by nothing else
  release: Type.Array(Type.String()),
  begun: Type.Boolean(),
})
export type ApprovedPlan = Static<typeof ApprovedPlan>
/** What was approved of an operation; no row: it was approved before there were plans, or needs none. */
const approved = query({
  name: 'plans-of-change.approved',
  row: ApprovedPlan,
  sample: [ANY_ID] as [operationId: string],
  sql: (operationId) => sql`
    select p.id as "planId", p.hash, p.content, a.release, p.begun_at is not null as begun
      from operation_approvals a join change_plans p on p.operation_id = a.operation_id and p.hash = a.plan_hash and p.superseded_at is null
     where a.operation_id = ${operationId} and a.decision = 'approved'`,
})

const begin = query({
  name: 'plans-of-change.begin',
  row: Type.Object({}),
  sample: [ANY_ID, NOW] as [id: string, now: string],
  sql: (id, now) => sql`update change_plans set begun_at = ${now}::timestamptz where id = ${id} and begun_at is null`,
})

export const plansStore = {
  current,
  supersede,
  want,
  undelivered,
  markDelivered,
  unattended,
  unmade,
  failedWith,
  keep,
  fail,
  approved,
  begin,
}
