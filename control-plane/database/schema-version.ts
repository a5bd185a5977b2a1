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

/** What keeps this version from serving a database with these migrations; undefined when they fit exactly. */
export function misfit(ours: readonly string[], theirs: readonly string[]): string | undefined {
  const missing = ours.filter((name) => !theirs.includes(name))
  const foreign = theirs.filter((name) => !ours.includes(name))
  if (foreign.length > 0) {
    return `the database was migrated by a newer version (${foreign.join(', ')}): start that version, this one would misread it`
  }
  return missing.length > 0
    ? `the database lacks migrations (${missing.join(', ')}): run node control-plane/database/migrate.ts first`
    : undefined
}

/** Refuses a database whose schema is older or newer than this version's. Throws an error that names the migrations. */
export async function assertSchema(database: Pick<Database, 'transaction'>): Promise<void> {
  const theirs = await database
    .transaction((tx) => tx.all(applied))
    .catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === '42P01') return [] // no such table: never migrated
      throw error
    })
  const fault = misfit(
    ownMigrations(),
    theirs.map(({ name }) => name),
  )
  if (fault !== undefined) throw new Error(fault)
}
