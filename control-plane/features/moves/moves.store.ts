import { Type } from 'typebox'
import type { Terms } from '../../domain/limits.ts'
import type { MoveRows, MoveState, NewMove, Origin } from '../../domain/moves.ts'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'
import { type MoveReport, MoveRow, moveColumns, moveView, MoveView } from './moves.rows.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'
const terms: Terms = { plan: 'p', overrides: {}, limits: { requestsPerSecond: 1, burst: 1, statementTimeoutMs: 1 } }

/** Gives no row when the tenant has a move that has not ended. */
const insert = query({
  name: 'moves.insert',
  row: Type.Object({ id: Uuid }),
  sample: [
    {
      id: NOBODY,
      tenantId: NOBODY,
      sourceUnitId: NOBODY,
      targetUnitId: NOBODY,
      before: terms,
      wanted: terms,
      soakMinutes: 1,
    },
  ] as [move: NewMove],
  sql: ({ id, tenantId, sourceUnitId, targetUnitId, before, wanted, soakMinutes }) => sql`
    insert into moves (id, tenant_id, source_unit_id, target_unit_id, before, wanted, state, soak_minutes)
    values (${id}, ${tenantId}, ${sourceUnitId}, ${targetUnitId}, ${JSON.stringify(before)}::jsonb, ${JSON.stringify(wanted)}::jsonb, 'moving', ${soakMinutes})
    on conflict (tenant_id) where ended_at is null do nothing returning id`,
})

/** Takes up again what was taken back; the terms are those of its request. */
const reopen = query({
  name: 'moves.reopen',
  row: Type.Object({}),
  sample: [NOBODY] as [id: string],
  sql: (id) => sql`
    update moves set state = 'moving', rows = 'none', taken_back = false, report = '{}', ended_at = null, switched_at = null, soaks_until = null,
           guest_unit_id = null, begun_at = now()
     where id = ${id} and state = 'aborted' and switched_at is null`,
})

/** What the tenant goes back to, for a move that has not begun. */
const setBefore = query({
  name: 'moves.set-before',
  row: Type.Object({}),
  sample: [NOBODY, terms] as [id: string, terms: Terms],
  sql: (id, before) => sql`
    update moves set before = ${JSON.stringify(before)}::jsonb where id = ${id} and state = 'moving' and switched_at is null`,
})

/** What the tenant goes back to from now on, for a move that soaks. */
const setOrigin = query({
  name: 'moves.set-origin',
  row: Type.Object({}),
  sample: [NOBODY, { terms, notKept: ['burst'] }] as [id: string, origin: Origin],
  sql: (id, { terms: before, notKept }) => sql`
    update moves set before = ${JSON.stringify(before)}::jsonb, not_kept = ${JSON.stringify(notKept)}::jsonb
     where id = ${id} and ended_at is null and switched_at is not null`,
})

const open = query({
  name: 'moves.open',
  row: MoveRow,
  sample: [NOBODY] as [tenantId: string],
  sql: (tenantId) => sql`select ${moveColumns} from moves m where m.tenant_id = ${tenantId} and m.ended_at is null`,
})

const lock = query({
  name: 'moves.lock',
  row: MoveRow,
  sample: [NOBODY] as [id: string],
  sql: (id) => sql`select ${moveColumns} from moves m where m.id = ${id} for no key update`,
})

const find = query({
  name: 'moves.find',
  row: MoveView,
  sample: [NOBODY] as [id: string],
  sql: (id) => sql`${moveView} where m.id = ${id}`,
})

export type MoveFilter = { tenant: string | null; state: MoveState | null; before: string | null; limit: number }
/** Newest first: ids are uuid v7. */
const list = query({
  name: 'moves.list',
  row: MoveView,
  sample: [{ tenant: null, state: null, before: null, limit: 50 }] as [filter: MoveFilter],
  sql: (f) => sql`${moveView}
     where (${f.tenant}::text is null or t.slug = ${f.tenant}::text or t.id::text = lower(${f.tenant}::text))
       and (${f.state}::text is null or m.state = ${f.state}::text)
       and (${f.before}::uuid is null or m.id < ${f.before}::uuid)
     order by m.id desc limit ${f.limit}::int`,
})

const setState = query({
  name: 'moves.set-state',
  row: Type.Object({}),
  sample: [NOBODY, 'soaking', null, null] as [
    id: string,
    state: MoveState,
    soaksUntil: string | null,
    at: string | null,
  ],
  sql: (id, state, soaksUntil, endedAt) => sql`
    update moves set state = ${state}, soaks_until = coalesce(${soaksUntil}::timestamptz, soaks_until), ended_at = ${endedAt}::timestamptz
     where id = ${id}`,
})

const setRows = query({
  name: 'moves.set-rows',
  row: Type.Object({}),
  sample: [NOBODY, 'copying'] as [id: string, rows: MoveRows],
  sql: (id, rows) => sql`update moves set rows = ${rows} where id = ${id}`,
})

const setGuest = query({
  name: 'moves.set-guest',
  row: Type.Object({}),
  sample: [NOBODY, NOBODY] as [id: string, unitId: string | null],
  sql: (id, unitId) => sql`update moves set guest_unit_id = ${unitId}::uuid where id = ${id}`,
})

