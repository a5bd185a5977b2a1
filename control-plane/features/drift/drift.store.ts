import { Type } from 'typebox'
import type { Difference } from '../../domain/drift.ts'
import { UNIT_STATES } from '../../domain/unit-lifecycle.ts'
import { query } from '../../platform/query.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'
import { DifferenceSchema } from './drift.schema.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'
const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/**
 * Takes the unit whose turn it is and moves its next turn on, so that any number of workers share the units and each is compared
 * once an interval. One that an operation works on is left for later: it is meant to differ. No row: none is due.
 */
const claim = query({
  name: 'drift.claim',
  row: Type.Object({ unitId: Uuid, begunAt: Timestamp }),
  sample: [1000] as [everyMs: number],
  sql: (everyMs) => sql`
    with due as (
      select u.id from units u left join drift_scans d on d.unit_id = u.id
       where u.state in ('active', 'suspended') and (d.due_at is null or d.due_at <= now())
         and not exists (select 1 from operations o where u.id in (o.unit_id, o.other_unit_id) and o.finished_at is null and o.state = 'running')
       order by d.due_at nulls first, u.id limit 1
    )
    insert into drift_scans as known (unit_id, due_at)
    select id, now() + make_interval(secs => ${everyMs}::double precision / 1000) from due
    on conflict (unit_id) do update set due_at = excluded.due_at where known.due_at <= now()
    returning known.unit_id as "unitId", now() as "begunAt"`,
})

/**
 * The same for what a stack is made of, less often, and for the first time when it has stood for one interval. `epoch`: of the last operation on it, which every later one exceeds, so that a
 * look never goes on once an operation has acted.
 */
const claimStack = query({
  name: 'drift.claim-stack',
  row: Type.Object({ unitId: Uuid, begunAt: Timestamp, epoch: Type.Integer() }),
  sample: [1000] as [everyMs: number],
  sql: (everyMs) => sql`
    with due as (
      select u.id from units u left join drift_scans d on d.unit_id = u.id
       where u.kind = 'stack' and u.access is not null and u.state in ('active', 'suspended')
         and coalesce(d.stack_due_at, u.created_at + make_interval(secs => ${everyMs}::double precision / 1000)) <= now()
         and not exists (select 1 from operations o where o.unit_id = u.id and o.finished_at is null and o.state = 'running')
       order by d.stack_due_at nulls first, u.id limit 1
    )
    insert into drift_scans as known (unit_id, due_at, stack_due_at)
    select id, now(), now() + make_interval(secs => ${everyMs}::double precision / 1000) from due
    on conflict (unit_id) do update set stack_due_at = excluded.stack_due_at
     where known.stack_due_at is null or known.stack_due_at <= now()
    returning known.unit_id as "unitId", now() as "begunAt",
      (select coalesce(max(o.epoch), 0)::integer from operations o where o.unit_id = known.unit_id) as epoch`,
})

/** Whether an operation was at work on the unit since then: what was seen may be of a moment in between. */
const disturbed = query({
  name: 'drift.disturbed',
  row: Type.Object({ disturbed: Type.Boolean() }),
  sample: [NOBODY, '2026-01-01T00:00:00Z'] as [unitId: string, since: string],
  sql: (unitId, since) => sql`
    select exists (select 1 from operations where ${unitId} in (unit_id, other_unit_id) and admitted_at is not null
                    and (finished_at is null or finished_at >= ${since}::timestamptz)) as disturbed`,
})

const record = query({
  name: 'drift.record',
  row: Type.Object({}),
  sample: [NOBODY, []] as [unitId: string, differences: readonly Difference[]],
  sql: (unitId, differences) => sql`
    insert into drift_scans as known (unit_id, due_at, observed_at, findings) values (${unitId}, now(), now(), ${JSON.stringify(differences)}::jsonb)
    on conflict (unit_id) do update set observed_at = now(), findings = excluded.findings, fault = null`,
})

const recordStack = query({
  name: 'drift.record-stack',
  row: Type.Object({}),
  sample: [NOBODY, []] as [unitId: string, differences: readonly Difference[]],
  sql: (unitId, differences) => sql`
    insert into drift_scans as known (unit_id, due_at, stack_observed_at, stack_findings)
    values (${unitId}, now(), now(), ${JSON.stringify(differences)}::jsonb)
    on conflict (unit_id) do update set stack_observed_at = now(), stack_findings = excluded.stack_findings, stack_fault = null`,
})

const recordStackFault = query({
  name: 'drift.record-stack-fault',
  row: Type.Object({}),
  sample: [NOBODY, 'fault'] as [unitId: string, fault: string],
  sql: (unitId, fault) => sql`update drift_scans set stack_fault = ${fault} where unit_id = ${unitId}`,
})

const recordFault = query({
  name: 'drift.record-fault',
  row: Type.Object({}),
  sample: [NOBODY, 'fault'] as [unitId: string, fault: string],
  sql: (unitId, fault) => sql`update drift_scans set fault = ${fault} where unit_id = ${unitId}`,
})

const find = query({
  name: 'drift.find',
  row: Type.Object({
    observedAt: orNull(Timestamp),
    differences: Type.Array(DifferenceSchema),
    fault: orNull(Type.String()),
    stackObservedAt: orNull(Timestamp),
    stackFault: orNull(Type.String()),
  }),
  sample: [NOBODY] as [unitId: string],
  sql: (unitId) => sql`
    select observed_at as "observedAt", stack_findings || findings as differences, fault,
           stack_observed_at as "stackObservedAt", stack_fault as "stackFault"
      from drift_scans where unit_id = ${unitId}`,
})

/** Tenants of a unit that were said to differ, and those of these ids, with their generations. */
const tenants = query({
  name: 'drift.tenants',
  row: Type.Object({ id: Uuid, generation: Type.Integer() }),
  sample: [NOBODY, [NOBODY]] as [unitId: string, ids: readonly string[]],
  sql: (unitId, ids) => sql`
    select t.id, t.generation from tenants t
     where t.unit_id = ${unitId} and t.state <> 'decommissioned'
       and (t.id = any(${ids}::uuid[])
            or exists (select 1 from conditions c where c.subject = 'tenant:' || t.id and c.type = 'InSync' and c.status <> 'true'))
     order by t.id`,
})

const unit = query({
  name: 'drift.unit',
  row: Type.Object({ name: Type.String(), state: Type.Enum(UNIT_STATES), generation: Type.Integer() }),
  sample: [NOBODY] as [unitId: string],
  sql: (unitId) => sql`select name, state, generation from units where id = ${unitId}`,
})

export const driftStore = {
  claim,
  claimStack,
  disturbed,
  record,
  recordStack,
  recordFault,
  recordStackFault,
  find,
  tenants,
  unit,
}
