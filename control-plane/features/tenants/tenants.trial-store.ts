import { Type } from 'typebox'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'
const NOW = '2026-01-01T00:00:00Z'

/** What was suspended for its trial and came back by hand stays; what could not be suspended is tried again after an hour. */
const isDue = (at: string) => sql`
  t.trial_plan = t.plan and t.trial_ends_at <= ${at}::timestamptz and t.state in ('provisioning', 'active', 'resuming')
  and (t.trial_suspension is null or exists (
    select 1 from operations o where o.id = t.trial_suspension and o.state = 'failed'
                                 and o.finished_at <= ${at}::timestamptz - interval '1 hour'))`

const due = query({
  name: 'tenants.trials-due',
  row: Type.Object({ id: Uuid }),
  sample: [NOW, 1] as [at: string, most: number],
  sql: (at, most) => sql`select t.id from tenants t where ${isDue(at)} order by t.trial_ends_at limit ${most}`,
})
const stillDue = query({
  name: 'tenants.trial-still-due',
  row: Type.Object({ due: Type.Boolean() }),
  sample: [NOBODY, NOW] as [id: string, at: string],
  sql: (id, at) => sql`select exists (select 1 from tenants t where t.id = ${id} and ${isDue(at)}) as due`,
})
const noteSuspension = query({
  name: 'tenants.note-trial-suspension',
  row: Type.Object({}),
  sample: [NOBODY, NOBODY] as [id: string, operationId: string],
  sql: (id, operationId) => sql`update tenants set trial_suspension = ${operationId} where id = ${id}`,
})
const extend = query({
  name: 'tenants.extend-trial',
  row: Type.Object({}),
  sample: [NOBODY, NOW] as [id: string, end: string],
  sql: (id, end) => sql`
    update tenants set trial_ends_at = ${end}, trial_suspension = null, generation = generation + 1, updated_at = now()
     where id = ${id}`,
})

const Notice = Type.Object({
  id: Uuid,
  generation: Type.Integer(),
  endsAt: Timestamp,
  reason: Type.Enum(['EndsSoon', 'Ended', 'Converted', 'NotSoon']),
})
/** Tenants of which something else is to be said than what is said; of one whose trial is far from its end nothing is. */
const notices = query({
  name: 'tenants.trial-notices',
  row: Notice,
  sample: [NOW, NOW, 1] as [at: string, until: string, most: number],
  sql: (at, until, most) => sql`
    with wanted as (
      select t.id, t.generation, t.trial_ends_at as "endsAt",
             case when t.trial_plan <> t.plan then 'Converted'
                  when t.trial_ends_at <= ${at}::timestamptz then 'Ended'
                  when t.trial_ends_at <= ${until}::timestamptz then 'EndsSoon'
                  else 'NotSoon' end as reason
        from tenants t where t.trial_ends_at is not null and t.state <> 'decommissioned')
    select w.* from wanted w left join conditions c on c.subject = 'tenant:' || w.id and c.type = 'TrialEnding'
     where case when c.type is null then w.reason in ('EndsSoon', 'Ended')
                else c.reason <> w.reason or c.observed_generation < w.generation end
     order by w.id limit ${most}`,
})

export const trialStore = {
  due: async (tx: Tx, at: string, most: number) => (await tx.all(due, at, most)).map(({ id }) => id),
  stillDue: async (tx: Tx, id: string, at: string) => (await tx.one(stillDue, id, at)).due,
  noteSuspension: (tx: Tx, id: string, operationId: string) => tx.run(noteSuspension, id, operationId),
  extend: (tx: Tx, id: string, end: string) => tx.run(extend, id, end),
  notices: (tx: Tx, at: string, until: string, most: number) => tx.all(notices, at, until, most),
}
