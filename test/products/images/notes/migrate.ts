import { Client, DatabaseError } from 'pg'
import type { Migration, Phase } from './schema.ts'

/** A migration that cannot succeed however often it is repeated. */
export class Impossible extends Error {}

type Wanted = { ownerUrl: string; appRole: string; migrations: readonly Migration[]; phase: Phase }

/**
 * Applies what a phase still lacks, all of it or nothing; runs at once wait for each other. Returns the names of what was applied.
 * Throws `Impossible` for what no repetition changes.
 */
export async function migrate({ ownerUrl, appRole, migrations, phase }: Wanted): Promise<string[]> {
  const client = new Client({ connectionString: ownerUrl, application_name: 'notes migrate' })
  client.on('error', () => undefined) // the statement in progress fails with the same
  await client.connect()
  try {
    await client.query('begin')
    await client.query(`select pg_advisory_xact_lock(hashtextextended('notes.migrations', 0))`)
    await client.query('create table if not exists schema_migrations (name text primary key)')
    const { rows } = await client.query<{ name: string }>('select name from schema_migrations')
    const done = new Set(rows.map(({ name }) => name))
    const open = migrations.filter(({ name }) => !done.has(name))
    const first = open.find((migration) => migration.phase === 'expand')
    if (phase === 'contract' && first) throw new Impossible(`${first.name} has not run: expand first`)
    const due = open.filter((migration) => migration.phase === phase)
    for (const { name, sql } of due) {
      await client.query(sql)
      await client.query('insert into schema_migrations (name) values ($1)', [name])
    }
    // The product itself looks at the history and never writes it.
    const app = client.escapeIdentifier(appRole)
    await client.query(`revoke all on schema_migrations from ${app}; grant select on schema_migrations to ${app}`)
    await client.query('commit')
    return due.map(({ name }) => name)
  } catch (error) {
    if (error instanceof DatabaseError && !isPassing(error)) throw new Impossible(error.message, { cause: error })
    throw error
  } finally {
    await client.end() // an open transaction ends with its connection, undone
  }
}

/** Locks not obtained, deadlocks, a server that stops or restarts. */
const isPassing = ({ code = '' }: DatabaseError): boolean => /^(55P03|40|57P|53|08)/.test(code)
