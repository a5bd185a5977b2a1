import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Difference } from '../../control-plane/domain/drift.ts'
import { unitNames, type UnitNames } from '../../control-plane/domain/naming.ts'
import { testServerUrl } from '../../test/support/database.ts'
import { withClient } from '../../test/support/postgres.ts'
import { unlinked } from '../kubernetes/link.ts'
import { compareDatabase } from './database-drift.ts'
import { repairDatabase } from './database-repair.ts'
import { makeDatabaseSecret, passwordsIn } from './database-secret.ts'
import { connectProducts, type ProductServer } from './product-server.ts'
import { createUnitDatabase, dropUnitDatabase } from './unit-database.ts'

/** What somebody does to a unit's database is said exactly, and repaired as far as it is ours. */
let server: ProductServer
let names: UnitNames
let secret: Record<string, string>
beforeAll(() => {
  server = connectProducts({ url: testServerUrl() })
})
afterAll(() => server?.close())

const root = (statement: string, database = 'postgres') =>
  withClient(
    testServerUrl().replace(/\/postgres$/, `/${database}`),
    async (client) => (await client.query(statement)).rows,
  )
const inside = (statement: string) => root(statement, names.database)
const unit = () => ({ names, passwords: passwordsIn(secret), epoch: 2 })
const compare = (more: Partial<Parameters<typeof compareDatabase>[1]> = {}) =>
  compareDatabase(server, { names, secret, ...more }, unlinked)
const short = (found: readonly Difference[]) =>
  found.map(({ what, object, path, wanted, found: is }) => [
    what,
    nameless(object),
    path && nameless(path),
    wanted && nameless(wanted),
    is && nameless(is),
  ])
const nameless = (text: string) => text.replaceAll(names.database, '<db>')
const repair = () => repairDatabase(server, unit())

beforeEach(async () => {
  names = unitNames('cell', `d${randomBytes(4).toString('hex')}`)
  secret = makeDatabaseSecret(server.address, names)
  await createUnitDatabase(server, { ...unit(), epoch: 1 })
  for (const statement of [
    'create table accounts (tenant_id uuid not null, id int not null, primary key (tenant_id, id))',
    'alter table accounts enable row level security',
    'alter table accounts force row level security',
    `create policy own on accounts using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)`,
    'create policy owner on accounts to current_user using (true) with check (true)',
    'create table prices (id int primary key)',
  ])
    await withClient(secret['MIGRATION_DATABASE_URL'] ?? '', (client) => client.query(statement))
})

test('what was made and migrated is no difference, and comparing and repairing it changes nothing', async () => {
  const catalogue = () =>
    inside(`select (select jsonb_agg(r order by rolname) from pg_authid r where rolname like '${names.database}%') as roles,
                   (select datacl::text from pg_database where datname = current_database()) as database,
                   (select jsonb_agg(a.defaclacl::text order by 1) from pg_default_acl a) as defaults,
                   (select jsonb_agg(c.relacl::text order by c.relname) from pg_class c where relnamespace = 'public'::regnamespace) as tables`)
  const before = await catalogue()
  expect(await compare()).toEqual([])
  await repair()
  await repair()
  expect(await compare()).toEqual([])
  expect(await catalogue()).toEqual(before)
})

