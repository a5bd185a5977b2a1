import { Type } from 'typebox'
import type { Tx } from '../../platform/database.ts'
import type { Position } from '../../platform/pagination.ts'
import { query } from '../../platform/query.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import { join, sql, type Sql } from '../../platform/sql.ts'
import type { ListOperators } from './operators.schema.ts'

const someId = '00000000-0000-0000-0000-000000000000'
const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])

const OperatorRow = Type.Object({
  id: Uuid,
  name: Type.String(),
  role: Type.String(),
  issuer: orNull(Type.String()),
  disabledAt: orNull(Timestamp),
  expiresAt: orNull(Timestamp),
  lastUsedAt: orNull(Timestamp),
  generation: Type.Integer(),
  createdAt: Timestamp,
})
export type OperatorRow = Type.Static<typeof OperatorRow>
const from = (where: Sql) => sql`
  select o.id, o.name, o.role, o.issuer, o.disabled_at as "disabledAt", o.expires_at as "expiresAt",
         greatest((select max(last_used_at) from operator_tokens where operator_id = o.id),
                  (select max(last_used_at) from operator_sessions where operator_id = o.id)) as "lastUsedAt",
         o.generation, o.created_at as "createdAt"
    from operators o where ${where}`

/** Whoever decides who administers waits here for each other, so that the last two cannot shut each other out; readers do not. */
const lock = query({
  name: 'operators.lock',
  row: Type.Object({}),
  sample: [] as [],
  sql: () => sql`lock table operators in share row exclusive mode`,
})
const find = query({
  name: 'operators.find',
  row: OperatorRow,
  sample: [someId, 'ada'] as [id: string | null, name: string | null],
  sql: (id, name) => from(sql`o.id = ${id} or o.name = ${name}`),
})
const byIdentity = query({
  name: 'operators.by-identity',
  row: OperatorRow,
  sample: ['https://id.example', 'subject'] as [issuer: string, subject: string],
  sql: (issuer, subject) => from(sql`o.issuer = ${issuer} and o.subject = ${subject}`),
})
/**
 * Those who can let others in again: not disabled, not only for an hour, and with a way in: an identity provider whose groups
 * made them administrators when they last came, or a live token that has not been narrowed.
 */
const administrators = query({
  name: 'operators.administrators',
  row: Type.Object({ id: Uuid }),
  sample: ['2026-01-01T00:00:00Z'] as [at: string],
  sql: (at) => sql`
    select o.id from operators o
     where o.role = 'administrator' and o.disabled_at is null and o.expires_at is null
       and (o.issuer is not null or exists (
             select from operator_tokens t
              where t.operator_id = o.id and t.revoked_at is null and (t.expires_at is null or t.expires_at > ${at}::timestamptz)
                and t.verbs is null and coalesce(t.role, 'administrator') = 'administrator'))
     order by o.id`,
})
/** The one that the host made, or the one that was there first: no person of an identity provider. */
const firstAdministrator = query({
  name: 'operators.first-administrator',
  row: Type.Object({ id: Uuid }),
  sample: [] as [],
  sql: () => sql`
    select id from operators where role = 'administrator' and issuer is null and expires_at is null order by created_at, id limit 1`,
})
const any = query({
  name: 'operators.any',
  row: Type.Object({ id: Uuid }),
  sample: [] as [],
  sql: () => sql`select id from operators limit 1`,
})
export type NewOperator = {
  id: string
  name: string
  role: string
  issuer: string | null
  subject: string | null
  expiresAt: string | null
}
/** No row: the name is taken. */
const insert = query({
  name: 'operators.insert',
  row: Type.Object({ id: Uuid }),
  sample: [{ id: someId, name: 'ada', role: 'viewer', issuer: null, subject: null, expiresAt: null }] as [
    operator: NewOperator,
  ],
  sql: ({ id, name, role, issuer, subject, expiresAt }) => sql`
    insert into operators (id, name, role, issuer, subject, expires_at)
    values (${id}, ${name}, ${role}, ${issuer}, ${subject}, ${expiresAt}) on conflict (name) do nothing returning id`,
})
export type Standing = { role: string; disabledAt: string | null; expiresAt: string | null }
const setStanding = query({
  name: 'operators.set-standing',
  row: Type.Object({}),
  sample: [someId, { role: 'viewer', disabledAt: null, expiresAt: null }] as [id: string, standing: Standing],
  sql: (id, { role, disabledAt, expiresAt }) => sql`
    update operators set role = ${role}, disabled_at = ${disabledAt}, expires_at = ${expiresAt}, generation = generation + 1
     where id = ${id}`,
})
const list = query({
  name: 'operators.list',
  row: OperatorRow,
  sample: [{ name: 'a', role: 'viewer', state: 'enabled' }, ['a'], 1] as [
    filter: Omit<ListOperators, 'limit' | 'cursor'>,
    after: Position | undefined,
    limit: number,
  ],
  sql: ({ name, role, state }, after, limit) =>
    sql`${from(
      join(
        [
          sql`true`,
          ...(name === undefined ? [] : [sql`strpos(lower(o.name), lower(${name})) > 0`]),
          ...(role === undefined ? [] : [sql`o.role = ${role}`]),
          ...(state === undefined
            ? []
            : [state === 'enabled' ? sql`o.disabled_at is null` : sql`o.disabled_at is not null`]),
          ...(after === undefined ? [] : [sql`o.name > ${after[0]}`]),
        ],
        ' and ',
      ),
    )} order by o.name limit ${limit}`,
})

export const operatorsStore = {
  lock: (tx: Tx) => tx.run(lock),
  find: (tx: Tx, id: string | null, name: string | null) => tx.maybe(find, id, name),
  byIdentity: (tx: Tx, issuer: string, subject: string) => tx.maybe(byIdentity, issuer, subject),
  administrators: async (tx: Tx, at: string) => (await tx.all(administrators, at)).map(({ id }) => id),
  firstAdministrator: (tx: Tx) => tx.maybe(firstAdministrator),
  any: (tx: Tx) => tx.maybe(any),
  insert: (tx: Tx, operator: NewOperator) => tx.maybe(insert, operator),
  setStanding: (tx: Tx, id: string, standing: Standing) => tx.run(setStanding, id, standing),
  list: (tx: Tx, ...args: Parameters<typeof list.sql>) => tx.all(list, ...args),
}
