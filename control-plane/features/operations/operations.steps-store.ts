import { Type } from 'typebox'
import { query } from '../../platform/query.ts'
import { Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'
import { ANY_ID, EVENTS_CHANNEL, type OperationError } from './operations.row.ts'

/** One attempt at one step, under the epoch of its operation. */
export type StepRef = { operationId: string; epoch: number; step: string; attempt: number }
const SAMPLE: StepRef = { operationId: ANY_ID, epoch: 1, step: 'x', attempt: 1 }
const told = Type.Boolean()

/** Titles of the step by kind of operation. */
type Titles = Readonly<Record<string, string>>
const titleIn = ({ step }: StepRef, titles: Titles) =>
  sql`coalesce(${JSON.stringify(titles)}::jsonb ->> o.kind, ${step}::text)`

const leaseEnd = (leaseMs: number) => sql`now() + make_interval(secs => ${leaseMs}::double precision / 1000)`
/** The running operation under this epoch, its event counter moved on: no row, and nothing else happens. */
const currentWithEvent = ({ operationId, epoch }: StepRef) => sql`
  update operations set event_sequence = event_sequence + 1
   where id = ${operationId} and state = 'running' and epoch = ${epoch}
  returning id, kind, tenant_id, event_sequence`

/** Older attempts still marked running are superseded; their leases stay, because a late attempt may still be alive. */
const start = query({
  name: 'operations.step-start',
  row: Type.Object({ id: Uuid, told }),
  sample: [SAMPLE, 1000, {}] as [step: StepRef, leaseMs: number, titles: Titles],
  sql: (ref, leaseMs, titles) => sql`
    with o as (${currentWithEvent(ref)}), superseded as (
      update operation_steps s set state = 'failed', finished_at = now(), error_code = 'step.superseded',
             error_message = 'It fell silent and was started again'
        from o where s.operation_id = o.id and s.step = ${ref.step} and s.attempt < ${ref.attempt} and s.state = 'running'
    ), step as (
      insert into operation_steps (operation_id, step, attempt, tenant_id, state, lease_until)
      select id, ${ref.step}, ${ref.attempt}, tenant_id, 'running', ${leaseEnd(leaseMs)} from o
      on conflict (operation_id, step, attempt) do update
        set state = 'running', started_at = excluded.started_at, lease_until = excluded.lease_until,
            finished_at = null, error_code = null, error_message = null
    ), event as (
      insert into operation_events (operation_id, sequence, tenant_id, type, data)
      select id, event_sequence, tenant_id, 'step.running',
             jsonb_build_object('step', ${ref.step}::text, 'title', ${titleIn(ref, titles)}, 'attempt', ${ref.attempt}::int) from o
    )
    select o.id, pg_notify(${EVENTS_CHANNEL}, o.id::text) is null as told from o`,
})

const beat = query({
  name: 'operations.step-beat',
  row: Type.Object({ step: Type.String() }),
  sample: [SAMPLE, 1000] as [step: StepRef, leaseMs: number],
  sql: (ref, leaseMs) => sql`
    update operation_steps s set lease_until = greatest(s.lease_until, ${leaseEnd(leaseMs)})
      from operations o
     where o.id = ${ref.operationId} and o.state = 'running' and o.epoch = ${ref.epoch}
       and s.operation_id = o.id and s.step = ${ref.step} and s.attempt = ${ref.attempt} and s.state = 'running'
    returning s.step`,
})

/** A finished attempt is not alive any more: its lease ends with it. The operation's row is locked first, as in closing. */
const finish = query({
  name: 'operations.step-finish',
  row: Type.Object({ id: Uuid, told }),
  sample: [SAMPLE, {}, null] as [step: StepRef, titles: Titles, error: OperationError | null],
  sql: (ref, titles, error) => sql`
    with o as (
      update operations set event_sequence = event_sequence + 1
       where id = ${ref.operationId} and state = 'running' and epoch = ${ref.epoch}
         and exists (select 1 from operation_steps where operation_id = ${ref.operationId} and step = ${ref.step}
                        and attempt = ${ref.attempt} and state = 'running')
      returning id, kind, tenant_id, event_sequence
    ), ended as (
      update operation_steps s set state = ${error === null ? 'succeeded' : 'failed'}, finished_at = now(), lease_until = least(lease_until, now()),
             error_code = ${error?.code ?? null}::text, error_message = ${error?.message ?? null}::text
        from o where s.operation_id = o.id and s.step = ${ref.step} and s.attempt = ${ref.attempt} and s.state = 'running'
      returning s.state
    ), event as (
      insert into operation_events (operation_id, sequence, tenant_id, type, data)
      select id, event_sequence, tenant_id, 'step.' || ended.state, jsonb_strip_nulls(jsonb_build_object(
               'step', ${ref.step}::text, 'title', ${titleIn(ref, titles)}, 'attempt', ${ref.attempt}::int, 'error',
               case when ${error === null}::boolean then null
                    else jsonb_build_object('code', ${error?.code ?? null}::text, 'message', ${error?.message ?? null}::text) end))
        from o, ended
    )
    select o.id, pg_notify(${EVENTS_CHANNEL}, o.id::text) is null as told from o`,
})

/** Held until the effect's transaction ends. Closing waits for it; events, steps and cancels do not. */
const holdCurrent = query({
  name: 'operations.hold-current',
  row: Type.Object({ id: Uuid }),
  sample: [ANY_ID, 1] as [operationId: string, epoch: number],
  sql: (operationId, epoch) => sql`
    select id from operations where id = ${operationId} and state = 'running' and epoch = ${epoch} for key share`,
})

/** Whether an attempt of the operation may still be alive. */
const anyAlive = query({
  name: 'operations.any-step-alive',
  row: Type.Object({ alive: Type.Boolean() }),
  sample: [ANY_ID] as [operationId: string],
  sql: (operationId) => sql`
    select exists (select 1 from operation_steps where operation_id = ${operationId} and lease_until > now()) as alive`,
})

export const stepsStore = { start, beat, finish, holdCurrent, anyAlive }
