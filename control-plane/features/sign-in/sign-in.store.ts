import { Type } from 'typebox'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'

const someId = '00000000-0000-0000-0000-000000000000'
const now = '2026-01-01T00:00:00Z'
const hash = Buffer.alloc(32)
const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export type NewSignIn = {
  id: string
  client: 'browser' | 'cli'
  hash: Buffer
  sealed: Buffer | null
  returnTo: string | null
  nextAskAt: string | null
  at: string
  expiresAt: string
}
const insert = query({
  name: 'sign-in.insert',
  row: Type.Object({}),
  sample: [
    { id: someId, client: 'cli', hash, sealed: hash, returnTo: '/', nextAskAt: now, at: now, expiresAt: now },
  ] as [signIn: NewSignIn],
  sql: (s) => sql`
    insert into sign_ins (id, client, secret_hash, sealed, return_to, next_ask_at, created_at, expires_at)
    values (${s.id}, ${s.client}, ${s.hash}, ${s.sealed}, ${s.returnTo}, ${s.nextAskAt}, ${s.at}, ${s.expiresAt})`,
})
/** Takes it for good: whoever comes second with the same secret gets no row. */
const use = query({
  name: 'sign-in.use',
  row: Type.Object({ returnTo: orNull(Type.String()) }),
  sample: [hash, 'browser', now] as [hash: Buffer, client: 'browser' | 'cli', at: string],
  sql: (secretHash, client, at) => sql`
    update sign_ins set used_at = ${at}
     where secret_hash = ${secretHash} and client = ${client} and used_at is null and expires_at > ${at}::timestamptz
    returning return_to as "returnTo"`,
})
const waiting = query({
  name: 'sign-in.waiting',
  row: Type.Object({ id: Uuid, sealed: orNull(Type.Unsafe<Buffer>({ 'x-postgres': 'bytea' })) }),
  sample: [hash, now] as [hash: Buffer, at: string],
  sql: (secretHash, at) => sql`
    select id, sealed from sign_ins
     where secret_hash = ${secretHash} and client = 'cli' and used_at is null and expires_at > ${at}::timestamptz`,
})
/** One asks at a time, and not more often than the provider wants. No row: not yet. */
const turn = query({
  name: 'sign-in.turn',
  row: Type.Object({ id: Uuid }),
  sample: [someId, now, now] as [id: string, at: string, nextAskAt: string],
  sql: (id, at, nextAskAt) => sql`
    update sign_ins set next_ask_at = ${nextAskAt}
     where id = ${id} and used_at is null and next_ask_at <= ${at}::timestamptz returning id`,
})
const forget = query({
  name: 'sign-in.forget',
  row: Type.Object({}),
  sample: [now] as [at: string],
  sql: (at) => sql`delete from sign_ins where expires_at < ${at}::timestamptz - interval '1 day'`,
})

export const signInStore = {
  insert: (tx: Tx, signIn: NewSignIn) => tx.run(insert, signIn),
  use: (tx: Tx, ...args: Parameters<typeof use.sql>) => tx.maybe(use, ...args),
  waiting: (tx: Tx, ...args: Parameters<typeof waiting.sql>) => tx.maybe(waiting, ...args),
  turn: (tx: Tx, ...args: Parameters<typeof turn.sql>) => tx.maybe(turn, ...args),
  forget: (tx: Tx, at: string) => tx.run(forget, at),
}
