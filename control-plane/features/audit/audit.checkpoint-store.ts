import { Type } from 'typebox'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { Timestamp } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'

const Bytes = Type.Unsafe<Buffer>({ 'x-postgres': 'bytea' })
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])

/** Any number would do; this one is ours: one checkpoint is written at a time. */
const lock = query({
  name: 'audit.lock-checkpoints',
  row: Type.Object({}),
  sample: [] as [],
  sql: () => sql`select from (select pg_advisory_xact_lock(7461920004)) locked`,
})

const Checkpoint = Type.Object({
  sequence: Type.Integer(),
  at: Timestamp,
  keyId: Type.String(),
  events: Type.Integer(),
  canonical: Type.String(),
  hash: Bytes,
  signature: Bytes,
})
const last = query({
  name: 'audit.last-checkpoint',
  row: Checkpoint,
  sample: [] as [],
  sql: () => sql`
    select sequence, at, key_id as "keyId", events, canonical, hash, signature from audit_checkpoints
     order by sequence desc limit 1`,
})
const list = query({
  name: 'audit.list-checkpoints',
  row: Checkpoint,
  sample: [9, 1] as [before: number | null, limit: number],
  sql: (before, limit) => sql`
    select sequence, at, key_id as "keyId", events, canonical, hash, signature from audit_checkpoints
     where ${before}::bigint is null or sequence < ${before}::bigint order by sequence desc limit ${limit}`,
})
const from = query({
  name: 'audit.checkpoints-from',
  row: Checkpoint,
  sample: [0, 9, 1] as [after: number, to: number, limit: number],
  sql: (after, to, limit) => sql`
    select sequence, at, key_id as "keyId", events, canonical, hash, signature from audit_checkpoints
     where sequence > ${after} and sequence <= ${to} order by sequence limit ${limit}`,
})
const headsOf = query({
  name: 'audit.heads-of',
  row: Type.Object({ checkpoint: Type.Integer(), stream: Type.String(), sequence: Type.Integer(), hash: Bytes }),
  sample: [0, 9] as [after: number, to: number],
  sql: (after, to) => sql`
    select checkpoint, stream, sequence, hash from audit_checkpoint_heads
     where checkpoint > ${after} and checkpoint <= ${to} order by checkpoint, stream collate "C"`,
})

/**
 * Streams that are not where the newest checkpoint that knows them left them, and what it knows. `gone`: the last event that it knows
 * is not there any more. The streams that checkpoints know are looked up one after the other in the index, not read with all heads.
 */
const moved = query({
  name: 'audit.moved-streams',
  row: Type.Object({
    stream: Type.String(),
    sequence: Nullable(Type.Integer()),
    hash: Nullable(Bytes),
    knownSequence: Nullable(Type.Integer()),
    knownHash: Nullable(Bytes),
    gone: Type.Boolean(),
  }),
  sample: [] as [],
  sql: () => sql`
    with recursive signed as (
      select min(stream) as stream from audit_checkpoint_heads
      union all
      select (select min(h.stream) from audit_checkpoint_heads h where h.stream > signed.stream)
        from signed where signed.stream is not null
    )
    select n.stream, s.sequence, s.hash, k.sequence as "knownSequence", k.hash as "knownHash", coalesce(k.gone, false) as gone
      from (select stream from audit_streams union select stream from signed where stream is not null) n
      left join audit_streams s on s.stream = n.stream
      left join lateral (select h.sequence, h.hash, not exists (select from audit_events e
                                                     where e.stream = h.stream and e.sequence = h.sequence) as gone
                           from audit_checkpoint_heads h
                          where h.stream = n.stream order by h.sequence desc limit 1) k on true
     where s.sequence is distinct from coalesce(k.sequence, 0) or s.hash <> coalesce(k.hash, s.hash) or k.gone
     order by n.stream collate "C"`,
})

/** Events that no checkpoint covers yet; nothing but a sum over heads. */
const behind = query({
  name: 'audit.behind',
  row: Type.Object({ events: Nullable(Type.Integer()) }),
  sample: [] as [],
  sql: () => sql`
    select (select sum(sequence) from audit_streams)::bigint
           - coalesce((select events from audit_checkpoints order by sequence desc limit 1), 0) as events`,
})

export type NewCheckpoint = {
  sequence: number
  at: string
  keyId: string
  events: number
  canonical: string
  hash: Buffer
  signature: Buffer
}
const insert = query({
  name: 'audit.insert-checkpoint',
  row: Type.Object({}),
  sample: [
    {
      sequence: 1,
      at: '2026-01-01T00:00:00Z',
      keyId: '0',
      events: 1,
      canonical: '{}',
      hash: Buffer.alloc(32),
      signature: Buffer.alloc(64),
    },
  ] as [checkpoint: NewCheckpoint],
  sql: (c) => sql`
    insert into audit_checkpoints (sequence, at, key_id, events, canonical, hash, signature)
    values (${c.sequence}, ${c.at}, ${c.keyId}, ${c.events}, ${c.canonical}, ${c.hash}, ${c.signature})`,
})
const insertHeads = query({
  name: 'audit.insert-heads',
  row: Type.Object({}),
  sample: [1, [], [], []] as [checkpoint: number, streams: string[], sequences: number[], hashes: Buffer[]],
  sql: (checkpoint, streams, sequences, hashes) => sql`
    insert into audit_checkpoint_heads (checkpoint, stream, sequence, hash)
    select ${checkpoint}::bigint, * from unnest(${streams}::text[], ${sequences}::bigint[], ${hashes}::bytea[])`,
})

export const checkpointStore = {
  lock: (tx: Tx) => tx.run(lock),
  last: (tx: Tx) => tx.maybe(last),
  list: (tx: Tx, ...args: Parameters<typeof list.sql>) => tx.all(list, ...args),
  from: (tx: Tx, ...args: Parameters<typeof from.sql>) => tx.all(from, ...args),
  headsOf: (tx: Tx, ...args: Parameters<typeof headsOf.sql>) => tx.all(headsOf, ...args),
  moved: (tx: Tx) => tx.all(moved),
  behind: async (tx: Tx) => (await tx.one(behind)).events ?? 0,
  insert: (tx: Tx, checkpoint: NewCheckpoint) => tx.run(insert, checkpoint),
  insertHeads: (tx: Tx, ...args: Parameters<typeof insertHeads.sql>) => tx.run(insertHeads, ...args),
}
