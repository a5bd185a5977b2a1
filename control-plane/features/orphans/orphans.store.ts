import { Type } from 'typebox'
import type { OrphanState } from '../../domain/orphan.ts'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { sql } from '../../platform/sql.ts'
import { Orphan } from './orphans.schema.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'
const Row = Type.Object(Orphan.properties)
const columns = sql`
  id, region, place, kind, name, found_in as "where", owner, state, first_seen_at as "firstSeenAt", last_seen_at as "lastSeenAt",
  reported_at as "reportedAt", kept_at as "keptAt", kept_by as "keptBy", kept_reason as "keptReason", gone_at as "goneAt"`

const find = query({
  name: 'orphans.find',
  row: Row,
  sample: [NOBODY] as [id: string],
  sql: (id) => sql`select ${columns} from orphans where id = ${id}`,
})
const lock = query({
  name: 'orphans.lock',
  row: Row,
  sample: [NOBODY] as [id: string],
  sql: (id) => sql`select ${columns} from orphans where id = ${id} for update`,
})
/** Newest first: ids are uuid v7. */
const list = query({
  name: 'orphans.list',
  row: Row,
  sample: ['reported', null, null, 1] as [
    state: OrphanState,
    region: string | null,
    before: string | null,
    limit: number,
  ],
  sql: (state, region, before, limit) => sql`
    select ${columns} from orphans
     where state = ${state} and (${region}::text is null or region = ${region}::text)
       and (${before}::uuid is null or id < ${before}::uuid)
     order by id desc limit ${limit}`,
})
const keep = query({
  name: 'orphans.keep',
  row: Row,
  sample: [NOBODY, NOBODY, 'r'] as [id: string, by: string, reason: string],
  sql: (id, by, reason) => sql`
    update orphans set state = 'kept', kept_at = now(), kept_by = ${by}, kept_reason = ${reason} where id = ${id}
    returning ${columns}`,
})

export const orphansStore = {
  find: (tx: Tx, id: string) => tx.maybe(find, id),
  lock: (tx: Tx, id: string) => tx.maybe(lock, id),
  list: (tx: Tx, ...args: Parameters<typeof list.sql>) => tx.all(list, ...args),
  keep: (tx: Tx, ...args: Parameters<typeof keep.sql>) => tx.one(keep, ...args),
}
