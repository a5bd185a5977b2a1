import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { unitNames, type UnitNames } from '../../control-plane/domain/naming.ts'
import { exportFolder } from '../../control-plane/platform/export-folder.ts'
import { testServerUrl } from '../../test/support/database.ts'
import { withClient } from '../../test/support/postgres.ts'
import { unlinked } from '../kubernetes/link.ts'
import { exportRows, inspectExport } from './export-rows.ts'
import { restoreLargeObjects } from './large-objects.ts'
import { connectProducts, type ProductServer } from './product-server.ts'
import { restoreRows } from './restore-rows.ts'

const [ACME, GLOBEX] = ['0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c01', '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c02']

/** Every kind of value that a copy may spoil. */
const SCHEMA = `
  create table accounts (tenant_id uuid, id bigint generated always as identity, name text, primary key (tenant_id, id));
  create table entries (
    tenant_id uuid not null, id bigserial, account bigint, amount numeric(40, 12), ratio float8, at timestamptz, day date, raw bytea,
    tags text[], extra jsonb, flag boolean, span interval, "odd ""name""" text, doubled numeric generated always as (amount * 2) stored,
    primary key (tenant_id, id), foreign key (tenant_id, account) references accounts);
  create table settings (key text primary key, value text);
  create schema other; create table other.notes (tenant_id uuid, id int, text text, primary key (tenant_id, id)) partition by range (id);
  create table other.notes_low partition of other.notes for values from (0) to (100);
  create table other.notes_high partition of other.notes for values from (100) to (1000);`
const fill = (tenant: string) => `
  insert into accounts (tenant_id, name) select '${tenant}', 'account ' || n from generate_series(1, 40) n;
  insert into entries (tenant_id, account, amount, ratio, at, day, raw, tags, extra, flag, span, "odd ""name""")
  select '${tenant}', (select min(id) from accounts where tenant_id = '${tenant}'), n * 1234567890123.123456789012, case n % 4 when 0 then 'NaN' when 1 then 'Infinity' else 0.1 * n end::float8,
         '2026-11-28 12:00:00.123456+00'::timestamptz + n * interval '1 second', case when n % 9 = 0 then null else date '0044-03-15 BC' end,
         decode(md5(n::text), 'hex'), array['a', null, 'b"c', E'd\\ne'], jsonb_build_object('n', n, 'text', E'li\\nne'), n % 2 = 0,
         n * interval '1 month 2 days', E'tab\\t and "quote" \\\\ grüße'
    from generate_series(1, 1203) n;
  insert into other.notes select '${tenant}', n, 'note ' || n from generate_series(50, 150) n;`

let server: ProductServer
let names: UnitNames
const copies: string[] = []
const root = (statement: string, database = 'postgres') =>
  withClient(
    testServerUrl().replace(/\/postgres$/, `/${database}`),
    async (client) => (await client.query(statement)).rows,
  )
beforeAll(() => {
  server = connectProducts({ url: testServerUrl() })
})
beforeEach(async () => {
  names = unitNames('cell', `x${randomBytes(4).toString('hex')}`)
  await root(`create database "${names.database}"`)
  await root(`${SCHEMA} ${fill(ACME)} ${fill(GLOBEX)} insert into settings values ('a', '1')`, names.database)
  return async () => {
    for (const database of [names.database, ...copies.splice(0)])
      await root(`drop database if exists "${database}" with (force)`)
  }
})
afterAll(() => server?.close())

const taken = (tenantId: string | null, from = server) =>
  exportRows(
    { reader: from, owner: server },
    { names, tenantId },
    async ({ data, sections }) => {
      const found = new Map<string, string[]>()
      for await (const { name, lines } of sections) {
        const all: string[] = []
        for await (const line of lines) all.push(line)
        found.set(name, all)
      }
      return { data, found }
    },
    unlinked,
  )

