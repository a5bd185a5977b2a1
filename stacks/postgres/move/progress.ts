import { escapeIdentifier as id } from 'pg'
import { moveProblems } from './move.errors.ts'
import { atBoth, flowOf, type Move, moveSchema } from './move.ts'
import { readSides } from './side.ts'

export type TableProgress = {
  table: string
  state: 'waiting' | 'copying' | 'catching-up' | 'ready'
  /** Rows and bytes of the copy that runs just now; null when none does. */
  rows: number | null
  bytes: number | null
}
export type MoveProgress = {
  tables: TableProgress[]
  ready: boolean
  /** Seconds since the subscription's apply worker started; null when it is not running. */
  runningSeconds: number | null
  /** Bytes of the writable side's log that the other one has not confirmed; those of other tenants and databases are counted, too. */
  lagBytes: number
  /** How often copying or applying has failed since the subscription was made. */
  errors: number
}

const STATES = { i: 'waiting', d: 'copying', f: 'copying', s: 'catching-up', r: 'ready' } as const

/**
 * How far the copy is, after the hand-over the way back; changes nothing. Throws `move.not-begun` without a subscription, and what says
 * that a slot is lost. */
export async function moveProgress(move: Move): Promise<MoveProgress> {
  const { target: there } = await readSides(move)
  const flow = flowOf(move, there?.writable ? 'back' : 'out')
  return atBoth(flow, async (source, target) => {
    const [subscription] = await target.run<{ oid: string; seconds: number | null; errors: number }>(
      'look at the subscription',
      `select s.oid::text, st.apply_error_count::int + st.sync_error_count::int as errors,
              extract(epoch from clock_timestamp() - a.backend_start)::float8 as seconds
         from pg_subscription s join pg_stat_subscription_stats st on st.subid = s.oid
         left join pg_stat_subscription w on w.subid = s.oid and w.relid is null left join pg_stat_activity a on a.pid = w.pid
        where s.subname = $1 and s.subdbid = (select oid from pg_database where datname = current_database())`,
      [flow.name],
    )
    if (!subscription) throw moveProblems['move.not-begun']()
    type Row = Omit<TableProgress, 'state' | 'table'> & { schema: string; name: string; state: keyof typeof STATES }
    const tables = await target.run<Row>(
      'look at the tables',
      `select n.nspname as schema, c.relname as name, r.srsubstate::text as state,
              p.tuples_processed::float8 as rows, p.bytes_processed::float8 as bytes
         from pg_subscription_rel r join pg_class c on c.oid = r.srrelid join pg_namespace n on n.oid = c.relnamespace
         left join pg_stat_progress_copy p on p.relid = c.oid and p.type = 'CALLBACK'
        where r.srsubid = $1::oid and n.nspname <> $2 order by 1, 2`,
      [subscription.oid, moveSchema(move)],
    )
    const [slot] = await source.run<{ lag: number; status: string | null }>(
      'look at the slot',
      `select pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::float8 as lag, wal_status as status
         from pg_replication_slots where slot_name = $1 and database = current_database()`,
      [flow.name],
    )
    if (!slot || slot.status === 'lost')
      throw moveProblems[flow.way === 'out' ? 'move.slot-lost' : 'move.return-lost']({ detail: `slot ${flow.name}` })
    return {
      tables: tables.map(({ schema, name, state, rows, bytes }) => ({
        table: `${id(schema)}.${id(name)}`,
        state: STATES[state],
        rows,
        bytes,
      })),
      ready: tables.every(({ state }) => state === 'r'),
      runningSeconds: subscription.seconds,
      lagBytes: slot.lag,
      errors: subscription.errors,
    }
  })
}

/** Throws `move.not-ready`, naming a table that is not copied yet, and what `moveProgress` throws. */
export async function refuseUnready(move: Move): Promise<void> {
  const { ready, tables } = await moveProgress(move)
  const open = tables.find(({ state }) => state !== 'ready')
  if (!ready || open)
    throw moveProblems['move.not-ready']({ detail: open ? `${open.table} is ${open.state}` : 'not copied yet' })
}
