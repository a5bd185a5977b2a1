import { Type } from 'typebox'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'
const NOW = '2026-01-01T00:00:00Z'
const Row = Type.Object({
  id: Uuid,
  tenantId: Uuid,
  role: Type.String(),
  sealed: Type.Union([Type.Unsafe<Buffer>({ 'x-postgres': 'bytea' }), Type.Null()]),
  expiresAt: Timestamp,
  openedAt: Type.Union([Timestamp, Type.Null()]),
  customer: Type.String(),
  leaving: Type.Boolean(),
})
const found = (hash: Buffer) => sql`
  select h.id, h.tenant_id as "tenantId", h.role, h.sealed, h.expires_at as "expiresAt", h.opened_at as "openedAt", t.name as customer,
         t.state in ('decommissioning', 'decommissioned') as leaving
    from hand_offs h join tenants t on t.id = h.tenant_id where h.secret_hash = ${hash}`

const find = query({
  name: 'hand-offs.find',
  row: Row,
  sample: [Buffer.alloc(32)] as [hash: Buffer],
  sql: (hash) => found(hash),
})
/** Whoever opens a link waits here for who does the same. */
const lock = query({
  name: 'hand-offs.lock',
  row: Row,
  sample: [Buffer.alloc(32)] as [hash: Buffer],
  sql: (hash) => sql`${found(hash)} for update of h`,
})

export type NewHandOff = {
  id: string
  tenantId: string
  hash: Buffer
  role: string
  sealed: Buffer
  createdBy: string
  at: string
  expiresAt: string
}
const insert = query({
  name: 'hand-offs.insert',
  row: Type.Object({}),
  sample: [
    {
      id: NOBODY,
      tenantId: NOBODY,
      hash: Buffer.alloc(32),
      role: 'r',
      sealed: Buffer.alloc(1),
      createdBy: NOBODY,
      at: NOW,
      expiresAt: NOW,
    },
  ] as [handOff: NewHandOff],
  sql: (h) => sql`
    insert into hand_offs (id, tenant_id, secret_hash, role, sealed, created_by, created_at, expires_at)
    values (${h.id}, ${h.tenantId}, ${h.hash}, ${h.role}, ${h.sealed}, ${h.createdBy}, ${h.at}, ${h.expiresAt})`,
})
const open = query({
  name: 'hand-offs.open',
  row: Type.Object({}),
  sample: [NOBODY, NOW] as [id: string, at: string],
  sql: (id, at) => sql`update hand_offs set opened_at = ${at}, sealed = null where id = ${id} and opened_at is null`,
})
const forget = query({
  name: 'hand-offs.forget',
  row: Type.Object({}),
  sample: [NOW] as [at: string],
  sql: (at) => sql`update hand_offs set sealed = null where sealed is not null and expires_at <= ${at}::timestamptz`,
})

export const handOffsStore = {
  find: (tx: Tx, hash: Buffer) => tx.maybe(find, hash),
  lock: (tx: Tx, hash: Buffer) => tx.maybe(lock, hash),
  insert: (tx: Tx, handOff: NewHandOff) => tx.run(insert, handOff),
  open: (tx: Tx, id: string, at: string) => tx.run(open, id, at),
  /** Credentials that nobody fetched in time are kept no longer. */
  forget: (tx: Tx, at: string) => tx.run(forget, at),
}
