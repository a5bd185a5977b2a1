import { Type } from 'typebox'
import { query } from '../../platform/query.ts'
import { Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'
import { OPERATION_KINDS } from '../../domain/operation-kinds.ts'
import { UNIT_KINDS } from '../../domain/unit-kinds.ts'
import { ANY_ID, orNull } from './operations.row.ts'

/** Most rows taken at once; what is left is found by the next round, by its state. */
export const BATCH = 100

const undelivered = query({
  name: 'operations.undelivered',
  row: Type.Object({
    operationId: Uuid,
    epoch: Type.Integer(),
    kind: Type.Enum(OPERATION_KINDS),
    tenantId: orNull(Uuid),
    unitId: Uuid,
    unitKind: Type.Enum(UNIT_KINDS),
    traceParent: orNull(Type.String()),
  }),
  sample: [] as [],
  sql: () => sql`
    select id as "operationId", epoch, kind, tenant_id as "tenantId", unit_id as "unitId", unit_kind as "unitKind",
           trace_parent as "traceParent"
      from operations
     where finished_at is null and state = 'running' and delivered_at is null order by sequence limit ${BATCH}`,
})

const markDelivered = query({
  name: 'operations.mark-delivered',
  row: Type.Object({}),
  sample: [[ANY_ID]] as [ids: readonly string[]],
  sql: (ids) => sql`update operations set delivered_at = now() where id = any(${ids}::uuid[]) and delivered_at is null`,
})

/** Asked to stop and not told yet: the queued and waiting ones have nobody to be told and are closed. */
const toCancel = query({
  name: 'operations.to-cancel',
  row: Type.Object({ operationId: Uuid, state: Type.Enum(['waiting', 'queued', 'running']) }),
  sample: [] as [],
  sql: () => sql`
    select id as "operationId", state from operations
     where finished_at is null and cancel_requested_at is not null
       and (state in ('waiting', 'queued') or (state = 'running' and delivered_at is not null and cancel_delivered_at is null))
     order by sequence limit ${BATCH}`,
})

const markCancelled = query({
  name: 'operations.mark-cancel-delivered',
  row: Type.Object({}),
  sample: [[ANY_ID]] as [ids: readonly string[]],
  sql: (ids) => sql`update operations set cancel_delivered_at = now() where id = any(${ids}::uuid[])`,
})

/** Running, delivered, and no attempt at a step can still be alive: its workflow must be at work, or it is lost. */
const unattended = query({
  name: 'operations.unattended',
  row: Type.Object({ operationId: Uuid, epoch: Type.Integer(), sequence: Type.Integer() }),
  sample: [0, 1000] as [afterSequence: number, graceMs: number],
  sql: (afterSequence, graceMs) => sql`
    select id as "operationId", epoch, sequence from operations o
     where finished_at is null and state = 'running' and sequence > ${afterSequence}
       and delivered_at < now() - make_interval(secs => ${graceMs}::double precision / 1000)
       and not exists (select 1 from operation_steps s where s.operation_id = o.id and s.lease_until > now())
     order by sequence limit ${BATCH}`,
})

export const relayStore = { undelivered, markDelivered, toCancel, markCancelled, unattended }
