import type { TestProject } from 'vitest/node'
import { migrate } from '../../control-plane/database/migrations.ts'
import { startTestServer, withClient } from './postgres.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of the throw-away server's superuser on database `postgres`. */
    postgres: string
  }
}

/** One server per run; `steward_template` is migrated once and cloned by `testDatabase()` in 12-15 ms. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startTestServer()
  await withClient(server.superuser, (client) => client.query('create database steward_template owner steward_owner'))
  await migrate(server.url('steward_template', 'steward_owner'))
  project.provide('postgres', server.superuser)
  return server.stop
}
