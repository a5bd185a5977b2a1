import { readdirSync } from 'node:fs'
import path from 'node:path'
import { Type } from 'typebox'
import type { Database } from '../platform/database.ts'
import { query } from '../platform/query.ts'
import { sql } from '../platform/sql.ts'

const applied = query({
  name: 'schema.applied',
  row: Type.Object({ name: Type.String() }),
  sample: [] as [],
  sql: () => sql`select name from schema_migrations order by id`,
})

export const ownMigrations = (): string[] =>
  readdirSync(path.join(import.meta.dirname, 'migrations'))
    .filter((file) => file.endsWith('.sql'))
    .map((file) => path.parse(file).name)
    .toSorted()

/**
 * What only takes away: named so, because a version that is older than a migration knows nothing of it but its name. Its first
 * line says since which version nobody reads what goes.
 */
export const takesAway = (migration: string): boolean => /^\d+_drop_/.test(migration)

/**
 * What keeps this version from serving a database with these migrations; undefined when it can. Newer ones that only expand are
 * no hindrance: during an upgrade, and after going back, an older version serves on them.
 */
export function misfit(ours: readonly string[], theirs: readonly string[]): string | undefined {
  const missing = ours.filter((name) => !theirs.includes(name))
  const gone = theirs.filter((name) => !ours.includes(name) && takesAway(name))
  if (gone.length > 0) {
    return `the database was migrated by a newer version (${gone.join(', ')}) that took away what this one reads: start that version`
  }
  return missing.length > 0
    ? `the database lacks migrations (${missing.join(', ')}): run node control-plane/database/migrate.ts first`
    : undefined
}

/**
 * Refuses a database whose schema this version cannot serve; throws an error that names the migrations. Returns those of a newer
 * version, on which it can.
 */
export async function assertSchema(database: Pick<Database, 'transaction'>): Promise<string[]> {
  const theirs = await appliedMigrations(database)
  const ours = ownMigrations()
  const fault = misfit(ours, theirs)
  if (fault !== undefined) throw new Error(fault)
  return theirs.filter((name) => !ours.includes(name))
}

const appliedMigrations = (database: Pick<Database, 'transaction'>): Promise<string[]> =>
  database
    .transaction(async (tx) => (await tx.all(applied)).map(({ name }) => name))
    .catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === '42P01') return [] // no such table: never migrated
      throw error
    })
