import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testApi, type TestApi } from '../../test/support/api.ts'
import { emptyDatabase, type TestDatabase } from '../../test/support/database.ts'
import { REGION_SETTINGS } from '../../test/support/region-settings.ts'
import { withClient } from '../../test/support/postgres.ts'

const run = promisify(execFile)
const ADMIN = path.resolve(import.meta.dirname, '../admin.ts')
let folder: string
let origin: TestDatabase
let api: TestApi
let target: TestDatabase
let file: string

/** The administrator program as it is started, on a database. */
const admin = async (database: TestDatabase, ...args: string[]): Promise<{ code: number; said: string }> =>
  run(process.execPath, [ADMIN, ...args], {
    env: { PATH: process.env['PATH'], DATABASE_OWNER_URL: database.url('steward_owner') },
  }).then(
    ({ stdout }) => ({ code: 0, said: stdout }),
    (error: { code: number; stderr: string }) => ({ code: error.code, said: error.stderr }),
  )
const rows = (database: TestDatabase, text: string) =>
  withClient(database.url(), async (client) => (await client.query(text)).rows as Record<string, unknown>[])
/** What every table holds, but for what a restore moves on purpose. */
const content = async (database: TestDatabase) => {
  const tables = await rows(database, `select tablename as name from pg_tables where schemaname = 'public' order by 1`)
  const texts = await Promise.all(
    tables.map(async ({ name }) => {
      const found = await rows(
        database,
        `select (to_jsonb(t) - 'tenants_revision')::text as row from public."${String(name)}" t order by 1`,
      )
      return [name, found.map(({ row }) => row)] as const
    }),
  )
  return Object.fromEntries(texts.filter(([name]) => !String(name).startsWith('audit_')))
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'steward-backup-test-'))
  api = await testApi()
  origin = api.database
  await withClient(origin.url(), (client) =>
    client.query(`insert into regions (name, target, domain, settings) values ('local-1', 'local', 'localhost', $1)`, [
      JSON.stringify(REGION_SETTINGS),
    ]),
  )
  const made = await api.call('POST', '/v1/cells', { body: { name: 'main', region: 'local-1' } })
  expect(made.status).toBe(202)
  file = path.join(folder, 'plane.backup')
  expect(await admin(origin, 'backup', '--file', file)).toMatchObject({ code: 0 })
})
beforeEach(async () => {
  target = await emptyDatabase()
  await rows(target, `alter database ${target.name} owner to steward_owner`)
  return () => target.drop()
})
afterAll(async () => {
  await api.close()
  await rm(folder, { recursive: true, force: true })
})

test('a backup is for this account only, never overwrites one, and comes back as it was', async () => {
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect((await admin(origin, 'backup', '--file', file)).said).toContain('never overwrites')
  expect(await admin(target, 'restore', '--file', file)).toMatchObject({ code: 0 })
  expect(await content(target)).toEqual(await content(origin))
})

test('numbers that fences and pods have seen go on above all that were given out since', async () => {
  await admin(target, 'restore', '--file', file)
  const numbers = async (database: TestDatabase) => {
    const [row] = await rows(
      database,
      'select last_value::float8 as epoch, (select max(tenants_revision)::float8 from units) as revision from operation_epochs',
    )
    return [Number(row?.['epoch']), Number(row?.['revision'])]
  }
  const [before, after] = [await numbers(origin), await numbers(target)]
  expect(after.map((value, index) => value - (before[index] ?? 0))).toEqual([1e9, 1e9])
})

test('logins, policies and the guarded record are as before', async () => {
  await admin(target, 'restore', '--file', file)
  const bound = `select relname, relrowsecurity, relforcerowsecurity, relacl::text, pg_get_userbyid(relowner) as owner from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'S') order by 1`
  expect(await rows(target, bound)).toEqual(await rows(origin, bound))
  const policies = `select tablename, policyname, roles::text, cmd, qual from pg_policies order by 1, 2`
  expect(await rows(target, policies)).toEqual(await rows(origin, policies))
  const said = await rows(target, `select action from audit_events where action like 'plane.%'`)
  expect(said).toEqual([{ action: 'plane.restore' }])
})

test.each([
  ['is cut off', (bytes: Buffer) => bytes.subarray(0, -10), 'cut off'],
  [
    'has one other byte',
    (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([bytes.at(-1) === 0 ? 1 : 0])]),
    'checksum',
  ],
  ['has a header that is none', (bytes: Buffer) => Buffer.concat([Buffer.from('x'), bytes]), 'no backup of Steward'],
  [
    'comes from a newer version',
    (bytes: Buffer) =>
      Buffer.from(bytes.toString('latin1').replace('"migrations":["', '"migrations":["9999_tomorrow","'), 'latin1'),
    'newer version (9999_tomorrow)',
  ],
])('a file that %s is refused before anything is touched', async (_what, spoil, reason) => {
  expect((await admin(target, 'restore', '--file', file)).code).toBe(0)
  const before = await content(target)
  const spoiled = path.join(folder, 'spoiled.backup')
  await writeFile(spoiled, spoil(await readFile(file)))
  const { code, said } = await admin(target, 'restore', '--file', spoiled, '--replace')
  expect([code, said]).toEqual([1, expect.stringContaining(reason)])
  expect(await content(target)).toEqual(before)
})

test('a plane is replaced only when that is said, and never while an API uses it', async () => {
  await admin(target, 'restore', '--file', file)
  await rows(target, `delete from operation_events`)
  expect(await admin(target, 'restore', '--file', file)).toMatchObject({
    code: 1,
    said: expect.stringContaining('--replace'),
  })
  expect(await rows(target, 'select from operation_events')).toEqual([])
  await withClient(target.url('steward_operator'), async () => {
    const refused = await admin(target, 'restore', '--file', file, '--replace')
    expect(refused).toMatchObject({ code: 1, said: expect.stringContaining('steward_operator still use the database') })
  })
  expect(await admin(target, 'restore', '--file', file, '--replace')).toMatchObject({ code: 0 })
  expect(await content(target)).toEqual(await content(origin))
})

test('an empty database has nothing to keep, and a file that is not there is named', async () => {
  expect((await admin(target, 'backup', '--file', path.join(folder, 'none'))).said).toContain('holds no plane')
  expect((await admin(target, 'restore', '--file', path.join(folder, 'none'))).said).toContain('ENOENT')
  expect((await admin(target, 'restore')).code).toBe(2)
})
