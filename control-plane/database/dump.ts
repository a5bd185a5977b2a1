import { execFile } from 'node:child_process'
import { readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

/** The major version whose dump is committed: others word the same schema differently. */
export const DUMP_MAJOR = 15
export const SCHEMA_FILE = path.join(import.meta.dirname, 'schema.sql')

const run = promisify(execFile)

/** Newer pg_dumps put a random key into every dump; a fixed one keeps two dumps of one schema equal. Older ones have no such option. */
const RESTRICT_KEY = 'steward'

/** `pg_dump` of the wanted major version: Debian's own folder first, else whatever is on PATH. */
async function findDump(): Promise<string> {
  const folder = `/usr/lib/postgresql/${DUMP_MAJOR}/bin`
  return (await readdir(folder).catch((): string[] => [])).includes('pg_dump') ? `${folder}/pg_dump` : 'pg_dump'
}

/**
 * The schema of the database at `url` as text that only changes with the schema. Throws when `pg_dump` is not of the committed
 * dump's major version.
 */
export async function dumpSchema(url: string): Promise<string> {
  const bin = await findDump()
  const { stdout: version } = await run(bin, ['--version'])
  const major = Number(/\b(\d+)\./.exec(version)?.[1])
  if (major !== DUMP_MAJOR) {
    throw new Error(
      `schema.sql is dumped by PostgreSQL ${DUMP_MAJOR}, this is ${version.trim()}: install postgresql-client-${DUMP_MAJOR}`,
    )
  }
  const { stdout: help } = await run(bin, ['--help'])
  const restrict = help.includes('--restrict-key') ? [`--restrict-key=${RESTRICT_KEY}`] : []
  const { username, password, hostname, port, pathname } = new URL(url)
  const connection = {
    PGUSER: username,
    PGPASSWORD: decodeURIComponent(password),
    PGHOST: hostname,
    PGPORT: port,
    PGDATABASE: pathname.slice(1),
  }
  const { stdout } = await run(bin, ['--schema-only', '--no-tablespaces', '--no-security-labels', ...restrict], {
    env: { ...process.env, ...connection },
    maxBuffer: 64 * 1024 * 1024,
  })
  return normalised(stdout)
}

/** Leaves out what differs between machines and not between schemas: versions, session settings, psql's restriction, blank runs. */
export function normalised(dump: string): string {
  const kept = dump
    .split('\n')
    .filter(
      (line) =>
        !/^(SET |SELECT pg_catalog\.set_config|\\(un)?restrict )/.test(line) && !/^-- Dumped (from|by) /.test(line),
    )
  return `${kept
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()}\n`
}

if (import.meta.main) {
  const url = process.env['DATABASE_OWNER_URL']
  if (url === undefined) {
    console.error('DATABASE_OWNER_URL must name a freshly migrated database as the login that owns it')
    process.exit(2)
  }
  await writeFile(SCHEMA_FILE, await dumpSchema(url))
  console.log('schema.sql written')
}
