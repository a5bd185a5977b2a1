import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Client, DatabaseError } from 'pg'
import type { Release } from './release.ts'

export const PHASES = ['expand', 'contract'] as const
export type Phase = (typeof PHASES)[number]

/** A migration that cannot succeed however often it is repeated. */
export class MigrationError extends Error {}

type Migration = { name: string; phase: Phase; text: string; checksum: string }
type Applied = { name: string; phase: Phase; checksum: string }
type Options = {
  /** URL of the login that owns the schema. */
  ownerUrl: string
  /** The product's own login: gets rows to read and write, nothing else. */
  appRole: string
  release: Release
  phase: Phase
  say: (line: string) => void
  /** How long one statement may wait for a table that others use, in milliseconds; 5 s by default. */
  lockTimeoutMs?: number
}

/** Beside this file in the sources, beside the bundle in an image. */
const FOLDER = path.join(import.meta.dirname, 'migrations')

/**
 * Brings the schema to what the release needs in this phase: all of it, or nothing. Runs at once wait for each other.
 * Returns what was applied. Throws MigrationError naming the migration and the reason; connection faults as they are.
 */
export async function migrate({
  ownerUrl,
  appRole,
  release,
  phase,
  say,
  lockTimeoutMs = 5000,
}: Options): Promise<string[]> {
  const known = await Promise.all(release.migrations.map(load))
  const client = new Client({ connectionString: ownerUrl, application_name: `ledger migrate ${release.tag}` })
  client.on('error', () => undefined) // the query in progress fails with the same
  await client.connect()
  try {
    await client.query('begin')
    // before any lock timeout: waiting for another run is no fault
    await client.query(`select pg_advisory_xact_lock(hashtextextended('ledger.migrations', 0))`)
    await client.query(`select set_config('lock_timeout', $1, true)`, [`${lockTimeoutMs}ms`])
    await client.query(HISTORY)
    const { rows } = await client.query<Applied>('select name, phase, checksum from schema_migrations order by name')
    const due = pending(known, rows, phase, release)
    for (const migration of due) await apply(client, migration, release, say)
    await grant(client, appRole)
    await client.query('commit')
    return due.map(({ name }) => name)
  } finally {
    await client.end() // an open transaction ends with its connection, undone
  }
}

const HISTORY = `
  create table if not exists schema_migrations (
    name       text primary key,
    phase      text not null check (phase in ('expand', 'contract')),
    checksum   text not null,
    applied_by text not null,
    applied_at timestamptz not null default now()
  )`

async function load(name: string): Promise<Migration> {
  const phase = PHASES.find((candidate) => name.endsWith(`.${candidate}.sql`))
  if (!phase) throw new MigrationError(`${name}: the name of a migration ends in .expand.sql or .contract.sql`)
  const text = await readFile(path.join(FOLDER, name), 'utf8')
  return { name, phase, text, checksum: createHash('sha256').update(text).digest('hex') }
}

/** What is to run; refuses where running it would break a version that may still serve, or where files were changed afterwards. */
function pending(
  known: readonly Migration[],
  applied: readonly Applied[],
  phase: Phase,
  release: Release,
): Migration[] {
  const done = new Map(applied.map((row) => [row.name, row]))
  const changed = known.find(({ name, checksum }) => (done.get(name)?.checksum ?? checksum) !== checksum)
  if (changed) throw new MigrationError(`${changed.name} was changed after it had run: write a new migration instead`)
  const ahead = applied.find((row) => row.phase === 'contract' && !release.migrations.includes(row.name))
  if (ahead)
    throw new MigrationError(
      `the schema was contracted by ${ahead.name}, which ${release.tag} does not know: use a newer release`,
    )
  const open = known.filter(({ name }) => !done.has(name))
  const first = open.find((migration) => migration.phase === 'expand')
  if (phase === 'contract' && first) throw new MigrationError(`${first.name} has not run: run the expand phase first`)
  return open.filter((migration) => migration.phase === phase)
}

async function apply(
  client: Client,
  { name, phase, text, checksum }: Migration,
  release: Release,
  say: (line: string) => void,
) {
  try {
    await client.query(text)
  } catch (error) {
    if (!(error instanceof DatabaseError) || isPassing(error)) throw error
    throw new MigrationError(`${name}: ${error.message}`, { cause: error })
  }
  await client.query('insert into schema_migrations (name, phase, checksum, applied_by) values ($1, $2, $3, $4)', [
    name,
    phase,
    checksum,
    release.tag,
  ])
  say(`applied ${name}`)
}

/** Locks not obtained, deadlocks, a server that stops or restarts: another attempt may well succeed. */
const isPassing = ({ code = '' }: DatabaseError): boolean => /^(55P03|40|57P|53|08)/.test(code)

/** Rows of the product's tables, a look at the history, and nothing that changes the schema. */
async function grant(client: Client, appRole: string): Promise<void> {
  const role = client.escapeIdentifier(appRole)
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname <> 'schema_migrations'`,
  )
  await client.query(`grant usage on schema public to ${role}`)
  for (const { name } of rows)
    await client.query(`grant select, insert, update, delete on ${client.escapeIdentifier(name)} to ${role}`)
  await client.query(`revoke all on schema_migrations from ${role}`)
  await client.query(`grant select on schema_migrations to ${role}`)
}
