import { Type } from 'typebox'
import { query } from '../../platform/query.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import { join, sql } from '../../platform/sql.ts'
import type { Tx } from '../../platform/database.ts'
import type { Position } from '../../platform/pagination.ts'
import type { AuditQuery } from './audit.schema.ts'

const Bytes = Type.Unsafe<Buffer>({ 'x-postgres': 'bytea' })
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])

/** Locks the head of a stream, which it makes if need be: its row lock makes sequences gap-free. */
const lockHead = query({
  name: 'audit.lock-head',
  row: Type.Object({ sequence: Type.Integer(), hash: Bytes }),
  sample: ['installation', null, Buffer.alloc(32)] as [stream: string, tenantId: string | null, genesis: Buffer],
  sql: (stream, tenantId, genesis) => sql`
    insert into audit_streams (stream, tenant_id, sequence, hash) values (${stream}, ${tenantId}, 0, ${genesis})
    on conflict (stream) do update set stream = excluded.stream
    returning sequence, hash`,
})

export type NewEvent = {
  stream: string
  sequence: number
  id: string
  tenantId: string | null
  at: string
  actorId: string | null
  action: string
  subject: string
  outcome: string
  requestId: string | null
  operationId: string | null
  canonical: string
  previous: Buffer
  hash: Buffer
}
const someEvent: NewEvent = {
  stream: 'installation',
  sequence: 1,
  id: '00000000-0000-0000-0000-000000000000',
  tenantId: null,
  at: '2026-01-01T00:00:00Z',
  actorId: null,
  action: 'a.b',
  subject: 's',
  outcome: 'succeeded',
  requestId: null,
  operationId: null,
  canonical: '{}',
  previous: Buffer.alloc(32),
  hash: Buffer.alloc(32),
}
/** The event and the head it moves, in one statement. */
const insertEvent = query({
  name: 'audit.insert-event',
  row: Type.Object({}),
  sample: [someEvent] as [event: NewEvent],
  sql: (e) => sql`
    with moved as (update audit_streams set sequence = ${e.sequence}, hash = ${e.hash} where stream = ${e.stream})
    insert into audit_events (stream, sequence, id, tenant_id, at, actor_id, action, subject, outcome, request_id,
                              operation_id, canonical, previous, hash)
    values (${e.stream}, ${e.sequence}, ${e.id}, ${e.tenantId}, ${e.at}, ${e.actorId}, ${e.action}, ${e.subject}, ${e.outcome},
            ${e.requestId}, ${e.operationId}, ${e.canonical}, ${e.previous}, ${e.hash})`,
})

const insertPersonal = query({
  name: 'audit.insert-personal',
  row: Type.Object({}),
  sample: ['00000000-0000-0000-0000-000000000000', null, [], [], []] as [
    eventId: string,
    tenantId: string | null,
    fields: string[],
    salts: Buffer[],
    plains: string[],
  ],
  sql: (eventId, tenantId, fields, salts, plains) => sql`
    insert into audit_personal (event_id, tenant_id, field, salt, plain)
    select ${eventId}, ${tenantId}::uuid, * from unnest(${fields}::text[], ${salts}::bytea[], ${plains}::text[])`,
})

const Listed = Type.Object({
  id: Uuid,
  stream: Type.String(),
  sequence: Type.Integer(),
  at: Timestamp,
  actorId: Nullable(Uuid),
  action: Type.String(),
  subject: Type.String(),
  outcome: Type.Enum(['succeeded', 'failed', 'refused']),
  requestId: Nullable(Type.String()),
  operationId: Nullable(Uuid),
  canonical: Type.String(),
  hash: Bytes,
  personal: Type.Unknown(),
})

/** As a range, which the index over actions serves: U+10FFFF stands after everything an action can go on with. */
const startsWith = (action: string) =>
  sql`e.action collate "C" >= ${action} and e.action collate "C" < ${`${action}\u{10FFFF}`}`

