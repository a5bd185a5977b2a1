import type { Pool, PoolClient } from 'pg'
import { knowsPins } from './release.ts'
import type { Tenant } from './tenants.ts'

type Note = { id: string; text: string; pinned?: boolean }

/** Runs as one tenant: row-level security shows its rows and no others. */
async function asTenant<T>(pool: Pool, { id, limits }: Tenant, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query(`select set_config('app.tenant_id', $1, true), set_config('statement_timeout', $2, true)`, [
      id,
      `${limits.statementTimeoutMs}ms`,
    ])
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

export type Notes = {
  list: (tenant: Tenant) => Promise<Note[]>
  add: (tenant: Tenant, note: { text: string; pinned: boolean }) => Promise<Note>
  /** Names of the migrations that the database has been through. */
  migrations: () => Promise<ReadonlySet<string>>
}

/** The notes of each tenant, as a version knows them. */
export function openNotes(pool: Pool, version: string): Notes {
  const columns = knowsPins(version) ? 'id, text, coalesce(pinned, false) as pinned' : 'id, text'
  return {
    list: (tenant) =>
      asTenant(
        pool,
        tenant,
        async (client) => (await client.query<Note>(`select ${columns} from notes order by id`)).rows,
      ),
    add: (tenant, { text, pinned }) =>
      asTenant(pool, tenant, async (client) => {
        const { rows } = knowsPins(version)
          ? await client.query<Note>(
              `insert into notes (tenant_id, text, pinned) values ($1, $2, $3) returning ${columns}`,
              [tenant.id, text, pinned],
            )
          : await client.query<Note>(`insert into notes (tenant_id, text) values ($1, $2) returning ${columns}`, [
              tenant.id,
              text,
            ])
        const [note] = rows
        if (!note) throw new Error('an insert returned no row')
        return note
      }),
    migrations: async () =>
      new Set((await pool.query<{ name: string }>('select name from schema_migrations')).rows.map(({ name }) => name)),
  }
}
