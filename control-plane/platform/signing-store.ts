import { Type } from 'typebox'
import type { Tx } from './database.ts'
import { query } from './query.ts'
import { Timestamp } from './schemas.ts'
import { sql } from './sql.ts'

const Bytes = Type.Unsafe<Buffer>({ 'x-postgres': 'bytea' })
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])

const current = query({
  name: 'signing.current',
  row: Type.Object({ id: Type.String(), publicKey: Bytes, sealedPrivate: Nullable(Bytes) }),
  sample: ['evidence'] as [purpose: string],
  sql: (purpose) => sql`
    select id, public_key as "publicKey", sealed_private as "sealedPrivate" from signing_keys
     where purpose = ${purpose} and retired_at is null`,
})
const lockCurrent = query({
  name: 'signing.lock-current',
  row: Type.Object({ id: Type.String(), publicKey: Bytes, sealedPrivate: Nullable(Bytes) }),
  sample: ['evidence'] as [purpose: string],
  sql: (purpose) => sql`
    select id, public_key as "publicKey", sealed_private as "sealedPrivate" from signing_keys
     where purpose = ${purpose} and retired_at is null for update`,
})

export type NewKey = {
  id: string
  purpose: string
  publicKey: Buffer
  sealedPrivate: Buffer
  endorsedBy: string | null
  endorsement: Buffer | null
  createdAt: string
}
const someKey: NewKey = {
  id: '0'.repeat(32),
  purpose: 'evidence',
  publicKey: Buffer.alloc(32),
  sealedPrivate: Buffer.alloc(60),
  endorsedBy: null,
  endorsement: null,
  createdAt: '2026-01-01T00:00:00Z',
}
/** Two that make the first key at once: the second waits here and finds the first one's. */
const insert = query({
  name: 'signing.insert',
  row: Type.Object({}),
  sample: [someKey] as [key: NewKey],
  sql: (key) => sql`
    insert into signing_keys (id, purpose, public_key, sealed_private, endorsed_by, endorsement, created_at)
    values (${key.id}, ${key.purpose}, ${key.publicKey}, ${key.sealedPrivate}, ${key.endorsedBy}, ${key.endorsement},
            ${key.createdAt})
    on conflict (purpose) where retired_at is null do nothing`,
})
const retire = query({
  name: 'signing.retire',
  row: Type.Object({}),
  sample: ['0'.repeat(32), '2026-01-01T00:00:00Z'] as [id: string, now: string],
  sql: (id, now) => sql`update signing_keys set retired_at = ${now}, sealed_private = null where id = ${id}`,
})
const list = query({
  name: 'signing.list',
  row: Type.Object({
    id: Type.String(),
    purpose: Type.String(),
    publicKey: Bytes,
    endorsedBy: Nullable(Type.String()),
    endorsement: Nullable(Bytes),
    createdAt: Timestamp,
    retiredAt: Nullable(Timestamp),
  }),
  sample: [null] as [purpose: string | null],
  sql: (purpose) => sql`
    select id, purpose, public_key as "publicKey", endorsed_by as "endorsedBy", endorsement, created_at as "createdAt",
           retired_at as "retiredAt"
      from signing_keys where ${purpose}::text is null or purpose = ${purpose} order by purpose, created_at, id`,
})
const sealed = query({
  name: 'signing.sealed',
  row: Type.Object({ id: Type.String(), purpose: Type.String(), publicKey: Bytes, sealedPrivate: Nullable(Bytes) }),
  sample: [] as [],
  sql: () =>
    sql`select id, purpose, public_key as "publicKey", sealed_private as "sealedPrivate" from signing_keys where retired_at is null`,
})

export const signingStore = {
  current: (tx: Tx, purpose: string) => tx.maybe(current, purpose),
  lockCurrent: (tx: Tx, purpose: string) => tx.maybe(lockCurrent, purpose),
  insert: (tx: Tx, key: NewKey) => tx.run(insert, key),
  retire: (tx: Tx, id: string, now: string) => tx.run(retire, id, now),
  list: (tx: Tx, purpose: string | null) => tx.all(list, purpose),
  sealed: (tx: Tx) => tx.all(sealed),
}
