import { afterAll, beforeAll, expect, test } from 'vitest'
import { emptyDatabase, testDatabase, testServerUrl, type TestDatabase } from '../../test/support/database.ts'
import { freePort, withClient } from '../../test/support/postgres.ts'
import type { Finding } from './finding.ts'
import { judgeRoles, planeDatabaseFindings, productServerFindings } from './postgres-checks.ts'

let empty: TestDatabase
let plane: TestDatabase
beforeAll(async () => {
  ;[empty, plane] = await Promise.all([emptyDatabase(), testDatabase()])
  await sql(`alter database ${empty.name} owner to steward_owner`)
})
afterAll(async () => {
  await Promise.all([empty.drop(), plane.drop()])
})

const sql = (text: string, url = empty.url()) => withClient(url, (client) => client.query(text))
const look = () => planeDatabaseFindings(empty.url('steward_owner'))
const faults = (findings: readonly Finding[]) =>
  findings.filter(({ fix }) => fix).map(({ what, found }) => `${what}: ${found}`)

test('an empty database with its logins misses nothing, and neither does one that holds a plane', async () => {
  const findings = await look()
  expect(faults(findings)).toEqual([])
  expect(findings.map(({ what, found }) => `${what}: ${found}`)).toEqual([
    expect.stringMatching(/^server of the plane: PostgreSQL 1[5-9]/),
    'database of the plane: is empty',
    'logins of the plane: steward_operator, steward_worker, steward_member',
    'extension btree_gist: can be made by the migration',
    'clock of the database: as here',
  ])
  const upgraded = await planeDatabaseFindings(plane.url('steward_owner'))
  expect([faults(upgraded), upgraded[1]?.found, upgraded[3]?.found]).toEqual([
    [],
    'holds a plane: it is upgraded',
    'is there',
  ])
})

test.each([
  [
    'tables of somebody else',
    'create table theirs ()',
    'drop table theirs',
    'database of the plane: holds 1 tables of somebody else',
  ],
  [
    'an owner that may make no extension',
    'alter database :db owner to root',
    'alter database :db owner to steward_owner',
    'extension btree_gist: the owner may not make it',
  ],
  [
    'no right in the schema',
    'alter schema public owner to root',
    'alter schema public owner to pg_database_owner',
    'database of the plane: steward_owner may make nothing in the schema public',
  ],
])('%s is named with what to do', async (_what, plant, undo, fault) => {
  await sql(plant.replace(':db', empty.name))
  try {
    expect(faults(await look())).toContain(fault)
  } finally {
    await sql(undo.replace(':db', empty.name))
  }
  expect(faults(await look())).toEqual([])
})

test('logins that are missing, may not log in or stand above row-level security are named', () => {
  const role = (name: string) => ({ name, above: false, login: true })
  const [operator, worker, member] = ['steward_operator', 'steward_worker', 'steward_member'].map(role)
  const found = (...rows: (ReturnType<typeof role> | undefined)[]) =>
    judgeRoles(rows.filter((row) => row !== undefined)).found
  expect(found(operator, worker)).toBe('no steward_member')
  expect(found(operator, worker, { ...role('steward_member'), login: false })).toBe('no steward_member')
  expect(found(operator, { ...role('steward_worker'), above: true }, member)).toBe(
    'steward_worker stand above row-level security',
  )
})

test('a server that is away is said without its password, and nothing can be written by looking', async () => {
  const away = `postgres://steward_owner:hunter2@127.0.0.1:${await freePort()}/x`
  const findings = await planeDatabaseFindings(away)
  expect(faults(findings)).toEqual([expect.stringContaining('cannot be looked at')])
  expect(JSON.stringify(findings)).not.toContain('hunter2')
  const { rows } = await sql('select count(*)::int as n from pg_tables where schemaname = $$public$$')
  expect(rows).toEqual([{ n: 0 }])
})

test('the server of product databases wants a superuser and a log that rows can be followed by', async () => {
  const admin = await productServerFindings(testServerUrl())
  expect(admin[1]).toEqual({ what: 'login for product databases', found: 'is a superuser' })
  const level = (await sql('show wal_level')).rows[0] as { wal_level: string }
  expect(admin[2]?.found).toBe(`wal_level is ${level.wal_level}`)
  expect(admin[2]?.fix === undefined).toBe(level.wal_level === 'logical')
  const owner = await productServerFindings(empty.url('steward_owner'))
  expect(faults(owner)).toContain('login for product databases: is no superuser')
})
