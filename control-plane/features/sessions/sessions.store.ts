import { Type } from 'typebox'
import type { Tx } from '../../platform/database.ts'
import type { Position } from '../../platform/pagination.ts'
import { query } from '../../platform/query.ts'
import { Uuid } from '../../platform/schemas.ts'
import { join, sql, type Sql } from '../../platform/sql.ts'
import { Session, type ListSessions } from './sessions.schema.ts'

const someId = '00000000-0000-0000-0000-000000000000'
const now = '2026-01-01T00:00:00Z'

const idleUntil = sql`s.last_used_at + make_interval(secs => s.idle_seconds)`
const past = (at: string) => sql`(s.expires_at <= ${at}::timestamptz or ${idleUntil} <= ${at}::timestamptz)`

/** Only what `owner` may see: its own; null sees all. */
const from = (at: string, owner: string | null, more: readonly Sql[]) => sql`
  select s.id, s.operator_id as "operatorId", o.name as operator, s.client, s.amr,
         case when s.ended_at is not null or ${past(at)} then 'ended' else 'live' end as state, s.created_at as "createdAt",
         s.expires_at as "expiresAt", least(s.expires_at, ${idleUntil}) as "idleUntil", s.last_used_at as "lastUsedAt",
         s.ended_at as "endedAt", s.ended_by as "endedBy"
    from operator_sessions s join operators o on o.id = s.operator_id
   where ${join([owner === null ? sql`true` : sql`s.operator_id = ${owner}`, ...more], ' and ')}`

const find = query({
  name: 'sessions.find',
  row: Type.Object(Session.properties),
  sample: [now, null, someId] as [at: string, owner: string | null, id: string],
  sql: (at, owner, id) => from(at, owner, [sql`s.id = ${id}`]),
})
export type Filter = Pick<ListSessions, 'operator' | 'state'>
const list = query({
  name: 'sessions.list',
  row: Type.Object(Session.properties),
  sample: [now, someId, { operator: 'ada', state: 'live' }, [someId], 1] as [
    at: string,
    owner: string | null,
    filter: Filter,
    after: Position | undefined,
    limit: number,
  ],
  sql: (at, owner, { operator, state }, after, limit) =>
    sql`${from(at, owner, [
      ...(operator === undefined ? [] : [sql`(o.name = ${operator} or o.id::text = lower(${operator}))`]),
      ...(state === 'live' ? [sql`s.ended_at is null and not ${past(at)}`] : []),
      ...(state === 'ended' ? [sql`(s.ended_at is not null or ${past(at)})`] : []),
      ...(after === undefined ? [] : [sql`s.id < ${after[0]}`]),
    ])} order by s.id desc limit ${limit}`,
})
export type NewSession = {
  id: string
  operatorId: string
  hash: Buffer
  client: 'browser' | 'cli'
  amr: readonly string[]
  at: string
  expiresAt: string
  idleSeconds: number
}
const insert = query({
  name: 'sessions.insert',
  row: Type.Object({}),
  sample: [
    {
      id: someId,
      operatorId: someId,
      hash: Buffer.alloc(32),
      client: 'cli',
      amr: ['pwd'],
      at: now,
      expiresAt: now,
      idleSeconds: 60,
    },
  ] as [session: NewSession],
  sql: (s) => sql`
    insert into operator_sessions (id, operator_id, secret_hash, client, amr, created_at, last_used_at, expires_at, idle_seconds)
    values (${s.id}, ${s.operatorId}, ${s.hash}, ${s.client}, ${s.amr}, ${s.at}, ${s.at}, ${s.expiresAt}, ${s.idleSeconds})`,
})
const end = query({
  name: 'sessions.end',
  row: Type.Object({ id: Uuid }),
  sample: [someId, someId, now, 'revoked'] as [
    id: string,
    owner: string | null,
    at: string,
    by: 'revoked' | 'sign-out',
  ],
  sql: (id, owner, at, by) => sql`
    update operator_sessions set ended_at = ${at}, ended_by = ${by}
     where id = ${id} and ended_at is null and ${owner === null ? sql`true` : sql`operator_id = ${owner}`} returning id`,
})
const endAll = query({
  name: 'sessions.end-all',
  row: Type.Object({ id: Uuid }),
  sample: [someId, now] as [operatorId: string, at: string],
  sql: (operatorId, at) => sql`
    update operator_sessions set ended_at = ${at}, ended_by = 'revoked'
     where operator_id = ${operatorId} and ended_at is null returning id`,
})
/** Those that ended by themselves and are not noted yet; two processes never note the same. */
const expire = query({
  name: 'sessions.expire',
  row: Type.Object({ id: Uuid, operatorId: Uuid }),
  sample: [now, 1] as [at: string, most: number],
  sql: (at, most) => sql`
    update operator_sessions set ended_at = ${at}, ended_by = 'expired'
     where id in (select s.id from operator_sessions s where s.ended_at is null and ${past(at)}
                   order by s.id limit ${most} for update skip locked)
    returning id, operator_id as "operatorId"`,
})

export const sessionsStore = {
  find: (tx: Tx, ...args: Parameters<typeof find.sql>) => tx.maybe(find, ...args),
  list: (tx: Tx, ...args: Parameters<typeof list.sql>) => tx.all(list, ...args),
  insert: (tx: Tx, session: NewSession) => tx.run(insert, session),
  end: (tx: Tx, ...args: Parameters<typeof end.sql>) => tx.maybe(end, ...args),
  endAll: async (tx: Tx, operatorId: string, at: string) => (await tx.all(endAll, operatorId, at)).map(({ id }) => id),
  expire: (tx: Tx, at: string, most: number) => tx.all(expire, at, most),
}