/** Newest first; personal values as one object, empty when there are none or they were erased. */
const list = query({
  name: 'audit.list',
  row: Listed,
  sample: [
    {
      actor: '00000000-0000-0000-0000-000000000000',
      action: 'a',
      subject: 's',
      stream: 'installation',
      tenant: '00000000-0000-0000-0000-000000000000',
      outcome: 'failed',
      request: 'r',
      operation: '00000000-0000-0000-0000-000000000000',
      from: '2026-01-01T00:00:00Z',
      to: '2026-01-01T00:00:00Z',
    },
    ['2026-01-01T00:00:00Z', '00000000-0000-0000-0000-000000000000'],
    1,
  ] as [filter: Omit<AuditQuery, 'limit' | 'cursor'>, after: Position | undefined, limit: number],
  sql: (filter, after, limit) => sql`
    select e.id, e.stream, e.sequence, e.at, e.actor_id as "actorId", e.action, e.subject, e.outcome,
           e.request_id as "requestId", e.operation_id as "operationId", e.canonical, e.hash,
           coalesce((select jsonb_object_agg(p.field, p.plain) from audit_personal p where p.event_id = e.id), '{}') as personal
      from audit_events e
     where ${join(
       [
         sql`true`,
         ...(filter.actor === undefined ? [] : [sql`e.actor_id = ${filter.actor}`]),
         ...(filter.action === undefined ? [] : [startsWith(filter.action)]),
         ...(filter.subject === undefined ? [] : [sql`e.subject = ${filter.subject}`]),
         ...(filter.stream === undefined ? [] : [sql`e.stream = ${filter.stream}`]),
         ...(filter.tenant === undefined ? [] : [sql`e.tenant_id = ${filter.tenant}`]),
         ...(filter.request === undefined ? [] : [sql`e.request_id = ${filter.request}`]),
         ...(filter.operation === undefined ? [] : [sql`e.operation_id = ${filter.operation}`]),
         ...(filter.outcome === undefined ? [] : [sql`e.outcome = ${filter.outcome}`]),
         ...(filter.from === undefined ? [] : [sql`e.at >= ${filter.from}`]),
         ...(filter.to === undefined ? [] : [sql`e.at < ${filter.to}`]),
         ...(after === undefined ? [] : [sql`(e.at, e.id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`]),
       ],
       ' and ',
     )}
     order by e.at desc, e.id desc limit ${limit}`,
})

/** A stretch of a stream in order, with everything `verify` compares. */
const stretch = query({
  name: 'audit.stretch',
  row: Type.Object({
    sequence: Type.Integer(),
    id: Uuid,
    stream: Type.String(),
    tenantId: Nullable(Uuid),
    at: Timestamp,
    actorId: Nullable(Uuid),
    action: Type.String(),
    subject: Type.String(),
    outcome: Type.String(),
    requestId: Nullable(Type.String()),
    operationId: Nullable(Uuid),
    canonical: Type.String(),
    previous: Bytes,
    hash: Bytes,
    personal: Type.Unknown(),
  }),
  sample: ['installation', 0, 1] as [stream: string, after: number, limit: number],
  sql: (stream, after, limit) => sql`
    select e.sequence, e.id, e.stream, e.tenant_id as "tenantId", e.at, e.actor_id as "actorId", e.action, e.subject, e.outcome,
           e.request_id as "requestId", e.operation_id as "operationId", e.canonical, e.previous, e.hash,
           coalesce((select jsonb_object_agg(p.field, jsonb_build_array(encode(p.salt, 'hex'), p.plain))
                       from audit_personal p where p.event_id = e.id), '{}') as personal
      from audit_events e where e.stream = ${stream} and e.sequence > ${after} order by e.sequence limit ${limit}`,
})

const head = query({
  name: 'audit.head',
  row: Type.Object({ sequence: Type.Integer(), hash: Bytes }),
  sample: ['installation'] as [stream: string],
  sql: (stream) => sql`select sequence, hash from audit_streams where stream = ${stream}`,
})

export const auditStore = {
  lockHead: (tx: Tx, stream: string, tenantId: string | null, genesis: Buffer) =>
    tx.one(lockHead, stream, tenantId, genesis),
  insertEvent: (tx: Tx, event: NewEvent) => tx.run(insertEvent, event),
  insertPersonal: (tx: Tx, ...args: Parameters<typeof insertPersonal.sql>) => tx.run(insertPersonal, ...args),
  list: (tx: Tx, ...args: Parameters<typeof list.sql>) => tx.all(list, ...args),
  stretch: (tx: Tx, ...args: Parameters<typeof stretch.sql>) => tx.all(stretch, ...args),
  head: (tx: Tx, stream: string) => tx.maybe(head, stream),
}
