import { Client } from 'pg'
import { clockFinding } from './clock.ts'
import { type Finding, look } from './finding.ts'

const OLDEST = 15
/** Logins of the plane that serve: rows are kept apart by policies, which do not bind a superuser or one who bypasses them. */
const SERVING = ['steward_operator', 'steward_worker', 'steward_member']
const EXTENSION = 'btree_gist'

type Ask = <Row extends object>(text: string, values?: readonly unknown[]) => Promise<Row[]>

/** Runs `work` in a session that cannot write. A URL is never repeated in what is said. */
async function reading<T>(url: string, work: (ask: Ask) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: url,
    application_name: 'steward-preflight',
    connectionTimeoutMillis: 10_000,
    options: '-c default_transaction_read_only=on',
  })
  client.on('error', () => undefined) // a server that ends under us fails the query, which reports it
  try {
    await client.connect()
    return await work(async (text, values = []) => (await client.query(text, [...values])).rows)
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function version(ask: Ask, what: string): Promise<Finding> {
  const [row] = await ask<{ number: string; name: string }>(
    `select current_setting('server_version_num') as number, current_setting('server_version') as name`,
  )
  const found = `PostgreSQL ${row?.name}`
  return Math.floor(Number(row?.number) / 10_000) >= OLDEST
    ? { what, found }
    : { what, found, fix: `use PostgreSQL ${OLDEST} or newer` }
}

type Role = { name: string; above: boolean; login: boolean }
const roles = async (ask: Ask): Promise<Finding> =>
  judgeRoles(
    await ask<Role>(
      `select rolname as name, rolsuper or rolbypassrls as above, rolcanlogin as login from pg_roles where rolname = any($1)`,
      [SERVING],
    ),
  )

/** Whether the plane's serving logins are there, and bound by row-level security. */
export function judgeRoles(rows: readonly Role[]): Finding {
  const what = 'logins of the plane'
  const missing = SERVING.filter((name) => !rows.some((row) => row.name === name && row.login))
  const above = rows.filter((row) => row.above).map(({ name }) => name)
  if (missing.length > 0) {
    const fix = missing.map((name) => `create role ${name} login password '…';`).join(' ')
    return { what, found: `no ${missing.join(', ')}`, fix }
  }
  if (above.length > 0) {
    const fix = above.map((name) => `alter role ${name} nosuperuser nobypassrls;`).join(' ')
    return { what, found: `${above.join(', ')} stand above row-level security`, fix }
  }
  return { what, found: SERVING.join(', ') }
}

async function extension(ask: Ask): Promise<Finding> {
  const what = `extension ${EXTENSION}`
  const [row] = await ask<{ installed: boolean; may: boolean }>(
    `select installed_version is not null as installed, has_database_privilege(current_database(), 'CREATE') as may
       from pg_available_extensions where name = $1`,
    [EXTENSION],
  )
  if (!row)
    return {
      what,
      found: 'the server does not have it',
      fix: 'install the contrib packages of PostgreSQL at the server',
    }
  if (row.installed) return { what, found: 'is there' }
  if (row.may) return { what, found: 'can be made by the migration' }
  return {
    what,
    found: 'the owner may not make it',
    fix: 'grant create on database … to the owner, or create the extension yourself',
  }
}

async function content(ask: Ask): Promise<Finding> {
  const what = 'database of the plane'
  const [row] = await ask<{ plane: boolean; tables: number; may: boolean; owner: string }>(
    `select to_regclass('public.schema_migrations') is not null as plane, current_user as owner,
            (select count(*)::int from pg_tables where schemaname = 'public') as tables,
            has_schema_privilege('public', 'CREATE') as may`,
  )
  if (!row) throw new Error('the database does not answer')
  if (!row.may)
    return {
      what,
      found: `${row.owner} may make nothing in the schema public`,
      fix: `grant create on schema public to ${row.owner};`,
    }
  if (row.plane) return { what, found: 'holds a plane: it is upgraded' }
  if (row.tables === 0) return { what, found: 'is empty' }
  return {
    what,
    found: `holds ${row.tables} tables of somebody else`,
    fix: 'name an empty database in DATABASE_OWNER_URL',
  }
}

async function clock(ask: Ask): Promise<Finding> {
  const began = Date.now()
  const [row] = await ask<{ ms: number }>('select extract(epoch from clock_timestamp())::float8 * 1000 as ms')
  return clockFinding('clock of the database', row?.ms ?? Number.NaN, (began + Date.now()) / 2)
}

/** Looks at the database of the plane as the login that owns it; nothing is written. */
export const planeDatabaseFindings = (url: string): Promise<Finding[]> =>
  look('database of the plane', 'name it in DATABASE_OWNER_URL, as the login that owns it', () =>
    reading(url, async (ask) => [
      await version(ask, 'server of the plane'),
      await content(ask),
      await roles(ask),
      await extension(ask),
      await clock(ask),
    ]),
  )

async function administration(ask: Ask): Promise<Finding[]> {
  const [row] = await ask<{ super: boolean; level: string }>(
    `select rolsuper as super, current_setting('wal_level') as level from pg_roles where rolname = current_user`,
  )
  const login = { what: 'login for product databases', found: row?.super ? 'is a superuser' : 'is no superuser' }
  const level = { what: 'write-ahead log', found: `wal_level is ${row?.level}` }
  return [
    row?.super
      ? login
      : {
          ...login,
          fix: 'it makes databases and logins and reads verifiers: alter role … superuser, on a server of its own',
        },
    row?.level === 'logical'
      ? level
      : {
          ...level,
          fix: `alter system set wal_level = 'logical', and restart: rows of one tenant are followed while it moves`,
        },
  ]
}

/** Looks at the server of product databases as the login that makes them; nothing is written. */
export const productServerFindings = (url: string): Promise<Finding[]> =>
  look('server of product databases', 'name it in PRODUCTS_DATABASE_URL, as the login that makes databases', () =>
    reading(url, async (ask) => [await version(ask, 'server of product databases'), ...(await administration(ask))]),
  )
