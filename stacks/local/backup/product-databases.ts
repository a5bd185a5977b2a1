import { execFile } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { DATABASE_LOGINS } from '../credentials/paths.ts'
import { estateProblems } from '../estate.errors.ts'
import { findPostgres } from '../servers/postgres-binaries.ts'
import { isPartName } from './backup-file.ts'

type Program = 'pg_dump' | 'pg_dumpall' | 'pg_restore' | 'psql'
/** A database cluster as its superuser sees it. */
export type ClusterAccess = { url: string; signal?: AbortSignal }

const ROLES = 'roles.sql'
const DUMP = '.dump'
/** The maintenance database: there from the beginning, and it holds the fences. */
const MAINTENANCE = 'postgres'
/** Logins that every estate has with passwords of its own. */
const OWN: readonly string[] = [DATABASE_LOGINS['products-admin'].role, DATABASE_LOGINS['products-sweep'].role]

/** Runs a client program; what it says of a failure is told by its first line, because a failed row may stand in the others. */
async function run({ url, signal }: ClusterAccess, program: Program, args: readonly string[]): Promise<string> {
  const { folder } = await findPostgres(process.env, '')
  const { username, password, hostname, port } = new URL(url)
  const env = {
    PATH: process.env['PATH'],
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGHOST: hostname,
    PGPORT: port,
    PGAPPNAME: 'steward-estate',
  }
  const options = { env, maxBuffer: 64 * 1024 * 1024, ...(signal ? { signal } : {}) }
  return promisify(execFile)(join(folder, program), [...args], options).then(
    ({ stdout }) => stdout,
    (error: Error & { stderr?: string }) => {
      signal?.throwIfAborted()
      throw new Error(`${program}: ${(error.stderr ?? '').split('\n')[0] || error.message}`)
    },
  )
}

/** Every database but those that every cluster is born with, and what a removal that broke off left of one (nobody reads that). */
const DATABASES = `
  select datname as name, datallowconn as open from pg_database
   where datname not in ('template0', 'template1') and datconnlimit <> -2 order by 1`

async function databases({ url }: ClusterAccess): Promise<string[]> {
  const client = new Client({ connectionString: url, application_name: 'steward-estate' })
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string; open: boolean }>(DATABASES)
    const quoted = (some: typeof rows) => some.map(({ name }) => JSON.stringify(name)).join(', ')
    const incomplete = (detail: string) => estateProblems['backup.incomplete']({ detail })
    const closed = rows.filter(({ open }) => !open)
    if (closed.length > 0)
      throw incomplete(`closed for connections, so nobody can read it: ${quoted(closed)}; open it, or remove it`)
    const odd = rows.filter(({ name }) => !isPartName(name + DUMP))
    if (odd.length > 0) throw incomplete(`of a name that cannot be kept: ${quoted(odd)}; rename it, or remove it`)
    return rows.map(({ name }) => name)
  } finally {
    await client.end()
  }
}

/**
 * Dumps the logins of units with their verifiers, and every database, into a folder. Returns the databases. Fails with
 * `backup.incomplete`, before it writes anything, where a database cannot be kept.
 */
export async function dumpDatabases(access: ClusterAccess, folder: string): Promise<string[]> {
  const names = await databases(access)
  await writeFile(join(folder, ROLES), await run(access, 'pg_dumpall', ['--roles-only', '--database=postgres']), {
    mode: 0o600,
  })
  for (const name of names)
    await run(access, 'pg_dump', ['--format=custom', '--create', `--file=${join(folder, name + DUMP)}`, name])
  return names
}

/** Only what is not an estate's own, and made only where it is missing. */
const ofUnits = (roles: string): string =>
  roles
    .split('\n')
    .filter((line) => !OWN.some((role) => new RegExp(`^(CREATE|ALTER) ROLE ${role}\\b`).test(line)))
    .join('\n')

/** Puts what `dumpDatabases` wrote into a fresh cluster. */
export async function restoreDatabases(access: ClusterAccess, folder: string): Promise<string[]> {
  const roles = join(folder, 'roles-of-units.sql')
  await writeFile(roles, ofUnits(await readFile(join(folder, ROLES), 'utf8')), { mode: 0o600 })
  const strict = ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1']
  await run(access, 'psql', [...strict, '--single-transaction', `--dbname=${MAINTENANCE}`, `--file=${roles}`])
  const names = (await readdir(folder)).filter((name) => name.endsWith(DUMP)).map((name) => basename(name, DUMP))
  for (const name of names) {
    const create = name === MAINTENANCE ? [] : ['--create']
    const file = join(folder, name + DUMP)
    await run(access, 'pg_restore', ['--exit-on-error', ...create, `--dbname=${MAINTENANCE}`, file])
  }
  return names
}
