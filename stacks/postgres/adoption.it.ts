import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { unitNames, type UnitNames } from '../../control-plane/domain/naming.ts'
import { testServerUrl } from '../../test/support/database.ts'
import { withClient } from '../../test/support/postgres.ts'
import { unlinked } from '../kubernetes/link.ts'
import { observeDatabase } from './adoption-sight.ts'
import { describeDatabase, giveDatabaseBack, takeDatabase } from './adoption.ts'
import { compareDatabase } from './database-drift.ts'
import { connectProducts, type ProductServer } from './product-server.ts'
import { dropUnitDatabase } from './unit-database.ts'

/** A database that somebody made by hand, on a real server: observed without a write, taken over, and given back as it was. */
const TENANT = '01900000-0000-7000-8000-00000000000a'
const OTHER = '01900000-0000-7000-8000-00000000000b'
const passwords = { owner: 'owner-secret', app: 'app-secret', copy: 'copy-secret' }
let server: ProductServer
let reader: ProductServer
const reading = `reader_${randomBytes(4).toString('hex')}`
const at = (database: string, user?: string, password?: string) => {
  const url = new URL(testServerUrl())
  url.pathname = `/${database}`
  if (user !== undefined && password !== undefined) Object.assign(url, { username: user, password })
  return url.href
}
const on = (url: string, ...statements: string[]) =>
  withClient(url, async (client) => {
    let rows: Record<string, unknown>[] = []
    for (const statement of statements) rows = (await client.query(statement)).rows
    return rows
  })
beforeAll(async () => {
  server = connectProducts({ url: testServerUrl() })
  await on(
    testServerUrl(),
    `create role ${reading} login bypassrls password 'reader-secret'`,
    `grant pg_read_all_data to ${reading}`,
  )
  reader = connectProducts({ url: at('postgres', reading, 'reader-secret') })
})
afterAll(async () => {
  await Promise.all([server?.close(), reader?.close()])
  await on(testServerUrl(), `drop role ${reading}`)
})

let database: string
let dba: string
let names: UnitNames
const policy = `using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)`
beforeEach(async () => {
  const suffix = randomBytes(4).toString('hex')
  ;[database, dba] = [`by_hand_${suffix}`, `dba_${suffix}`]
  names = unitNames('instance', `adopted-${suffix}`, { namespace: 'by-hand', database })
  await on(
    testServerUrl(),
    `create role ${dba} login password 'dba-secret'`,
    `create database ${database} owner ${dba}`,
  )
  await on(
    at(database, dba, 'dba-secret'),
    'create schema books',
    "create type books.colour as enum ('red')",
    'create table books.accounts (tenant_id uuid not null, id serial, note text, primary key (tenant_id, id))',
    'alter table books.accounts enable row level security',
    'alter table books.accounts force row level security',
    `create policy own on books.accounts ${policy}`,
    'create table books.versions (id int)',
    'create table public.plain (id int)',
    'create view books.all_accounts as select * from books.accounts',
    `create function books.one() returns int language sql as 'select 1'`,
  )
  await on(at(database), `insert into books.accounts (tenant_id, note) values ('${TENANT}', 'kept')`)
})

afterEach(() =>
  on(
    testServerUrl(),
    `drop database if exists ${database} with (force)`,
    `drop role if exists ${[names.appRole, names.copyRole, names.ownerRole, dba].join(', ')}`,
  ),
)

const observe = (begun = false) => observeDatabase(reader, { names, tenantId: TENANT, begun })
/** Everything the catalogues say about owners, rights and roles, and every row. */
const everything = async () => [
  await on(
    at(database),
    `select d.datdba::regrole::text as owner, (select jsonb_agg(a order by a::text) from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a) as rights
       from pg_database d where datname = current_database()`,
  ),
  await on(
    at(database),
    `select nspname, nspowner::regrole::text as owner, (select jsonb_agg(a order by a::text) from aclexplode(coalesce(nspacl, acldefault('n', nspowner))) a) as rights from pg_namespace where nspname !~ '^pg_' and nspname <> 'public' order by 1`,
  ),
  await on(
    at(database),
    `select n.nspowner::regrole::text as owner, (select jsonb_agg(a order by a::text) from aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a) as rights
       from pg_namespace n where nspname = 'public'`,
  ),
  await on(
    at(database),
    `select relname, relowner::regrole::text as owner from pg_class where relnamespace in ('books'::regnamespace, 'public'::regnamespace) order by 1`,
  ),
  await on(
    at(database),
    `select proname, proowner::regrole::text as owner from pg_proc where pronamespace = 'books'::regnamespace`,
  ),
  await on(
    at(database),
    `select typname, typowner::regrole::text as owner from pg_type where typnamespace = 'books'::regnamespace order by 1`,
  ),
  await on(at(database), 'select count(*) from pg_default_acl'),
  await on(at(database), 'select xmin::text, * from books.accounts'),
  await on(testServerUrl(), `select rolname from pg_roles where rolname ~ '${names.appRole.slice(0, -4)}' order by 1`),
]
const take = async () => {
  const found = await describeDatabase(reader, names)
  if (found === undefined) throw new Error('there is no database')
  for (const _ of ['once', 'again']) await takeDatabase(server, { names, passwords, epoch: 2, found }, unlinked)
  return found
}