/** An empty database of the same schema that holds what was exported, and a digest of every table of a database. */
async function restored(found: ReadonlyMap<string, string[]>): Promise<string> {
  const copy = `${names.database}_copy`
  copies.push(copy)
  await root(`create database "${copy}"`)
  await root(SCHEMA, copy)
  await server.session(copy, async (statements) => {
    await statements.run('put foreign keys off', 'set session_replication_role = replica')
    for (const [name, lines] of found) {
      if (!name.startsWith('table ')) continue
      expect(await restoreRows(statements, name.slice('table '.length), lines)).toBe(lines.length)
    }
  })
  return copy
}
const digest = async (database: string, where: string) =>
  Promise.all(
    ['accounts', 'entries', 'other.notes', 'settings'].map(async (table) => {
      const filter = table === 'settings' ? '' : where
      const rows = await root(`select t::text as text from ${table} t ${filter} order by 1`, database)
      const hash = createHash('sha256')
      for (const { text } of rows) hash.update(`${String(text)}\n`)
      return [table, rows.length, hash.digest('hex')]
    }),
  )

test('rows of one tenant come back into an empty database exactly as they were, and nobody else’s', async () => {
  const { data, found } = await taken(ACME)
  expect(data).toBe('rows')
  expect([...found].map(([name, lines]) => [name, lines.length])).toEqual([
    ['table "other"."notes"', 101],
    ['table "public"."accounts"', 40],
    ['table "public"."entries"', 1203],
  ])
  expect([...found.values()].flat().join('\n')).not.toContain(GLOBEX)
  const copy = await restored(found)
  const [there, back] = [await digest(names.database, `where tenant_id = '${ACME}'`), await digest(copy, '')]
  expect(back.slice(0, 3)).toEqual(there.slice(0, 3))
})

test('a whole database comes back with every table and where its sequences stand', async () => {
  const { data, found } = await taken(null)
  expect(data).toBe('database')
  expect(found.get('table "public"."settings"')).toEqual(['{"key":"a","value":"1"}'])
  expect(found.get('sequences')?.map((line) => JSON.parse(line) as object)).toContainEqual({
    schema: 'public',
    name: 'entries_id_seq',
    lastValue: 2406,
  })
  expect(await digest(await restored(found), '')).toEqual(await digest(names.database, ''))
})

test('everything is read as it was at one moment', async () => {
  const counts = await exportRows(
    { reader: server, owner: server },
    { names, tenantId: ACME },
    async ({ sections }) => {
      const found: number[] = []
      for await (const { lines } of sections) {
        let count = 0
        for await (const _line of lines) count += 1
        found.push(count)
        await root(`delete from entries; delete from accounts`, names.database) // somebody goes on writing
      }
      return found
    },
    unlinked,
  )
  expect(counts).toEqual([101, 40, 1203])
})

test('a login that row-level security binds is refused instead of finding nothing', async () => {
  const role = `bound_${randomBytes(4).toString('hex')}`
  await root(`create role ${role} login password 'x'`)
  await root(
    `alter table entries enable row level security; alter table entries force row level security; grant usage on schema public, other to ${role};
     grant select on all tables in schema public, other to ${role}`,
    names.database,
  )
  const url = new URL(testServerUrl())
  Object.assign(url, { username: role, password: 'x' })
  const bound = connectProducts({ url: url.href })
  try {
    await expect(taken(ACME, bound)).rejects.toMatchObject({ code: 'database.forbidden' })
  } finally {
    await bound.close()
    await root(`drop owned by ${role}`, names.database)
    await root(`drop role ${role}`)
  }
})

/** Large objects of every size that a copy may spoil: none, a hole, pieces cut anywhere; and what they hold. */
const OBJECTS = `
  select lo_create(70001); select lo_from_bytea(70002, '\\x00ff'); select lo_create(70003);
  select lo_put(70003, 5000000, decode(md5('far'), 'hex')); select lo_put(70003, 2040, decode(repeat(md5('x'), 100), 'hex'));`
const objectsOf = (database: string) =>
  root(
    `select oid::text as oid, pg_get_userbyid(lomowner) as owner, length(lo_get(oid)) as bytes, md5(lo_get(oid)) as md5
       from pg_largeobject_metadata order by 1`,
    database,
  )