type Case = [what: string, statements: (names: UnitNames) => string[], seen: unknown[][]]
const OUTSIDE: Case[] = [
  [
    'other attributes of a login',
    ({ appRole }) => [`alter role ${appRole} bypassrls createdb connection limit 3 valid until '2020-01-01'`],
    [
      ['changed', 'role <db>_app', 'bypass row level security', 'false', 'true'],
      ['changed', 'role <db>_app', 'connection limit', '40', '3'],
      ['changed', 'role <db>_app', 'create databases', 'false', 'true'],
      ['changed', 'role <db>_app', 'expires', 'false', 'true'],
    ],
  ],
  [
    'another statement timeout, and one in the database alone',
    ({ appRole, database }) => [
      `alter role ${appRole} set statement_timeout = 0`,
      `alter role ${appRole} in database ${database} set statement_timeout = '1h'`,
    ],
    [
      ['changed', 'role <db>_app', 'statement_timeout', '"60000"', '"0"'],
      ['changed', 'role <db>_app', 'statement_timeout in <db>', null, '"1h"'],
    ],
  ],
  [
    'another password, without saying it',
    ({ copyRole }) => [`alter role ${copyRole} password 'planted-secret'`],
    [['changed', 'role <db>_copy', 'password', '[redacted]', 'value differs']],
  ],
  [
    'membership of the product in the owner',
    ({ appRole, ownerRole }) => [`grant ${ownerRole} to ${appRole}`],
    [['changed', 'role <db>_app', 'member of', '[]', '["<db>_owner"]']],
  ],
  [
    'everybody let in, and more rights on the database',
    ({ database, appRole }) => [
      `grant connect on database ${database} to public`,
      `grant create on database ${database} to ${appRole}`,
    ],
    [
      ['changed', 'database <db>', 'rights of <db>_app', '["CONNECT"]', '["CONNECT","CREATE"]'],
      ['changed', 'database <db>', 'rights of public', '[]', '["CONNECT"]'],
    ],
  ],
  [
    'the product shut out',
    ({ database, appRole }) => [`revoke connect on database ${database} from ${appRole}`],
    [['changed', 'database <db>', 'rights of <db>_app', '["CONNECT"]', '[]']],
  ],
  [
    'a database that nobody may enter',
    ({ database }) => [
      `alter database ${database} connection limit 0`,
      `alter database ${database} allow_connections false`,
    ],
    [
      ['changed', 'database <db>', 'connection limit', '-1', '0'],
      ['changed', 'database <db>', 'connections allowed', 'true', 'false'],
    ],
  ],
]
const INSIDE: Case[] = [
  [
    'row-level security switched off',
    () => ['alter table accounts disable row level security', 'alter table accounts no force row level security'],
    [
      ['changed', 'table <db> public.accounts', 'row level security', 'true', 'false'],
      ['changed', 'table <db> public.accounts', 'row level security forced', 'true', 'false'],
    ],
  ],
  [
    'other rights on a table',
    ({ appRole, copyRole }) => [
      `grant truncate on accounts to ${appRole}`,
      `revoke insert on accounts from ${copyRole}`,
      'grant select on accounts to public',
    ],
    [
      [
        'changed',
        'table <db> public.accounts',
        'rights of <db>_app',
        '["DELETE","INSERT","SELECT","UPDATE"]',
        '["DELETE","INSERT","SELECT","TRUNCATE","UPDATE"]',
      ],
      [
        'changed',
        'table <db> public.accounts',
        'rights of <db>_copy',
        '["DELETE","INSERT","SELECT","UPDATE"]',
        '["DELETE","SELECT","UPDATE"]',
      ],
      ['changed', 'table <db> public.accounts', 'rights of public', '[]', '["SELECT"]'],
    ],
  ],
  [
    'other rights on the schema, and another owner of it',
    ({ appRole, copyRole }) => [
      `grant create on schema public to ${appRole}`,
      `alter schema public owner to ${copyRole}`,
    ],
    [
      ['changed', 'schema <db> public', 'owner', '"<db>_owner"', '"<db>_copy"'],
      ['changed', 'schema <db> public', 'rights of <db>_app', '["USAGE"]', '["CREATE","USAGE"]'],
      ['changed', 'schema <db> public', 'rights of <db>_copy', '["USAGE"]', '[]'], // an owner's rights are not granted
    ],
  ],
  [
    'other rights on what migrations will make',
    ({ ownerRole, appRole }) => [
      `alter default privileges for role ${ownerRole} revoke insert on tables from ${appRole}`,
      `alter default privileges for role ${ownerRole} grant execute on functions to public`,
    ],
    [
      ['changed', 'future functions of <db>', 'rights of public', '[]', '["EXECUTE"]'],
      [
        'changed',
        'future tables of <db>',
        'rights of <db>_app',
        '["DELETE","INSERT","SELECT","UPDATE"]',
        '["DELETE","SELECT","UPDATE"]',
      ],
    ],
  ],
]

