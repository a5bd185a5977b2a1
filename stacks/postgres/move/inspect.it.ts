import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { move, products, type Site, site } from '../../../test/support/move-rig.ts'
import { startTestServer, type TestServer } from '../../../test/support/postgres.ts'
import { unlinked } from '../../kubernetes/link.ts'
import { migrate } from '../../local/images/ledger/migrate.ts'
import { releaseOf } from '../../local/images/ledger/release.ts'
import type { ProductServer } from '../product-server.ts'
import { startCopy } from './copy.ts'
import { inspectMove } from './inspect.ts'
import { listMoveLeftovers } from './move-leftovers.ts'
import type { Move } from './move.ts'

let cluster: TestServer
let server: ProductServer
beforeAll(async () => {
  cluster = await startTestServer()
  server = products(cluster)
})
afterAll(async () => {
  await server?.close()
  await cluster?.stop()
})

const KEYED = 'create table rows (tenant_id uuid not null, id int not null, text text, primary key (tenant_id, id))'
const other = ['create table other (id int primary key)']
/** Each schema that cannot move, with the rule and the object by which it is refused. */
const REFUSED: [string, string, string[]][] = [
  ['no-primary-key', '"public"."rows"', ['create table rows (tenant_id uuid not null, id int)']],
  ['key-without-tenant', '"public"."rows"', ['create table rows (tenant_id uuid not null, id int primary key)']],
  [
    'key-type',
    '"public"."rows"',
    ['create table rows (tenant_id uuid, id double precision, primary key (tenant_id, id))'],
  ],
  ['tenant-id-type', '"public"."rows"', ['create table rows (tenant_id text, id int, primary key (tenant_id, id))']],
  ['replica-identity', '"public"."rows"', [KEYED, 'alter table rows replica identity nothing']],
  ['unlogged', '"public"."rows"', [KEYED.replace('table', 'unlogged table')]],
  ['partitioned', '"public"."rows"', [`${KEYED} partition by list (id)`]],
  ['unique-without-tenant', '"public"."rows"', [KEYED, 'create unique index on rows (text)']],
  ['foreign-key', '"public"."rows"', [...other, KEYED, 'alter table rows add foreign key (id) references other']],
  [
    'foreign-key',
    '"public"."rows"',
    [KEYED, 'create table pointing (id int primary key, t uuid, r int, foreign key (t, r) references rows)'],
  ],
  [
    'always-trigger',
    '"public"."rows"',
    [
      KEYED,
      'create function f() returns trigger language plpgsql as $$ begin return new; end $$',
      'create trigger t before insert on rows for each row execute function f()',
      'alter table rows enable always trigger t',
    ],
  ],
  ['sequence', 'public.down', [KEYED, 'create sequence down increment by -1']],
  ['no-tables', '', other],
]

test.each(REFUSED)('%s is refused by name (%s)', async (rule, object, schema) => {
  const [source, target] = await Promise.all([site(cluster, server, schema), site(cluster, server, schema)])
  const it = move(randomUUID(), source, target)
  const { refusals } = await inspectMove(it)
  expect(refusals.map((one) => [one.rule, one.object])).toContainEqual([rule, object || source.end.database])
  await refusedWithoutTrace(it, source, target)
})

const DIFFERENT: [string, string, string[]][] = [
  ['a table', '"public"."rows"', []],
  ['a column', '"public"."rows"', [KEYED.replace('text text', 'text text, more int')]],
  ['a type', '"public"."rows"', [KEYED.replace('id int', 'id bigint')]],
  ['a default', '"public"."rows"', [KEYED.replace('text text', "text text default 'x'")]],
  ['a check', '"public"."rows"', [KEYED.replace('text text', 'text text check (id > 0)')]],
  ['a table more', '"public"."more"', [KEYED, KEYED.replace('rows', 'more')]],
]
test.each(DIFFERENT)('schemas that differ in %s are refused by name', async (_, object, schema) => {
  const [source, target] = await Promise.all([site(cluster, server, [KEYED]), site(cluster, server, schema)])
  const it = move(randomUUID(), source, target)
  const { refusals } = await inspectMove(it)
  expect(refusals.map((one) => [one.rule, one.object])).toEqual([['schema-differs', object]])
  await refusedWithoutTrace(it, source, target)
})

test('the tables of ledger can move', async () => {
  const [source, target] = await Promise.all([site(cluster, server, []), site(cluster, server, [])])
  for (const { ownerUrl, names } of [source, target]) {
    const say = () => undefined
    const how = { phase: 'expand', say, lockTimeoutMs: 5000 } as const
    await migrate({ ownerUrl, appRole: names.appRole, release: releaseOf('1.1.0'), ...how })
  }
  const { tables, refusals } = await inspectMove(move(randomUUID(), source, target))
  expect(refusals).toEqual([])
  expect(tables.map(({ name }) => name)).toEqual(['accounts', 'entries', 'postings'])
})

test('large objects, rows in the way and an impossible move are refused by name', async () => {
  const [source, target] = await Promise.all([site(cluster, server, [KEYED]), site(cluster, server, [KEYED])])
  const acme = randomUUID()
  const it = move(acme, source, target)
  expect((await inspectMove(it)).refusals).toEqual([])
  await source.as('root', "select lo_from_bytea(0, 'x')")
  await target.as('root', `insert into rows values ('${acme}', 1)`)
  expect((await inspectMove(it)).refusals.map(({ rule }) => rule)).toEqual(['large-objects', 'target-holds-rows'])
  await refusedWithoutTrace(it, source, target)
  expect(await target.as('root', 'select count(*)::int as n from rows')).toEqual([{ n: 1 }])

  for (const invalid of [
    { ...it, target: it.source },
    { ...it, id: 'x' },
    { ...it, tenantId: "' or true" },
  ])
    await expect(inspectMove(invalid)).rejects.toMatchObject({ code: 'move.invalid' })
})

async function refusedWithoutTrace(it: Move, source: Site, target: Site): Promise<void> {
  await expect(startCopy(it, unlinked)).rejects.toMatchObject({ code: 'move.refused', retryable: false })
  const databases = [source.end.database, target.end.database]
  expect(await listMoveLeftovers(server, { databases, moveId: it.id })).toEqual([])
}
