import path from 'node:path'
import { runner } from 'node-pg-migrate'
import { Client } from 'pg'

/** Any number would do; this one is ours. Two migrators wait for each other here instead of failing. */
const MIGRATION_LOCK = 7_461_920_001n
const FOLDER = path.join(import.meta.dirname, 'migrations')

/** Other migrations than this version's, and how many of those that are missing; tests of upgrades say so. */
type Other = { folder?: string; count?: number }

/**
 * Brings the schema of the database at `url` (login of the owner) up to date; forward only.
 * Returns the names of the migrations that ran. Throws what PostgreSQL says about the first that failed, which leaves no trace.
 */
export async function migrate(url: string, { folder = FOLDER, count }: Other = {}): Promise<string[]> {
  const client = new Client({ connectionString: url, application_name: 'steward-migrate' })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    const ran = await runner({
      dbClient: client,
      dir: folder,
      ...(count === undefined ? {} : { count }),
      migrationsTable: 'schema_migrations',
      direction: 'up',
      noLock: true, // its own lock only tries and throws when another run holds it
      checkOrder: true,
      log: () => {},
    })
    return ran.map(({ name }) => name)
  } finally {
    await client.end()
  }
}
