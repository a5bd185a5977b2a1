import { Type } from 'typebox'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { sql } from '../../platform/sql.ts'

const Bytes = Type.Unsafe<Buffer>({ 'x-postgres': 'bytea' })
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])

/** Streams in the order of their names with the newest event that a checkpoint up to this one knows. */
const streams = query({
  name: 'audit.export-streams',
  row: Type.Object({ stream: Type.String(), sequence: Type.Integer(), signed: Nullable(Type.Integer()) }),
  sample: ['', null, 9, 1] as [after: string, only: string | null, checkpoint: number, limit: number],
  sql: (after, only, checkpoint, limit) => sql`
    select s.stream, s.sequence, h.sequence as signed
      from audit_streams s
      left join lateral (select sequence from audit_checkpoint_heads h
                          where h.stream = s.stream and h.checkpoint <= ${checkpoint} order by h.sequence desc limit 1) h on true
     where s.stream collate "C" > ${after} and (${only}::text is null or s.stream = ${only})
     order by s.stream collate "C" limit ${limit}`,
})
const firstFrom = query({
  name: 'audit.first-from',
  row: Type.Object({ sequence: Nullable(Type.Integer()) }),
  sample: ['installation', '2026-01-01T00:00:00Z'] as [stream: string, from: string],
  sql: (stream, from) =>
    sql`select min(sequence) as sequence from audit_events where stream = ${stream} and at >= ${from}`,
})
/** The last event before a time, or the next one that a checkpoint up to this one knows. */
const signedUntil = query({
  name: 'audit.signed-until',
  row: Type.Object({ sequence: Nullable(Type.Integer()) }),
  sample: ['installation', '2026-01-01T00:00:00Z', 9] as [stream: string, to: string, checkpoint: number],
  sql: (stream, to, checkpoint) => sql`
    select min(h.sequence) as sequence from audit_checkpoint_heads h
     where h.stream = ${stream} and h.checkpoint <= ${checkpoint}
       and h.sequence >= (select max(e.sequence) from audit_events e where e.stream = ${stream} and e.at < ${to})`,
})
const hashAt = query({
  name: 'audit.hash-at',
  row: Type.Object({ hash: Bytes }),
  sample: ['installation', 1] as [stream: string, sequence: number],
  sql: (stream, sequence) => sql`select hash from audit_events where stream = ${stream} and sequence = ${sequence}`,
})

export const exportStore = {
  streams: (tx: Tx, ...args: Parameters<typeof streams.sql>) => tx.all(streams, ...args),
  firstFrom: async (tx: Tx, stream: string, from: string) => (await tx.one(firstFrom, stream, from)).sequence,
  signedUntil: async (tx: Tx, ...args: Parameters<typeof signedUntil.sql>) =>
    (await tx.one(signedUntil, ...args)).sequence,
  hashAt: async (tx: Tx, stream: string, sequence: number) => (await tx.maybe(hashAt, stream, sequence))?.hash,
}
