import { Type } from 'typebox'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { Uuid } from '../../platform/schemas.ts'
import { join, sql } from '../../platform/sql.ts'
import { Share } from './shares.schema.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'
const NOW = '2026-01-01T00:00:00Z'
const Row = Type.Object(Share.properties)
const columns = (at: string) => sql`s.id, s.operation_id as "operationId",
  case when s.revoked_at is not null then 'revoked' when s.expires_at <= ${at}::timestamptz then 'expired' else 'live' end as state,
  s.created_by as "createdBy", s.created_at as "createdAt", s.expires_at as "expiresAt", s.revoked_at as "revokedAt"`

const find = query({
  name: 'shares.find',
  row: Row,
  sample: [NOW, NOBODY, NOBODY] as [at: string, operationId: string, id: string],
  sql: (at, operationId, id) => sql`
    select ${columns(at)} from operation_shares s where s.id = ${id} and s.operation_id = ${operationId}`,
})
/** Newest first: ids are uuid v7. */
const list = query({
  name: 'shares.list',
  row: Row,
  sample: [NOW, NOBODY, NOBODY, 1] as [at: string, operationId: string, before: string | undefined, limit: number],
  sql: (at, operationId, before, limit) => {
    const conditions = [
      sql`s.operation_id = ${operationId}`,
      ...(before === undefined ? [] : [sql`s.id < ${before}::uuid`]),
    ]
    return sql`select ${columns(at)} from operation_shares s where ${join(conditions, ' and ')} order by s.id desc limit ${limit}`
  },
})
const subject = query({
  name: 'shares.subject',
  row: Type.Object({ tenantId: Type.Union([Uuid, Type.Null()]) }),
  sample: [NOBODY] as [operationId: string],
  sql: (operationId) => sql`
    select case when starts_with(o.kind, 'tenant.') then o.tenant_id end as "tenantId" from operations o where o.id = ${operationId}`,
})

export type NewShare = {
  id: string
  operationId: string
  tenantId: string
  hash: Buffer
  createdBy: string
  at: string
  expiresAt: string
}
const insert = query({
  name: 'shares.insert',
  row: Type.Object({}),
  sample: [
    {
      id: NOBODY,
      operationId: NOBODY,
      tenantId: NOBODY,
      hash: Buffer.alloc(32),
      createdBy: NOBODY,
      at: NOW,
      expiresAt: NOW,
    },
  ] as [share: NewShare],
  sql: (s) => sql`
    insert into operation_shares (id, operation_id, tenant_id, secret_hash, created_by, created_at, expires_at)
    values (${s.id}, ${s.operationId}, ${s.tenantId}, ${s.hash}, ${s.createdBy}, ${s.at}, ${s.expiresAt})`,
})
const revoke = query({
  name: 'shares.revoke',
  row: Type.Object({ tenantId: Uuid }),
  sample: [NOBODY, NOBODY, NOW, NOBODY] as [operationId: string, id: string, at: string, by: string],
  sql: (operationId, id, at, by) => sql`
    update operation_shares set revoked_at = ${at}, revoked_by = ${by}
     where id = ${id} and operation_id = ${operationId} and revoked_at is null returning tenant_id as "tenantId"`,
})
/** What a link opens now: one operation, and for whom it is done. */
const opened = query({
  name: 'shares.opened',
  row: Type.Object({ operationId: Uuid, customer: Type.String() }),
  sample: [Buffer.alloc(32), NOW] as [hash: Buffer, at: string],
  sql: (hash, at) => sql`
    select s.operation_id as "operationId", t.name as customer
      from operation_shares s join tenants t on t.id = s.tenant_id
     where s.secret_hash = ${hash} and s.revoked_at is null and s.expires_at > ${at}::timestamptz`,
})

export const sharesStore = {
  find: (tx: Tx, ...args: Parameters<typeof find.sql>) => tx.maybe(find, ...args),
  list: (tx: Tx, ...args: Parameters<typeof list.sql>) => tx.all(list, ...args),
  subject: (tx: Tx, operationId: string) => tx.maybe(subject, operationId),
  insert: (tx: Tx, share: NewShare) => tx.run(insert, share),
  revoke: (tx: Tx, ...args: Parameters<typeof revoke.sql>) => tx.maybe(revoke, ...args),
  opened: (tx: Tx, ...args: Parameters<typeof opened.sql>) => tx.maybe(opened, ...args),
}
