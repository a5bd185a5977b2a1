import { SpanKind, trace } from '@opentelemetry/api'
import { Client, escapeIdentifier, Pool, types as defaultTypes } from 'pg'
import type { ClientConfig, CustomTypesConfig, PoolClient, QueryResult } from 'pg'
import type { Static, TSchema } from 'typebox'
import type { Query } from './query.ts'
import { inSpan } from './spans.ts'
import type { Sql } from './sql.ts'

/** What runs inside one transaction. Rows come back typed by the query's row schema. */
export interface Tx {
  /** Exactly one row; anything else is a fault of ours. */
  one: <Row extends TSchema, Args extends readonly unknown[]>(
    query: Query<Row, Args>,
    ...args: Args
  ) => Promise<Static<Row>>
  maybe: <Row extends TSchema, Args extends readonly unknown[]>(
    query: Query<Row, Args>,
    ...args: Args
  ) => Promise<Static<Row> | undefined>
  all: <Row extends TSchema, Args extends readonly unknown[]>(
    query: Query<Row, Args>,
    ...args: Args
  ) => Promise<Static<Row>[]>
  /** For statements whose rows do not matter; returns how many rows were touched. */
  run: <Row extends TSchema, Args extends readonly unknown[]>(query: Query<Row, Args>, ...args: Args) => Promise<number>
}

export interface Database {
  /** Commits when `work` returns, rolls back when it throws. `tenantId` binds row-level security for members. */
  transaction: <T>(work: (tx: Tx) => Promise<T>, options?: { tenantId?: string }) => Promise<T>
  /**
   * Runs one statement, which is a transaction by itself: one way to the server and back instead of three. For logins whose rows are
   * not bound to a tenant. A second statement throws.
   */
  statement: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>
  /** Calls `onNotify` for each NOTIFY on the channel and once after every (re)connection, so that nothing is missed. */
  listen: (channel: string, onNotify: (payload: string) => void) => Promise<{ close: () => Promise<void> }>
  /** Connections of the pool right now: busy, open but free, and transactions that wait for one. */
  usage: () => { used: number; idle: number; waiting: number }
  close: () => Promise<void>
}

export type DatabaseOptions = {
  url: string
  /** Largest number of connections. */
  max?: number
  applicationName: string
  /** Server settings of every connection, for example `{ lock_timeout: '10s' }`. */
  settings?: Readonly<Record<string, string>>
  onError?: (error: unknown) => void
}

const { INT8, TIMESTAMPTZ } = defaultTypes.builtins
/** Sequences and counts stay far below 2^53; times travel as ISO 8601 text, as JSON needs them. */
const types: CustomTypesConfig = {
  getTypeParser: (type, format) => {
    if (type === INT8 && format !== 'binary') return Number
    if (type === TIMESTAMPTZ && format !== 'binary') return (text: string) => new Date(text).toISOString()
    return defaultTypes.getTypeParser(type, format)
  },
}

/**
 * Names of statements by their text: a connection parses and plans each once instead of at every call. Values never become text,
 * so that there are as many as the code declares. The name is not the query's: fragments may give one query several texts.
 */
const names = new Map<string, string>()
function nameOf(text: string): string {
  const name = names.get(text) ?? `s${names.size}`
  names.set(text, name)
  return name
}

const statementsOf = (client: PoolClient, most = Number.POSITIVE_INFINITY): Tx => {
  let sent = 0
  const send = ({ text, values }: Sql): Promise<QueryResult> =>
    client.query({ name: nameOf(text), text, values: [...values] })
  const rows = <Args extends readonly unknown[]>(query: Query<TSchema, Args>, args: Args): Promise<QueryResult> => {
    if (++sent > most) throw new Error(`${query.name} is one statement more than one`)
    const statement = query.sql(...args)
    return trace.getActiveSpan()?.isRecording()
      ? inSpan(`sql ${query.name}`, { kind: SpanKind.CLIENT }, () => send(statement))
      : send(statement)
  }
  return {
    async one(query, ...args) {
      const found = (await rows(query, args)).rows
      if (found.length !== 1) throw new Error(`${query.name} gave ${found.length} rows instead of one`)
      return found[0]
    },
    maybe: async (query, ...args) => (await rows(query, args)).rows[0],
    all: async (query, ...args) => (await rows(query, args)).rows,
    run: async (query, ...args) => (await rows(query, args)).rowCount ?? 0,
  }
}

/** Opens a pool of connections; nothing is connected before the first use. */
export function openDatabase({
  url,
  max = 10,
  applicationName,
  settings = {},
  onError = () => {},
}: DatabaseOptions): Database {
  const startup = Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ')
  const config = {
    connectionString: url,
    options: startup,
    application_name: applicationName,
    types,
    connectionTimeoutMillis: 10_000,
  }
  const pool = new Pool({ ...config, max, idleTimeoutMillis: 30_000 })
  pool.on('error', onError)
  return {
    transaction: (work, options) => withClient(pool, (client) => transact(client, work, options?.tenantId)),
    statement: (work) => withClient(pool, (client) => work(statementsOf(client, 1))),
    listen: (channel, onNotify) => listen(config, channel, onNotify, onError),
    usage: () => ({ used: pool.totalCount - pool.idleCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: () => pool.end(),
  }
}

async function withClient<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw lost(error)
  })
  let broken: Error | undefined
  const noteBroken = (error: Error) => {
    broken = error
  }
  client.on('error', noteBroken)
  try {
    return await work(client)
  } catch (error) {
    throw broken === undefined ? error : lost(error)
  } finally {
    client.off('error', noteBroken)
    client.release(broken)
  }
}

const CONNECTION_FAILURE = '08006'
/** node-postgres gives no code to time-outs and broken connections of its own: they get PostgreSQL's, so that callers can tell. */
const lost = (error: unknown): unknown =>
  error instanceof Error && !('code' in error && error.code !== undefined)
    ? Object.assign(error, { code: CONNECTION_FAILURE })
    : error

async function transact<T>(client: PoolClient, work: (tx: Tx) => Promise<T>, tenantId?: string): Promise<T> {
  await client.query('begin')
  try {
    if (tenantId !== undefined) await client.query("select set_config('app.tenant_id', $1, true)", [tenantId])
    const result = await work(statementsOf(client))
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => {}) // the connection may be gone: the server then rolls back itself
    throw error
  }
}

/** A connection of its own that comes back after a loss; a gap between two connections is covered by the call on connecting. */
async function listen(
  config: ClientConfig,
  channel: string,
  onNotify: (payload: string) => void,
  onError: (error: unknown) => void,
): Promise<{ close: () => Promise<void> }> {
  let closed = false
  let client: Client | undefined
  let retry: NodeJS.Timeout | undefined
  const connect = async () => {
    const next = new Client({ ...config, keepAlive: true })
    next.on('notification', ({ payload }) => onNotify(payload ?? ''))
    next.on('error', onError)
    next.on('end', () => {
      if (!closed) retry = setTimeout(() => void connect().catch(onError), 250)
    })
    await next.connect()
    await next.query(`listen ${escapeIdentifier(channel)}`)
    client = next
    onNotify('')
  }
  await connect()
  return {
    close: async () => {
      closed = true
      clearTimeout(retry)
      await client?.end()
    },
  }
}
