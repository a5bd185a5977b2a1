import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTestServer, type TestServer, withClient } from '../../../test/support/postgres.ts'
import { dumpDatabases } from './product-databases.ts'

let server: TestServer
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'steward-product-databases-'))
  server = await startTestServer() // of its own: every database and every login of it is dumped
  for (const name of ['cell_a', 'instance_b'])
    await run('postgres', `create database ${name}`).then(() => run(name, 'create table kept as select 7 as row'))
})
afterEach(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const run = (database: string, text: string) =>
  withClient(server.url(database), async (client) => (await client.query(text)).rows as unknown[])
const dump = () => dumpDatabases({ url: server.superuser }, folder)

test('every database is kept, one that is marked as a template, too', async () => {
  await run('postgres', 'alter database instance_b is_template true')
  expect(await dump()).toEqual(['cell_a', 'instance_b', 'postgres'])
  expect((await readdir(folder)).toSorted()).toEqual(['cell_a.dump', 'instance_b.dump', 'postgres.dump', 'roles.sql'])
})

test.each([
  ['closed for connections', 'alter database cell_a allow_connections false', 'cell_a'],
  ['of a name that no restore takes', 'alter database cell_a rename to "cell ä"', 'cell ä'],
  ['of a name that leads out of the folder', 'alter database cell_a rename to "../cell_a"', '../cell_a'],
])('a database %s is named, and nothing is left out in silence', async (_what, change, name) => {
  await run('postgres', change)
  await expect(dump()).rejects.toMatchObject({
    code: 'backup.incomplete',
    detail: expect.stringContaining(JSON.stringify(name)) as string,
  })
  expect(await readdir(folder)).toEqual([])
})
