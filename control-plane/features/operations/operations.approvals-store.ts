import { Type } from 'typebox'
import { APPROVAL_DECISIONS, APPROVAL_RULES, type ApprovalDecision, type ApprovalRule } from '../../domain/approvals.ts'
import type { PlanNamed } from '../../domain/change-plan.ts'
import type { Claim, OperationKind } from '../../domain/operation-kinds.ts'
import type { Json } from '../../platform/json.ts'
import { query } from '../../platform/query.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'
import { BATCH } from './operations.relay-store.ts'
import { ANY_ID, OperationRow, operationColumns, orNull } from './operations.row.ts'
import { insertClaims, wakeRelays, wakeSubscribers } from './operations.store.ts'

const told = Type.Boolean()
const NOW = '2026-01-01T00:00:00Z'

const Approval = Type.Object({
  expiresAt: Timestamp,
  decision: orNull(Type.Enum(APPROVAL_DECISIONS)),
  reason: orNull(Type.String()),
  rule: Type.Enum(APPROVAL_RULES),
  planHash: orNull(Type.String()),
})

/** The approval of one operation; no row: it never needed one. Read under the row lock of the operation. */
const find = query({
  name: 'approvals.find',
  row: Approval,
  sample: [ANY_ID] as [operationId: string],
  sql: (operationId) => sql`
    select expires_at as "expiresAt", decision, reason, rule, plan_hash as "planHash" from operation_approvals where operation_id = ${operationId}`,
})

type Wish = { kind: OperationKind; tenantId: string | null; unitId: string; input: Json }
/** Whatever else was asked for: who is asked twice to remove something is asked once. */
const ENDINGS = ['tenant.decommission', 'cell.retire'] as const satisfies readonly OperationKind[]
/**
 * The same wish that waits already and may still be approved. What else waits for the same must not have come after it, because
 * then the first would be done in its place; and it has to lead to the same.
 */
const pendingLike = query({
  name: 'approvals.pending-like',
  row: Type.Object({ id: Uuid }),
  sample: [{ kind: 'cell.retire', tenantId: null, unitId: ANY_ID, input: {} }, NOW] as [wish: Wish, now: string],
  sql: ({ kind, tenantId, unitId, input }, now) => sql`
    with waiting as (
      select o.id, o.kind, o.sequence, o.input - '{generation,from}'::text[] as wish from operations o join operation_approvals a on a.operation_id = o.id
       where o.finished_at is null and o.state = 'waiting' and o.cancel_requested_at is null
         and o.tenant_id is not distinct from ${tenantId}::uuid and o.unit_id = ${unitId}
         and (a.decision = 'approved' or (a.decision is null and a.expires_at > ${now}::timestamptz)))
    select w.id from waiting w
     where w.kind = ${kind}
       and (w.kind = any(${ENDINGS}::text[])
            or (w.wish = ${JSON.stringify(input)}::jsonb - '{generation,from}'::text[]
                and not exists (select 1 from waiting later where later.sequence > w.sequence)))
     order by w.sequence desc limit 1`,
})

const request = query({
  name: 'approvals.request',
  row: Type.Object({}),
  sample: [ANY_ID, NOW, 'none'] as [operationId: string, expiresAt: string, rule: ApprovalRule],
  sql: (operationId, expiresAt, rule) => sql`
    insert into operation_approvals (operation_id, tenant_id, expires_at, rule)
    select id, tenant_id, ${expiresAt}::timestamptz, ${rule} from operations where id = ${operationId}`,
})

export type Deciding = {
  decision: ApprovalDecision
  by: string | null
  at: string
  reason: string | null
  plan?: PlanNamed
}
/** Decides once: no row when somebody has decided before. Tells the relays and whoever watches. */
const decide = query({
  name: 'approvals.decide',
  row: Type.Object({ told, heard: told }),
  sample: [ANY_ID, { decision: 'rejected', by: ANY_ID, at: NOW, reason: 'r' }] as [
    operationId: string,
    deciding: Deciding,
  ],
  sql: (operationId, { decision, by, at, reason, plan }) => sql`
    with decided as (
      update operation_approvals
         set decision = ${decision}, decided_by = ${by}::uuid, decided_at = ${at}::timestamptz, reason = ${reason}::text,
             plan_hash = ${plan?.planHash ?? null}::text, release = ${plan?.release ?? []}::text[]
       where operation_id = ${operationId} and decision is null
      returning operation_id
    ), o as (
      update operations set event_sequence = event_sequence + 1 where id in (select operation_id from decided)
      returning *
    ), event as (
      insert into operation_events (operation_id, sequence, tenant_id, type, data)
      select id, event_sequence, tenant_id, ${`operation.${decision}`},
             jsonb_strip_nulls(jsonb_build_object('operatorId', ${by}::text, 'reason', ${reason}::text, 'plan', ${plan?.planHash ?? null}::text)) from o
    )
    select ${wakeRelays} is null as told, ${wakeSubscribers} is null as heard from o`,
})

/** What the relay has to act on: decided, or past its time. The cancelled ones are closed as such. */
const due = query({
  name: 'approvals.due',
  row: Type.Object({
    operationId: Uuid,
    decision: orNull(Type.Enum(APPROVAL_DECISIONS)),
    reason: orNull(Type.String()),
  }),
  sample: [NOW] as [now: string],
  sql: (now) => sql`
    select o.id as "operationId", a.decision, a.reason from operations o join operation_approvals a on a.operation_id = o.id
     where o.finished_at is null and o.state = 'waiting' and o.cancel_requested_at is null
       and (a.decision is not null or a.expires_at <= ${now}::timestamptz)
     order by o.sequence limit ${BATCH}`,
})

/**
 * A waiting operation takes its place in line: its claims and its epoch when nothing is in its way, else a place in the queue
 * behind everything that was admitted while it waited. No row: it does not wait any more, or was asked to stop.
 */
const admit = query({
  name: 'approvals.admit',
  row: Type.Object({ ...OperationRow.properties, told, heard: told }),
  sample: [ANY_ID, ANY_ID, []] as [id: string, behind: string | null, claims: readonly Claim[]],
  sql: (id, behind, claims) => sql`
    with o as (
      update operations
         set sequence = default, event_sequence = event_sequence + 1, behind = ${behind}::uuid,
             state = case when ${behind}::uuid is null then 'running' else 'queued' end,
             epoch = case when ${behind}::uuid is null then nextval('operation_epochs') end,
             admitted_at = case when ${behind}::uuid is null then now() end
       where id = ${id} and state = 'waiting' and cancel_requested_at is null
      returning *
    ), claims as (
      ${insertClaims(sql`(select id from o)`, behind === null ? claims : [])} where exists (select 1 from o)
    ), event as (
      insert into operation_events (operation_id, sequence, tenant_id, type, data)
      select id, event_sequence, tenant_id, 'operation.' || state, jsonb_strip_nulls(jsonb_build_object('behind', behind)) from o
    )
    select ${operationColumns}, ${wakeRelays} is null as told, ${wakeSubscribers} is null as heard from o`,
})

/** How many operations wait for somebody, for the metric. */
const waiting = query({
  name: 'approvals.waiting',
  row: Type.Object({ count: Type.Integer() }),
  sample: [] as [],
  sql: () => sql`select count(*)::int as count from operations where finished_at is null and state = 'waiting'`,
})

export const approvalsStore = { find, pendingLike, request, decide, due, admit, waiting }