const noteTakenBack = query({
  name: 'moves.note-taken-back',
  row: Type.Object({}),
  sample: [NOBODY] as [id: string],
  sql: (id) => sql`update moves set taken_back = true where id = ${id}`,
})

const noteReport = query({
  name: 'moves.note-report',
  row: Type.Object({}),
  sample: [NOBODY, {}] as [id: string, measured: MoveReport],
  sql: (id, measured) => sql`update moves set report = report || ${JSON.stringify(measured)}::jsonb where id = ${id}`,
})

/**
 * Places the tenant in the other unit of its move, under the terms that it has there; the unit it leaves goes on listing it until it is
 * withdrawn. Where it is placed there already nothing is changed: the other unit may have been told before that it is not its tenant.
 */
const place = query({
  name: 'moves.place',
  row: Type.Object({ id: Uuid }),
  sample: [NOBODY, true] as [id: string, atTarget: boolean],
  sql: (id, atTarget) => sql`
    with v as (
      select m.id, m.tenant_id, case when ${atTarget} then m.target_unit_id else m.source_unit_id end as unit_id, t.unit_id as left_unit_id,
             case when ${atTarget} then m.wanted else m.before end as terms
        from moves m join tenants t on t.id = m.tenant_id where m.id = ${id}
    ), listed as (
      update moves m set guest_unit_id = v.left_unit_id,
             switched_at = case when ${atTarget} then coalesce(m.switched_at, now()) else m.switched_at end
        from v where m.id = v.id and v.left_unit_id <> v.unit_id
    )
    update tenants t set unit_id = v.unit_id, plan = v.terms ->> 'plan', overrides = v.terms -> 'overrides', limits = v.terms -> 'limits',
           confirmed = v.terms, generation = t.generation + 1, updated_at = now()
      from v where t.id = v.tenant_id and v.left_unit_id <> v.unit_id returning t.id`,
})

const due = query({
  name: 'moves.due',
  row: Type.Object({ id: Uuid }),
  sample: ['2026-01-01T00:00:00Z', 1] as [now: string, limit: number],
  sql: (now, limit) => sql`
    select id from moves where ended_at is null and state = 'soaking' and retire_operation is null and soaks_until <= ${now}::timestamptz
     order by soaks_until limit ${limit}::int`,
})
const noteRetirement = query({
  name: 'moves.note-retirement',
  row: Type.Object({}),
  sample: [NOBODY, NOBODY] as [id: string, operationId: string],
  sql: (id, operationId) => sql`update moves set retire_operation = ${operationId} where id = ${id}`,
})

/** Whether an undo of this operation failed: what it left is said in the condition. */
const quarantined = query({
  name: 'moves.quarantined',
  row: Type.Object({ found: Type.Boolean() }),
  sample: [NOBODY, NOBODY] as [tenantId: string, operationId: string],
  sql: (tenantId, operationId) => sql`
    select exists (select 1 from conditions where subject = 'tenant:' || ${tenantId}::text and type = 'Quarantined' and status = 'true'
                      and position(${operationId}::text in message) > 0) as found`,
})

export const movesStore = {
  insert: (tx: Tx, move: NewMove) => tx.maybe(insert, move),
  reopen: (tx: Tx, id: string) => tx.run(reopen, id),
  setBefore: (tx: Tx, id: string, before: Terms) => tx.run(setBefore, id, before),
  setOrigin: (tx: Tx, id: string, origin: Origin) => tx.run(setOrigin, id, origin),
  /** The move of a tenant that has not ended. */
  open: (tx: Tx, tenantId: string) => tx.maybe(open, tenantId),
  lock: (tx: Tx, id: string) => tx.maybe(lock, id),
  find: (tx: Tx, id: string) => tx.maybe(find, id),
  list: (tx: Tx, filter: MoveFilter) => tx.all(list, filter),
  setState: (
    tx: Tx,
    id: string,
    state: MoveState,
    { soaksUntil = null, endedAt = null }: { soaksUntil?: string | null; endedAt?: string | null } = {},
  ) => tx.run(setState, id, state, soaksUntil, endedAt),
  setRows: (tx: Tx, id: string, rows: MoveRows) => tx.run(setRows, id, rows),
  setGuest: (tx: Tx, id: string, unitId: string | null) => tx.run(setGuest, id, unitId),
  noteTakenBack: (tx: Tx, id: string) => tx.run(noteTakenBack, id),
  noteReport: (tx: Tx, id: string, measured: MoveReport) => tx.run(noteReport, id, measured),
  place: (tx: Tx, id: string, where: 'source' | 'target') => tx.maybe(place, id, where === 'target'),
  due: async (tx: Tx, now: string, limit: number) => (await tx.all(due, now, limit)).map(({ id }) => id),
  noteRetirement: (tx: Tx, id: string, operationId: string) => tx.run(noteRetirement, id, operationId),
  quarantined: async (tx: Tx, tenantId: string, operationId: string) =>
    (await tx.one(quarantined, tenantId, operationId)).found,
}
export type MovesStore = typeof movesStore
