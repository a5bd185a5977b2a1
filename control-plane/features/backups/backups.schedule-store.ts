import { Type } from 'typebox'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'

const NOW = '2026-01-01T00:00:00Z'

/** Stacks that have a database to back up. */
const inService = sql`u.kind = 'stack' and u.access is not null and u.state in ('active', 'suspended')`
const newest = sql`(select max(b.taken_at) from backups b where b.unit_id = u.id and b.verified_at is not null and b.removed_at is null)`

/**
 * Stacks whose newest verified backup is older than `before`; one that has none is due as soon as nothing is at work on it and nothing was
 * since `quietSince`. One that was tried after `triedBefore` is left alone.
 */
const due = query({
  name: 'backups.due',
  row: Type.Object({ id: Uuid, name: Type.String(), region: Type.String() }),
  sample: [NOW, NOW, NOW, 1] as [before: string, triedBefore: string, quietSince: string, limit: number],
  sql: (before, triedBefore, quietSince, limit) => sql`
    select u.id, u.name, u.region from units u
     where ${inService}
       and not exists (select from operations o where o.unit_id = u.id and o.kind = 'unit.backup'
                         and (o.finished_at is null or o.finished_at >= ${triedBefore}::timestamptz))
       and coalesce(${newest} < ${before}::timestamptz,
                    not exists (select from operations o where o.unit_id = u.id
                                  and ((o.finished_at is null and o.state <> 'waiting') or o.finished_at >= ${quietSince}::timestamptz)))
     order by ${newest} nulls first, u.id limit ${limit}::int`,
})

/** Those of which it has to be said, and was not, that the newest verified backup is older than that, or that there is none. */
const stale = query({
  name: 'backups.stale',
  row: Type.Object({ id: Uuid, newest: Type.Union([Timestamp, Type.Null()]) }),
  sample: [NOW] as [before: string],
  sql: (before) => sql`
    select u.id, ${newest} as newest from units u
     where ${inService} and coalesce(${newest}, u.created_at) < ${before}::timestamptz
       and not exists (select from conditions c where c.subject = 'unit:' || u.id and c.type = 'BackedUp' and c.status = 'false')
     order by u.id`,
})

const oldest = query({
  name: 'backups.oldest',
  row: Type.Object({ seconds: Type.Number() }),
  sample: [] as [],
  sql: () => sql`
    select coalesce(max(greatest(0, extract(epoch from now() - coalesce(${newest}, u.created_at)))), 0)::float8 as seconds
      from units u where ${inService}`,
})

export const backupSchedule = {
  due: (tx: Tx, ...args: Parameters<typeof due.sql>) => tx.all(due, ...args),
  stale: (tx: Tx, before: string) => tx.all(stale, before),
  oldestSeconds: async (tx: Tx) => (await tx.one(oldest)).seconds,
}
