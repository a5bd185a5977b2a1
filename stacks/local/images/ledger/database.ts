import { DatabaseError, Pool, type QueryResultRow } from 'pg'
import type { PublishedTenant } from '../../../../control-plane/domain/tenants-file.ts'
import type { Tenancy } from './config.ts'
import { createConnectionShares } from './connection-shares.ts'
import { problems } from './errors.ts'

/** Statements of one transaction, all of them as one tenant. */
export interface Tx {
  query: <Row extends QueryResultRow>(text: string, values: readonly unknown[]) => Promise<Row[]>
}
type Scope = Pick<PublishedTenant, 'id' | 'limits'>
export interface Database {
  /** The only way to the rows: sets the tenant and its statement timeout for this transaction alone. */
  withTenant: <T>(tenant: Scope, work: (tx: Tx) => Promise<T>) => Promise<T>
  /** Names of migrations in the schema. */
  migrations: () => Promise<ReadonlySet<string>>
  close: () => Promise<void>
}

/** `set_config(…, true)` ends with the transaction, so a pooled connection never carries one tenant over to the next. */
const ENTER = `select set_config('app.tenant_id', $1, true), set_config('statement_timeout', $2, true)`

const POOL = 8
/** How many of them one tenant holds at once: where it has neighbours, the other half is theirs. */
const EACH: Readonly<Record<Tenancy, number>> = { pool: POOL / 2, silo: POOL }
const WAIT_MS = 5000

type Options = { url: string; name: string; tenancy: Tenancy; onLost: (error: Error) => void }
/** A pool on the product's own login. Errors of the database come out as problems; those of a rule of the schema as they are. */
export function openDatabase(options: Options): Database {
  const pool = new Pool({
    connectionString: options.url,
    application_name: options.name,
    max: POOL,
    connectionTimeoutMillis: WAIT_MS,
    idle_in_transaction_session_timeout: 30_000,
    keepAlive: true,
  })
  // A connection that is lost says so to its client even while a query is waiting on it, and an error nobody listens to ends the process.
  pool.on('connect', (client) => client.on('error', options.onLost))
  pool.on('error', () => undefined)
  const shares = createConnectionShares({
    each: EACH[options.tenancy],
    waitMs: WAIT_MS,
    refused: () =>
      problems['tenant.over-connections']({ detail: 'Repeat after 1 s.', extra: { retryAfterSeconds: 1 } }),
  })
  const transact = async <T>(tenant: Scope, work: (tx: Tx) => Promise<T>): Promise<T> => {
    const client = await pool.connect().catch(fail)
    let broken = false
    try {
      await client.query('begin')
      await client.query(ENTER, [tenant.id, `${tenant.limits.statementTimeoutMs}ms`])
      const result = await work({ query: async (text, values) => (await client.query(text, [...values])).rows })
      await client.query('commit')
      return result
    } catch (error) {
      await client.query('rollback').catch(() => (broken = true))
      return fail(error)
    } finally {
      client.release(broken)
    }
  }
  const withTenant: Database['withTenant'] = (tenant, work) => shares.within(tenant.id, () => transact(tenant, work))
  const migrations = async () => {
    const { rows } = await pool.query<{ name: string }>('select name from schema_migrations').catch(fail)
    return new Set(rows.map(({ name }) => name))
  }
  return { withTenant, migrations, close: () => pool.end() }
}

/** What node and PostgreSQL call a server that is away: refused, starting, stopping, failed over, full, or a connection lost midway. */
const AWAY = /^(08|57P|53300|25006|ECONN|EPIPE|EHOST|ENETUNREACH|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)/
const LOST = /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/

function fail(error: unknown): never {
  const { code = '', message = '' } = error instanceof Error ? (error as Error & { code?: string }) : {}
  if (code === '57014') throw problems['statement.timed-out']({ cause: error })
  if (AWAY.test(code) || LOST.test(message)) throw problems['database.unavailable']({ cause: error })
  throw error
}

/** The constraint an insert broke, or undefined when the error is something else. */
export const brokenConstraint = (error: unknown): string | undefined =>
  error instanceof DatabaseError && error.code?.startsWith('23') === true ? error.constraint : undefined