test('large objects of a database of its own come back under their ids, byte for byte, as they were at that moment', async () => {
  const role = `reader_${randomBytes(4).toString('hex')}`
  await root(`create role ${role} login bypassrls password 'x' in role pg_read_all_data; ${OBJECTS}`, names.database)
  const url = new URL(testServerUrl())
  Object.assign(url, { username: role, password: 'x' })
  const reader = connectProducts({ url: url.href }) // which may read no large object, as the sweeper may not
  const there = await objectsOf(names.database)
  const lines: string[] = []
  try {
    await exportRows(
      { reader, owner: server },
      { names, tenantId: null },
      async ({ sections }) => {
        await root('select lo_unlink(70002); select lo_create(70004)', names.database) // somebody goes on writing
        for await (const section of sections)
          for await (const line of section.lines) if (section.name === 'large-objects') lines.push(line)
      },
      unlinked,
    )
  } finally {
    await reader.close()
    await root(`drop role ${role}`)
  }
  const copy = await restored(new Map())
  await server.session(copy, (statements) => restoreLargeObjects(statements, lines, String(there[0]?.['owner'])))
  expect(there).toHaveLength(3)
  expect(await objectsOf(copy)).toEqual(there)
})

test('a tenant in a shared database with large objects is refused by name, with the ways out; one that is not there has no rows', async () => {
  await root('select lo_create(0)', names.database)
  const refused = {
    code: 'export.large-objects',
    detail: expect.stringMatching(/^1 in cell_.*lo_unlink.*--without-export/),
  }
  await expect(inspectExport(server, { names })).rejects.toMatchObject(refused)
  await expect(taken(ACME)).rejects.toMatchObject(refused)
  expect((await taken(null)).data).toBe('database')
  await root(`drop database "${names.database}"`)
  expect(await taken(ACME)).toEqual({ data: 'none', found: new Map() })
  await inspectExport(server, { names })
})

test('a connection that is cut amid an export keeps nothing of it, and a repeat keeps all', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'steward-cut-'))
  const store = exportFolder(folder)
  const cut = async () => {
    const asked = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${names.database}' and query ~ 'rows_out'`
    expect(await root(asked)).toHaveLength(1)
  }
  const keep = (amid: (line: number) => Promise<unknown>) =>
    exportRows(
      { reader: server, owner: server },
      { names, tenantId: ACME },
      async ({ sections }) => {
        async function* bytes() {
          let line = 0
          for await (const { lines } of sections)
            for await (const text of lines) {
              await amid((line += 1))
              yield Buffer.from(text)
            }
        }
        return store.put('tenant/operation', bytes(), AbortSignal.timeout(30_000))
      },
      unlinked,
    )
  try {
    const broken = keep(async (line) => line === 700 && (await cut()))
    await expect(broken).rejects.toMatchObject({ code: 'database.unreachable', retryable: true })
    expect(await readdir(path.join(folder, 'tenant'))).toEqual([])
    expect((await keep(async () => undefined)).bytes).toBeGreaterThan(100_000)
    expect(await readdir(path.join(folder, 'tenant'))).toEqual(['operation.sealed'])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('reading stops when it is told to, and writes nothing', async () => {
  const stop = new AbortController()
  const reading = exportRows(
    { reader: server, owner: server },
    { names, tenantId: ACME },
    async ({ sections }) => {
      for await (const { lines } of sections) for await (const _line of lines) stop.abort(new Error('told to stop'))
    },
    { signal: stop.signal },
  )
  await expect(reading).rejects.toThrow('told to stop')
  const writing = exportRows(
    { reader: server, owner: server },
    { names, tenantId: ACME },
    async ({ sections }) => {
      for await (const { lines } of sections) for await (const _line of lines) return
    },
    unlinked,
  )
  await writing
  expect((await taken(ACME)).found.get('table "public"."accounts"')).toHaveLength(40)
})
