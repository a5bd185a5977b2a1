import { Type } from 'typebox'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import { sql, type Sql } from '../../platform/sql.ts'

const someId = '00000000-0000-0000-0000-000000000000'
const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** A token or a session with its operator: all that decides what it opens. */
export const CredentialRow = Type.Object({
  kind: Type.Enum(['token', 'session']),
  id: Uuid,
  operatorId: Uuid,
  name: Type.String(),
  role: Type.String({ description: 'Of the operator' }),
  disabledAt: orNull(Timestamp),
  operatorExpiresAt: orNull(Timestamp),
  lesserRole: orNull(Type.String()),
  verbs: orNull(Type.Array(Type.String())),
  expiresAt: orNull(Timestamp),
  idleSeconds: orNull(Type.Integer()),
  endedAt: orNull(Timestamp),
  lastUsedAt: orNull(Timestamp),
})
export type CredentialRow = Type.Static<typeof CredentialRow>

const credentials = (token: Sql, session: Sql) => sql`
  select 'token' as kind, t.id, o.id as "operatorId", o.name, o.role, o.disabled_at as "disabledAt",
         o.expires_at as "operatorExpiresAt", t.role as "lesserRole",
         t.verbs, t.expires_at as "expiresAt", null::integer as "idleSeconds", t.revoked_at as "endedAt",
         t.last_used_at as "lastUsedAt"
    from operator_tokens t join operators o on o.id = t.operator_id where ${token}
  union all
  select 'session', s.id, o.id, o.name, o.role, o.disabled_at, o.expires_at, null, null, s.expires_at, s.idle_seconds, s.ended_at, s.last_used_at
    from operator_sessions s join operators o on o.id = s.operator_id where ${session}`

const byHash = query({
  name: 'access.by-hash',
  row: CredentialRow,
  sample: [Buffer.alloc(32)] as [hash: Buffer],
  sql: (hash) => credentials(sql`t.token_hash = ${hash}`, sql`s.secret_hash = ${hash}`),
})
const byIds = query({
  name: 'access.by-ids',
  row: CredentialRow,
  sample: [[someId]] as [ids: readonly string[]],
  sql: (ids) => credentials(sql`t.id = any (${ids}::uuid[])`, sql`s.id = any (${ids}::uuid[])`),
})
/** Whoever comes second meanwhile does not wait: the time is the same minute. */
const touchToken = query({
  name: 'access.touch-token',
  row: Type.Object({}),
  sample: [someId, '2026-01-01T00:00:00Z'] as [id: string, now: string],
  sql: (id, now) => sql`
    update operator_tokens set last_used_at = ${now}
     where id = (select id from operator_tokens where id = ${id} for no key update skip locked)`,
})
const touchSession = query({
  name: 'access.touch-session',
  row: Type.Object({}),
  sample: [someId, '2026-01-01T00:00:00Z'] as [id: string, now: string],
  sql: (id, now) => sql`
    update operator_sessions set last_used_at = ${now}
     where id = (select id from operator_sessions where id = ${id} and ended_at is null for no key update skip locked)`,
})

export const accessStore = {
  byHash: (tx: Tx, hash: Buffer) => tx.maybe(byHash, hash),
  byIds: (tx: Tx, ids: readonly string[]) => tx.all(byIds, ids),
  touch: (tx: Tx, { kind, id }: Pick<CredentialRow, 'kind' | 'id'>, now: string) =>
    tx.run(kind === 'token' ? touchToken : touchSession, id, now),
}
