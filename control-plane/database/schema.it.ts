import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { emptyDatabase, testDatabase, type TestDatabase } from '../../test/support/database.ts'
import { withClient } from '../../test/support/postgres.ts'
import { openDatabase } from '../platform/database.ts'
import { dumpSchema, normalised, SCHEMA_FILE } from './dump.ts'
import { assertSchema, misfit } from './schema-version.ts'

let database: TestDatabase
beforeAll(async () => void (database = await testDatabase()))
afterAll(() => database.drop())

test('schema.sql is what the migrations make: UPDATE_SCHEMA=1 rewrites it', async () => {
  const dumped = await dumpSchema(database.url('steward_owner'))
  if (process.env['UPDATE_SCHEMA'] === '1') await writeFile(SCHEMA_FILE, dumped)
  expect(await readFile(SCHEMA_FILE, 'utf8')).toBe(dumped)
})

test('two dumps of one schema are equal, and a changed schema is not', async () => {
  const other = await testDatabase()
  try {
    expect(await dumpSchema(other.url('steward_owner'))).toBe(await dumpSchema(database.url('steward_owner')))
    await withClient(other.url('steward_owner'), (client) => client.query('alter table plans add column colour text'))
    expect(await dumpSchema(other.url('steward_owner'))).not.toBe(await dumpSchema(database.url('steward_owner')))
  } finally {
    await other.drop()
  }
})

test('versions and session settings are no part of the schema', () => {
  expect(normalised('-- Dumped by pg_dump version 15.9\n\n\n\nSET x = 1;\n\\restrict abc\nCREATE TABLE t ();\n')).toBe(
    'CREATE TABLE t ();\n',
  )
})

test('a database that is older or empty is refused by the names of its migrations; a newer one unless it only expanded', async () => {
  expect(misfit(['1_a', '2_b'], ['1_a', '2_b'])).toBeUndefined()
  expect(misfit(['1_a', '2_b'], ['1_a'])).toMatch(/lacks migrations \(2_b\): run/)
  expect(misfit(['1_a'], ['1_a', '2_b'])).toBeUndefined()
  expect(misfit(['1_a'], ['1_a', '2_b', '3_drop_b'])).toMatch(/newer version \(3_drop_b\)/)
  expect(misfit(['1_a', '3_drop_b'], ['1_a', '3_drop_b'])).toBeUndefined()
  const operator = openDatabase({ url: database.url('steward_operator'), applicationName: 'test' })
  const empty = await emptyDatabase()
  const stranger = openDatabase({ url: empty.url(), applicationName: 'test' })
  try {
    expect(await assertSchema(operator)).toEqual([])
    await expect(assertSchema(stranger)).rejects.toThrow('0001_first_tenants')
    const add = (name: string) =>
      withClient(database.url(), (client) =>
        client.query('insert into schema_migrations (name, run_on) values ($1, now())', [name]),
      )
    await add('9998_tomorrow')
    expect(await assertSchema(operator)).toEqual(['9998_tomorrow'])
    await add('9999_drop_tomorrow')
    await expect(assertSchema(operator)).rejects.toThrow('9999_drop_tomorrow')
  } finally {
    await Promise.all([operator.close(), stranger.close()])
    await empty.drop()
  }
})