describe.each([
  { where: 'outside', cases: OUTSIDE, run: root },
  { where: 'inside', cases: INSIDE, run: inside },
])('$where of it', ({ cases, run }) => {
  test.each(cases)('%s: is said exactly and repaired', async (_what, statements, seen) => {
    for (const statement of statements(names)) await run(statement)
    const found = await compare()
    expect(short(found)).toEqual(seen)
    expect(JSON.stringify(found)).not.toContain('planted')
    await repair()
    expect(await compare()).toEqual([])
    for (const url of Object.values(secret)) await withClient(url, (client) => client.query('select 1'))
  })
})

test('a login that is gone comes back with its rights', async () => {
  await inside(`drop owned by ${names.copyRole}`)
  await root(`revoke all on database ${names.database} from ${names.copyRole}`)
  await root(`drop role ${names.copyRole}`)
  expect(short(await compare())).toContainEqual(['missing', 'role <db>_copy', null, null, null])
  await repair()
  expect(await compare()).toEqual([])
  expect(
    await withClient(secret['COPY_DATABASE_URL'] ?? '', (client) => client.query('select * from accounts')),
  ).toMatchObject({ rowCount: 0 })
})

test('what others were given or made is reported, stays, and is nothing to repair', async () => {
  const stranger = `${names.database}_stranger`
  await root(`create role ${stranger}`)
  await root(`grant connect on database ${names.database} to ${stranger}`)
  await inside(`grant select on accounts to ${stranger}`)
  await inside('create policy open on accounts using (true)')
  const seen = [
    ['unknown', 'policy open on table <db> public.accounts', null, null, null],
    ['unknown', 'right of <db>_stranger on database <db>', null, null, null],
    ['unknown', 'right of <db>_stranger on table <db> public.accounts', null, null, null],
  ]
  expect(short(await compare())).toEqual(seen)
  await repair()
  expect(short(await compare())).toEqual(seen)
})

test('other limits are those of the plan', async () => {
  expect(short(await compare({ limits: { connections: 10, statementTimeoutMs: 7000 } }))).toEqual([
    ['changed', 'role <db>_app', 'connection limit', '10', '40'],
    ['changed', 'role <db>_app', 'statement_timeout', '"7000"', '"60000"'],
  ])
  await repairDatabase(server, { ...unit(), limits: { connections: 10, statementTimeoutMs: 7000 } })
  expect(await compare({ limits: { connections: 10, statementTimeoutMs: 7000 } })).toEqual([])
})

test('a Secret that leads elsewhere is said by its keys; one that is gone says nothing about passwords', async () => {
  const { DATABASE_URL: app = '', MIGRATION_DATABASE_URL: owner = '' } = secret
  const spoilt: Record<string, string> = {
    ...secret,
    DATABASE_URL: app.replace('@', '@evil.example:1/'),
    MIGRATION_DATABASE_URL: owner.replace('_owner:', '_app:'),
  }
  const { COPY_DATABASE_URL: _gone, ...less } = spoilt
  expect(short(await compare({ secret: less }))).toEqual([
    ['changed', `Secret ${names.namespace}/database`, 'data.COPY_DATABASE_URL', '[redacted]', null],
    ['changed', `Secret ${names.namespace}/database`, 'data.DATABASE_URL', '[redacted]', 'value differs'],
    ['changed', `Secret ${names.namespace}/database`, 'data.MIGRATION_DATABASE_URL', '[redacted]', 'value differs'],
  ])
  expect(await compare({ secret: undefined })).toEqual([])
})

test('a database that is gone is missed and not made anew: an empty one would look whole', async () => {
  await root(`drop database ${names.database} with (force)`)
  expect(short(await compare())).toEqual([['missing', 'database <db>', null, null, null]])
  await repair()
  expect(short(await compare())).toEqual([['missing', 'database <db>', null, null, null]])
})

test('an older operation repairs nothing any more', async () => {
  await dropUnitDatabase(server, { names, epoch: 5 })
  await expect(repair()).rejects.toMatchObject({ code: 'effect.fenced' })
  await expect(compare()).resolves.not.toEqual([])
})
