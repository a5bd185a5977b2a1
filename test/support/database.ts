import { randomBytes } from 'node:crypto'
import type { Client } from 'pg'
import { inject } from 'vitest'
import { withClient } from './postgres.ts'

export type TestDatabase = {
  name: string
  /** URL for a login: the superuser, or one of the plane's. */
  url: (role?: 'root' | 'steward_owner' | 'steward_operator' | 'steward_worker' | 'steward_member') => string
  drop: () => Promise<void>
}

const at = (role: string, database: string): string => {
  const url = new URL(inject('postgres'))
  url.username = role
  url.pathname = `/${database}`
  return url.href
}

/** A migrated database of the plane for one test file. */
export const testDatabase = (): Promise<TestDatabase> => clone('steward_template', 'steward_owner')

/** An empty database for one test file. */
export const emptyDatabase = (): Promise<TestDatabase> => clone('template1', 'root')

/** The server itself, for tests that create roles and databases of their own: URL of its superuser. */
export const testServerUrl = (): string => inject('postgres')

async function clone(template: string, owner: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  await withClient(inject('postgres'), (client) =>
    client.query(`create database ${name} owner ${owner} template ${template} strategy file_copy`),
  )
  return {
    name,
    url: (role = 'root') => at(role, name),
    drop: () => withClient(inject('postgres'), (client) => drop(client, name)),
  }
}

/** A closed pool's connections say goodbye after it: thrown out while they do, they would raise an error nobody listens to. */
async function drop(client: Client, name: string): Promise<void> {
  const left = async () =>
    (await client.query('select 1 from pg_stat_activity where datname = $1', [name])).rowCount === 0
  for (const deadline = Date.now() + 2000; Date.now() < deadline && !(await left()););
  await client.query(`drop database ${name} with (force)`)
}