test('observing says whose it is and what would be made, and changes nothing', async () => {
  const before = await everything()
  const seen = await observe()
  expect(await everything()).toEqual(before)
  expect(seen).toMatchObject({
    owner: dba,
    conflicts: [],
    resources: [
      { resource: database, action: 'adopt' },
      { resource: names.ownerRole, action: 'create' },
      { resource: names.appRole, action: 'create' },
      { resource: names.copyRole, action: 'create' },
    ],
    parts: [
      { part: `database ${database}` },
      { part: 'table books.accounts' },
      { part: 'table books.versions' },
      { part: 'table public.plain' },
    ],
  })
  expect(await observe()).toEqual(seen)
  await on(at(database), `grant select on books.versions to ${reading}`)
  expect((await observe()).parts).not.toEqual(seen.parts)
})

test('what stands against it is named', async () => {
  await on(
    at(database),
    `insert into books.accounts values ('${OTHER}', 2, 'of another')`,
    'create table public.open (tenant_id uuid)',
    `alter table books.versions owner to ${reading}`,
    `create role ${names.appRole}`,
  )
  const table = (name: string) => `table ${database} ${name}`
  expect((await observe()).conflicts).toEqual([
    { object: `role ${names.appRole}`, reason: expect.stringContaining('it exists') },
    { object: 'table books.versions', reason: expect.stringContaining(reading) },
    { object: 'table public.open', reason: expect.stringContaining('belongs to') },
    { object: table('public.open'), reason: expect.stringContaining('row-level security') },
    { object: table('books.accounts'), reason: `it holds rows of another tenant than ${TENANT}` },
  ])
})

test('a database that is not there stands against it, and none is made', async () => {
  names = { ...names, database: `${database}_not` }
  expect(await observe()).toMatchObject({ owner: null, conflicts: [{ reason: expect.stringContaining('not exist') }] })
})

test('taken over it is what the unit would have made, rows untouched, and its old owner still gets in', async () => {
  const [, , , , , , , rows] = await everything()
  await take()
  expect((await everything())[7]).toEqual(rows)
  const secret = undefined
  expect(await compareDatabase(server, { names, secret }, unlinked)).toEqual([])
  const app = at(database, names.appRole, passwords.app)
  expect(await on(app, 'insert into public.plain values (1) returning id')).toEqual([{ id: 1 }])
  await on(
    app,
    `set app.tenant_id = '${TENANT}'`,
    `insert into books.accounts (tenant_id, note) values ('${TENANT}', 'new')`,
  )
  expect(await on(app, `set app.tenant_id = '${TENANT}'`, 'select note from books.accounts order by id')).toHaveLength(
    2,
  )
  expect(await on(app, `set app.tenant_id = '${OTHER}'`, 'select note from books.accounts')).toEqual([])
  await on(at(database, names.ownerRole, passwords.owner), 'alter table books.versions add column later int')
  await on(at(database, dba, 'dba-secret'), 'insert into books.versions (id) values (7)')
  await dropUnitDatabase(server, { names, epoch: 3 }, unlinked)
  expect(await describeDatabase(reader, names)).toBeUndefined()
})

test('given back it is as it was, with what was made in it meanwhile; later nothing of the attempt takes effect', async () => {
  const before = await everything()
  const found = await take()
  await on(at(database, names.ownerRole, passwords.owner), 'create table books.migrated (id int)')
  for (const epoch of [3, 3]) await giveDatabaseBack(server, { names, epoch, found }, unlinked)
  const [madeMeanwhile] = await on(
    at(database),
    `select relowner::regrole::text as owner from pg_class where relname = 'migrated'`,
  )
  expect(madeMeanwhile).toEqual({ owner: dba })
  await on(at(database), 'drop table books.migrated')
  expect(await everything()).toEqual(before)
  await expect(takeDatabase(server, { names, passwords, epoch: 2, found }, unlinked)).rejects.toMatchObject({
    code: 'effect.fenced',
  })
  expect(await everything()).toEqual(before)
})

test('one that somebody took meanwhile is neither taken nor given back', async () => {
  const found = await describeDatabase(reader, names)
  if (found === undefined) throw new Error('there is no database')
  await on(testServerUrl(), `alter database ${database} owner to ${reading}`)
  await expect(takeDatabase(server, { names, passwords, epoch: 2, found }, unlinked)).rejects.toMatchObject({
    code: 'database.foreign',
  })
  await expect(giveDatabaseBack(server, { names, epoch: 3, found }, unlinked)).rejects.toMatchObject({
    code: 'database.foreign',
  })
  await on(testServerUrl(), `alter database ${database} owner to ${dba}`)
})
