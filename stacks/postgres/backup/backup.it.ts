import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testServerUrl } from '../../../test/support/database.ts'
import { withClient } from '../../../test/support/postgres.ts'
import { unlinked } from '../../kubernetes/link.ts'
import { findPostgres } from '../../local/servers/postgres-binaries.ts'
import type { ClientAccess } from './client-program.ts'
import { dumpDatabase } from './dump.ts'
import { dropRehearsal, rehearsalDatabase, rehearseRestore } from './rehearse.ts'

const database = `stack_${randomBytes(4).toString('hex')}`
const at = (name: string) => testServerUrl().replace(/\/postgres$/, `/${name}`)
const sql = (text: string, name = database) =>
  withClient(at(name), async (client) => (await client.query(text)).rows as Record<string, unknown>[])
const scratches = () => sql(`select datname from pg_database where datname = '${rehearsalDatabase(database)}'`)

/** What a dump may stumble over: rows that nobody sees, partitions, large objects, what belongs to a move. */
const SCHEMA = `
  create table accounts (tenant_id uuid, id bigint generated always as identity, name text, primary key (tenant_id, id));
  alter table accounts enable row level security; alter table accounts force row level security;
  create schema other; create table other.notes (id int primary key, text text) partition by range (id);
  create table other.low partition of other.notes for values from (0) to (100);
  create table other.high partition of other.notes for values from (100) to (100000);
  create unlogged table cache (id int); create materialized view names as select name from accounts;
  insert into accounts (tenant_id, name) select gen_random_uuid(), 'account ' || n from generate_series(1, 700) n;
  insert into other.notes select n, repeat('x', 100) from generate_series(50, 20049) n;
  insert into cache values (1); refresh materialized view names;
  select lo_from_bytea(0, '\\x0102'); create publication steward_move_x for all tables;`

let access: ClientAccess
beforeAll(async () => {
  access = { bin: (await findPostgres(process.env, '')).folder, url: testServerUrl() }
  await sql(`create database "${database}"`, 'postgres')
  await sql(SCHEMA)
})
afterAll(async () => {
  for (const name of [database, rehearsalDatabase(database)])
    await sql(`drop database if exists "${name}" with (force)`, 'postgres')
})

async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += 10_000) yield bytes.subarray(start, start + 10_000)
}
const collect = async (dump: AsyncIterable<Uint8Array>) => {
  const pieces: Uint8Array[] = []
  for await (const piece of dump) pieces.push(piece)
  return Buffer.concat(pieces)
}
const HELD = [
  { table: 'other.high', rows: 19_950 },
  { table: 'other.low', rows: 50 },
  { table: 'public.accounts', rows: 700 },
  { table: 'public.cache', rows: 1 },
  { table: 'large objects', rows: 1 },
]

test('a dump holds one moment, whatever is written meanwhile, and restores to just that', async () => {
  const { kept, facts } = await dumpDatabase(
    access,
    database,
    async (dump) => {
      await sql(`insert into accounts (tenant_id, name) values (gen_random_uuid(), 'late')`)
      return collect(dump)
    },
    unlinked,
  )
  expect(facts).toEqual({ lsn: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/), contents: HELD })
  expect(await rehearseRestore(access, database, piecesOf(kept), unlinked)).toEqual(HELD)
  expect(await scratches()).toEqual([])
  expect(await rehearseRestore(access, database, piecesOf(kept), unlinked)).toEqual(HELD) // again, after itself
  expect(kept.includes('steward_move_x')).toBe(false)
  await sql(`delete from accounts where name = 'late'`)
})

test('what keeps the dump may break: the dump ends, and so does its connection', async () => {
  const broken = dumpDatabase(access, database, () => Promise.reject(new Error('the store is full')), unlinked)
  await expect(broken).rejects.toThrow('the store is full')
  await expect
    .poll(() =>
      sql(`select 1 from pg_stat_activity where datname = '${database}' and application_name like 'steward%'`),
    )
    .toEqual([])
})

test('a dump that breaks off throws where it is read, so that nobody takes a part for the whole', async () => {
  const killer = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}' and application_name = 'steward-backup'`
  await sql(`insert into other.notes select n, repeat(md5(n::text), 40) from generate_series(20050, 99999) n`)
  let pieces = 0
  const cut = dumpDatabase(
    access,
    database,
    async (dump) => {
      for await (const _piece of dump) if ((pieces += 1) === 1) await sql(killer)
    },
    unlinked,
  )
  await expect(cut).rejects.toMatchObject({ code: 'backup.database-lost', retryable: true })
  expect(pieces).toBeGreaterThan(0)
  await sql(`delete from other.notes where id >= 20050`)
})

test('a dump that was cut off does not restore; what a killed rehearsal left goes', async () => {
  const { kept } = await dumpDatabase(access, database, collect, unlinked)
  const short = rehearseRestore(access, database, piecesOf(kept.subarray(0, kept.length / 2)), unlinked)
  await expect(short).rejects.toMatchObject({ code: 'backup.restore-failed' })
  expect(await scratches()).toHaveLength(1)
  await dropRehearsal(access, database)
  await dropRehearsal(access, database)
  expect(await scratches()).toEqual([])
})

test('what feeds a restore may break, and is told instead of what the restore makes of it', async () => {
  async function* damaged(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('PGDMP')
    throw new Error('the seal is broken')
  }
  await expect(rehearseRestore(access, database, damaged(), unlinked)).rejects.toThrow('the seal is broken')
  await dropRehearsal(access, database)
})

test('a database that is not there, a wrong password and a missing program are told by codes, without the password', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'steward-bin-'))
  const secret = 'not-the-password'
  const wrong = new URL(access.url)
  wrong.password = secret
  try {
    for (const [how, name, code] of [
      [access, 'nowhere', 'database.missing'],
      [{ ...access, url: wrong.href }, database, 'database.forbidden'],
      [{ ...access, bin: folder }, database, 'backup.program-missing'],
    ] as const) {
      const error = await dumpDatabase(how, name, collect, unlinked).catch((cause: unknown) => cause)
      expect(error).toMatchObject({ code })
      expect(JSON.stringify(error)).not.toContain(secret)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a cancelled dump ends its program', async () => {
  const ending = new AbortController()
  const cancelled = dumpDatabase(
    access,
    database,
    async (dump) => {
      for await (const _piece of dump) ending.abort(new Error('cancelled by a test'))
    },
    { signal: ending.signal },
  )
  await expect(cancelled).rejects.toThrow('cancelled by a test')
  await expect
    .poll(() =>
      sql(`select 1 from pg_stat_activity where datname = '${database}' and application_name like 'steward%'`),
    )
    .toEqual([])
})
