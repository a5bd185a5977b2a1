import { Type } from 'typebox'
import type { Tx } from '../../platform/database.ts'
import type { Position } from '../../platform/pagination.ts'
import { query } from '../../platform/query.ts'
import { Uuid } from '../../platform/schemas.ts'
import { join, sql, type Sql } from '../../platform/sql.ts'
import { Token, type ListTokens } from './tokens.schema.ts'

const someId = '00000000-0000-0000-0000-000000000000'
const now = '2026-01-01T00:00:00Z'

/** Only what `owner` may see: its own; null sees all. */
const from = (at: string, owner: string | null, more: readonly Sql[]) => sql`
  select t.id, t.operator_id as "operatorId", o.name as operator, t.name, t.role, t.verbs,
         case when t.revoked_at is not null then 'revoked' when t.expires_at <= ${at}::timestamptz then 'expired' else 'live' end as state,
         t.created_by as "createdBy", t.created_at as "createdAt", t.expires_at as "expiresAt", t.revoked_at as "revokedAt",
         t.last_used_at as "lastUsedAt"
    from operator_tokens t join operators o on o.id = t.operator_id
   where ${join([owner === null ? sql`true` : sql`t.operator_id = ${owner}`, ...more], ' and ')}`

const find = query({
  name: 'tokens.find',
  row: Type.Object(Token.properties),
  sample: [now, null, someId] as [at: string, owner: string | null, id: string],
  sql: (at, owner, id) => from(at, owner, [sql`t.id = ${id}`]),
})
export type Filter = Pick<ListTokens, 'operator' | 'state'>
const STATES = {
  live: (at: string) => sql`t.revoked_at is null and (t.expires_at is null or t.expires_at > ${at}::timestamptz)`,
  expired: (at: string) => sql`t.revoked_at is null and t.expires_at <= ${at}::timestamptz`,
  revoked: () => sql`t.revoked_at is not null`,
} as const
const list = query({
  name: 'tokens.list',
  row: Type.Object(Token.properties),
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
      ...(state === undefined ? [] : [STATES[state](at)]),
      ...(after === undefined ? [] : [sql`t.id < ${after[0]}`]),
    ])} order by t.id desc limit ${limit}`,
})
/** Whose token it will be, held still until it is made: a role that is changed meanwhile waits or is seen. */
const owner = query({
  name: 'tokens.owner',
  row: Type.Object({ id: Uuid, role: Type.String(), person: Type.Boolean() }),
  sample: ['ada'] as [reference: string],
  sql: (reference) => sql`
    select id, role, issuer is not null as person from operators where name = ${reference} or id::text = lower(${reference}) for no key update`,
})
export type NewToken = {
  id: string
  operatorId: string
  hash: Buffer
  name: string | null
  role: string | null
  verbs: readonly string[] | null
  expiresAt: string | null
  createdBy: string | null
}
/** No row: the operator has a live token of this name. */
const insert = query({
  name: 'tokens.insert',
  row: Type.Object({ id: Uuid }),
  sample: [
    {
      id: someId,
      operatorId: someId,
      hash: Buffer.alloc(32),
      name: 'ci',
      role: null,
      verbs: null,
      expiresAt: null,
      createdBy: null,
    },
  ] as [token: NewToken],
  sql: (t) => sql`
    insert into operator_tokens (id, operator_id, token_hash, name, role, verbs, expires_at, created_by)
    values (${t.id}, ${t.operatorId}, ${t.hash}, ${t.name}, ${t.role}, ${t.verbs}, ${t.expiresAt}, ${t.createdBy})
    on conflict (operator_id, name) where revoked_at is null do nothing returning id`,
})
/** No row: there is no such token for this owner, or it was revoked before. */
const revoke = query({
  name: 'tokens.revoke',
  row: Type.Object({ id: Uuid }),
  sample: [someId, someId, now] as [id: string, owner: string | null, at: string],
  sql: (id, ownerId, at) => sql`
    update operator_tokens set revoked_at = ${at}
     where id = ${id} and revoked_at is null and ${ownerId === null ? sql`true` : sql`operator_id = ${ownerId}`} returning id`,
})
const revokeAll = query({
  name: 'tokens.revoke-all',
  row: Type.Object({ id: Uuid }),
  sample: [someId, now] as [operatorId: string, at: string],
  sql: (operatorId, at) => sql`
    update operator_tokens set revoked_at = ${at} where operator_id = ${operatorId} and revoked_at is null returning id`,
})

export const tokensStore = {
  find: (tx: Tx, ...args: Parameters<typeof find.sql>) => tx.maybe(find, ...args),
  one: (tx: Tx, ...args: Parameters<typeof find.sql>) => tx.one(find, ...args),
  list: (tx: Tx, ...args: Parameters<typeof list.sql>) => tx.all(list, ...args),
  owner: (tx: Tx, reference: string) => tx.maybe(owner, reference),
  insert: (tx: Tx, token: NewToken) => tx.maybe(insert, token),
  revoke: (tx: Tx, ...args: Parameters<typeof revoke.sql>) => tx.maybe(revoke, ...args),
  revokeAll: async (tx: Tx, operatorId: string, at: string) =>
    (await tx.all(revokeAll, operatorId, at)).map(({ id }) => id),
}
