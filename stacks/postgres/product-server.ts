import { Client, type ClientBase, type ClientConfig, Pool, type QueryResultRow } from 'pg'
import { databaseProblem } from './postgres.errors.ts'

/** What statements run on. `what` names the act for people in errors; the statement itself is never quoted. */
export type Statements = {
  /** Rows of one statement; throws Problems of `databaseProblems`. */
  run: <Row extends QueryResultRow>(what: string, text: string, values?: readonly unknown[]) => Promise<Row[]>
  /** Number of rows that one statement touched. */
  count: (what: string, text: string, values?: readonly unknown[]) => Promise<number>
}

export type ProductServer = {
  /** Host and port, for example to make URLs for the product; `tls`: whether it takes encrypted connections only. */
  address: { host: string; port: number; tls?: boolean }
  /** Lends a connection to a database; `lost` is aborted when the server drops it. */
  session: <T>(database: string, work: (statements: Statements, lost: AbortSignal) => Promise<T>) => Promise<T>
  /**
   * Lends a connection to the maintenance database for a fence, out of a pool of its own: who holds one asks for a session beside it,
   * and as many holders as there are connections would wait for each other.
   */
  hold: <T>(work: (statements: Statements, lost: AbortSignal) => Promise<T>) => Promise<T>
  close: () => Promise<void>
}

/** The database in which the server's own bookkeeping lives. */
export const MAINTENANCE_DATABASE = 'postgres'
const CONNECT_TIMEOUT_MS = 10_000

/**
 * A product database cluster as one login sees it: the administrator, or the sweeper that can only read. The URL is never
 * repeated in an error. Connections to the maintenance database are kept, those to units' databases are closed after use,
 * because an idle one would count against the unit's.
 */
export function connectProducts({ url }: { url: string }): ProductServer {
  const { hostname, port } = new URL(url)
  const config = { application_name: 'steward', connectionTimeoutMillis: CONNECT_TIMEOUT_MS, keepAlive: true }
  const at = (database: string): ClientConfig => {
    const target = new URL(url)
    target.pathname = `/${encodeURIComponent(database)}`
    return { ...config, connectionString: target.href }
  }
  const openPool = () => {
    const pool = new Pool({ ...at(MAINTENANCE_DATABASE), max: 10, idleTimeoutMillis: 30_000 })
    return pool.on('error', () => {}) // an idle connection broke: the next caller gets a new one
  }
  const [sessions, fences] = [openPool(), openPool()]

  const lend = async <T>(
    client: ClientBase,
    work: (statements: Statements, lost: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    const lost = new AbortController()
    const onError = (error: Error) => lost.abort(databaseProblem(error, 'hold the connection'))
    client.on('error', onError)
    try {
      return await work(statementsOn(client), lost.signal)
    } finally {
      client.off('error', onError)
    }
  }
  const borrow = async <T>(pool: Pool, work: (statements: Statements, lost: AbortSignal) => Promise<T>) => {
    const client = await told('connect', pool.connect())
    let broken = true // until we know better: a connection in an unknown state is not given to anybody else
    try {
      const result = await lend(client, work)
      broken = false
      return result
    } finally {
      client.release(broken)
    }
  }
  return {
    address: { host: hostname, port: Number(port || 5432), tls: demandsTls(url) },
    session: (database, work) =>
      database === MAINTENANCE_DATABASE ? borrow(sessions, work) : alone(at(database), (client) => lend(client, work)),
    hold: (work) => borrow(fences, work),
    close: async () => void (await Promise.all([sessions.end(), fences.end()])),
  }
}

async function alone<T>(config: ClientConfig, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(config)
  client.on('error', () => {})
  try {
    await told('connect', client.connect())
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

const statementsOn = (client: ClientBase): Statements => {
  const send = (what: string, text: string, values: readonly unknown[] = []) =>
    told(what, client.query(text, [...values]))
  return {
    run: async (what, text, values) => (await send(what, text, values)).rows,
    count: async (what, text, values) => (await send(what, text, values)).rowCount ?? 0,
  }
}

async function told<T>(what: string, result: Promise<T>): Promise<T> {
  try {
    return await result
  } catch (error) {
    throw databaseProblem(error, what)
  }
}

/** Who is told to verify or to encrypt speaks to a server that demands it. */
const demandsTls = (url: string): boolean =>
  ['require', 'verify-ca', 'verify-full'].includes(new URL(url).searchParams.get('sslmode') ?? '')
