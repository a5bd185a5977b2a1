import { Type } from 'typebox'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'

const someId = '00000000-0000-0000-0000-000000000000'
const MaybeTime = Type.Union([Timestamp, Type.Null()])

const byTokenHash = query({
  name: 'access.by-token-hash',
  row: Type.Object({
    tokenId: Uuid,
    operatorId: Uuid,
    name: Type.String(),
    role: Type.String(),
    disabledAt: MaybeTime,
    revokedAt: MaybeTime,
    expiresAt: MaybeTime,
    lastUsedAt: MaybeTime,
  }),
  sample: [Buffer.alloc(32)] as [hash: Buffer],
  sql: (hash) => sql`
    select t.id as "tokenId", o.id as "operatorId", o.name, o.role, o.disabled_at as "disabledAt",
           t.revoked_at as "revokedAt", t.expires_at as "expiresAt", t.last_used_at as "lastUsedAt"
      from operator_tokens t join operators o on o.id = t.operator_id where t.token_hash = ${hash}`,
})
const touch = query({
  name: 'access.touch',
  row: Type.Object({}),
  sample: [someId, '2026-01-01T00:00:00Z'] as [tokenId: string, now: string],
  sql: (tokenId, now) => sql`
    update operator_tokens set last_used_at = ${now}
     where id = (select id from operator_tokens where id = ${tokenId} for no key update skip locked)`,
})
/** Two commands that create the first administrator at once wait for each other here; readers do not. */
const lockOperators = query({
  name: 'access.lock-operators',
  row: Type.Object({}),
  sample: [] as [],
  sql: () => sql`lock table operators in share row exclusive mode`,
})
const administrator = query({
  name: 'access.administrator',
  row: Type.Object({ id: Uuid, role: Type.String() }),
  sample: [] as [],
  sql: () => sql`select id, role from operators order by (role = 'administrator') desc, created_at, id limit 1`,
})
const insertOperator = query({
  name: 'access.insert-operator',
  row: Type.Object({}),
  sample: [someId, 'a', 'viewer'] as [id: string, name: string, role: string],
  sql: (id, name, role) => sql`insert into operators (id, name, role) values (${id}, ${name}, ${role})`,
})
const enableOperator = query({
  name: 'access.enable-operator',
  row: Type.Object({}),
  sample: [someId] as [id: string],
  sql: (id) => sql`update operators set disabled_at = null where id = ${id}`,
})
const insertToken = query({
  name: 'access.insert-token',
  row: Type.Object({}),
  sample: [someId, someId, Buffer.alloc(32)] as [id: string, operatorId: string, hash: Buffer],
  sql: (id, operatorId, hash) =>
    sql`insert into operator_tokens (id, operator_id, token_hash) values (${id}, ${operatorId}, ${hash})`,
})
const revokeTokens = query({
  name: 'access.revoke-tokens',
  row: Type.Object({ id: Uuid }),
  sample: [someId, '2026-01-01T00:00:00Z'] as [operatorId: string, now: string],
  sql: (operatorId, now) => sql`
    update operator_tokens set revoked_at = ${now} where operator_id = ${operatorId} and revoked_at is null returning id`,
})

export const accessStore = {
  byTokenHash: (tx: Tx, hash: Buffer) => tx.maybe(byTokenHash, hash),
  touch: (tx: Tx, tokenId: string, now: string) => tx.run(touch, tokenId, now),
  lockOperators: (tx: Tx) => tx.run(lockOperators),
  administrator: (tx: Tx) => tx.maybe(administrator),
  insertOperator: (tx: Tx, ...operator: Parameters<typeof insertOperator.sql>) => tx.run(insertOperator, ...operator),
  enableOperator: (tx: Tx, id: string) => tx.run(enableOperator, id),
  insertToken: (tx: Tx, ...token: Parameters<typeof insertToken.sql>) => tx.run(insertToken, ...token),
  revokeTokens: (tx: Tx, operatorId: string, now: string) => tx.all(revokeTokens, operatorId, now),
}
