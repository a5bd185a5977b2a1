import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { doomed } from '../../../test/support/interrupted.ts'
import { copied, fill, move, products, QUICK_WORKERS, type Site, site } from '../../../test/support/move-rig.ts'
import { startTestServer, type TestServer, until } from '../../../test/support/postgres.ts'
import { unlinked } from '../../kubernetes/link.ts'
import type { ProductServer } from '../product-server.ts'
import { abortMove } from './abort.ts'
import { frozen } from './barrier.ts'
import { prepareReturn } from './copy.ts'
import { handOver } from './hand-over.ts'
import { flowOf, type Move } from './move.ts'
import { sideTable } from './side.ts'
import { verifyRows } from './verify.ts'

let cluster: TestServer
let server: ProductServer
let cell: Site
let own: Site
let it: Move
const [acme, neighbour] = [randomUUID(), randomUUID()]
const LIMITS = { waitMs: 1000, limitMs: 15_000 }
const options = { ...LIMITS, switchRoutes: async () => {} }

beforeAll(async () => {
  cluster = await startTestServer(QUICK_WORKERS)
  server = products(cluster)
})
afterAll(async () => {
  await server?.close()
  await cluster?.stop()
})
beforeEach(async () => {
  ;[cell, own] = await Promise.all([site(cluster, server), site(cluster, server)])
  await Promise.all([fill(cell, acme), fill(cell, neighbour)])
  it = move(acme, cell, own)
  await copied(it)
  return async () => void (await abortMove(it, options, unlinked).catch(() => {}))
})

const insert = (tenant: string) =>
  `insert into notes (tenant_id, counter, body) values ('${tenant}', 1, '${randomUUID()}')`
const write = (at: Site, tenant: string) =>
  at.as('app', `select set_config('app.tenant_id', '${tenant}', false)`, insert(tenant))
const READ_ONLY = { code: '25006' }

describe('the barrier', () => {
  test('refuses writes of its tenant at once, lets it read and its neighbours write, and thaws', async () => {
    await frozen(cell.end, it, LIMITS, async () => {
      await expect(write(cell, acme)).rejects.toMatchObject(READ_ONLY)
      await write(cell, neighbour)
      expect(
        await cell.as(
          'app',
          `select set_config('app.tenant_id', '${acme}', false)`,
          'select count(*)::int as n from notes',
        ),
      ).toEqual([{ n: 200 }])
    })
    await write(cell, acme)
  })

  test('refuses updates, deletes, and rows that would become the tenant’s', async () => {
    await frozen(cell.end, it, LIMITS, async () => {
      for (const text of [
        `update notes set body = body || '!' where tenant_id = '${acme}'`,
        `delete from notes where tenant_id = '${acme}'`,
        `update counters set tenant_id = '${acme}', id = 99 where tenant_id = '${neighbour}' and id = 5`,
      ])
        await expect(cell.as('root', text)).rejects.toMatchObject(READ_ONLY)
    })
    await expect(cell.as('root', 'truncate notes, counters')).rejects.toMatchObject(READ_ONLY)
  })

  test('waits for an open transaction, and gives up after the time it may wait', async () => {
    const writer = new pg.Client({ connectionString: cell.appUrl })
    await writer.connect()
    await writer.query(`select set_config('app.tenant_id', '${acme}', false)`)
    await writer.query('begin')
    await writer.query(insert(acme))
    const entered: string[] = []
    const enter = frozen(cell.end, it, { waitMs: 300, limitMs: 5000 }, async () => void entered.push('too early'))
    await expect(enter).rejects.toMatchObject({ code: 'move.writers-open', retryable: true })
    expect(entered).toEqual([])
    const patient = frozen(cell.end, it, { waitMs: 10_000, limitMs: 20_000 }, async () => void entered.push('in'))
    await until(async () => expect(await waiting()).toBe(1))
    await expect(write(cell, acme)).rejects.toMatchObject(READ_ONLY)
    await writer.query('commit')
    await patient
    await writer.end()
    expect(entered).toEqual(['in'])
  })

  test('thaws by itself when its holder dies, who then closes nothing', async () => {
    const broken = frozen(cell.end, it, LIMITS, async ({ statements }) => {
      await cell.as(
        'root',
        `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and mode = 'ExclusiveLock' and granted`,
      )
      await until(() => write(cell, acme))
      await statements.run('close', 'select 1')
    })
    await expect(broken).rejects.toMatchObject({ code: 'database.unreachable' })
  })

  test('a freeze that takes too long is given up', async () => {
    const long = frozen(cell.end, it, { waitMs: 100, limitMs: 200 }, async ({ inTime }) => {
      await new Promise((resolve) => setTimeout(resolve, 250))
      inTime()
    })
    await expect(long).rejects.toMatchObject({ code: 'move.freeze-too-long' })
    await write(cell, acme)
  })
})

const waiting = async () =>
  (
    await cell.as<{ n: number }>(
      'root',
      `select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted`,
    )
  )[0]?.n

describe('one writable side', () => {
  test('the target takes nothing before the hand-over, the source nothing after it, whatever snapshot a writer has', async () => {
    await expect(write(own, acme)).rejects.toMatchObject(READ_ONLY)
    await write(own, neighbour).catch((error: unknown) => expect(error).toMatchObject({ code: '23503' })) // no counter, no guard
    const old = new pg.Client({ connectionString: cell.appUrl })
    await old.connect()
    await old.query(`select set_config('app.tenant_id', '${acme}', false)`)
    await old.query('begin isolation level repeatable read')
    await old.query('select 1 from notes limit 1')
    await handOver(it, options, unlinked)
    await expect(old.query(insert(acme))).rejects.toMatchObject({ code: '40001' })
    await old.end()
    await expect(write(cell, acme)).rejects.toMatchObject(READ_ONLY)
    await write(own, acme)
    await abortMove(it, options, unlinked)
    await write(cell, acme)
  })

  test('a hand-over that sleeps before it opens the target opens nothing once the move is being taken back', async () => {
    const asleep = { has: (moment: string) => moment !== 'after close this side' }
    const { wrap } = doomed(asleep, async () => {
      await own.as('root', `update ${sideTable(it)} set aborting = true`)
    })
    const late = {
      ...it,
      source: { ...it.source, server: wrap(server) },
      target: { ...it.target, server: wrap(server) },
    }
    await expect(handOver(late, options, unlinked)).rejects.toMatchObject({ code: 'move.aborting' })
    await expect(write(own, acme)).rejects.toMatchObject(READ_ONLY)
    await abortMove(it, options, unlinked)
    await write(cell, acme)
  })

  test('identities go on beyond what the other side gave out', async () => {
    await handOver(it, options, unlinked)
    const [row] = await own.as<{ id: number }>(
      'app',
      `select set_config('app.tenant_id', '${acme}', false)`,
      `${insert(acme)} returning id::int`,
    )
    expect(row?.id).toBeGreaterThan(400) // two tenants had 200 each from one sequence
  })
})

describe('rows that differ', () => {
  const asReplication = (at: Site, text: string) => at.as('root', 'set session_replication_role = replica', text)

  test('are found with their keys before the hand-over, and nothing is handed over', async () => {
    await prepareReturn(it, unlinked)
    await write(cell, acme)
    const [row] = await cell.as<{ id: string }>(
      'root',
      `select max(id)::text as id from notes where tenant_id = '${acme}'`,
    )
    await until(async () => {
      const found = await own.as('root', `select 1 from notes where id = ${row?.id}`)
      expect(found).toHaveLength(1)
    })
    await asReplication(own, `update notes set body = 'changed' where id = ${row?.id}`)
    const differing = { table: '"public"."notes"', key: [acme, row?.id], what: 'changed' }
    await expect(handOver(it, options, unlinked)).rejects.toMatchObject({
      code: 'move.rows-differ',
      extra: { rows: [differing], count: 1 },
    })
    await write(cell, acme) // thawed
    await expect(write(own, acme)).rejects.toMatchObject(READ_ONLY)
  })

  test('are found among many by halving ranges: changed, missing and extra ones', async () => {
    await asReplication(own, `update notes set body = 'changed' where tenant_id = '${acme}' and body = 'old 77'`)
    await asReplication(own, `delete from notes where tenant_id = '${acme}' and body = 'old 3'`)
    await asReplication(own, `insert into "Odd ""Table" values ('${acme}', 'zzz')`)
    const [changed] = await cell.as<{ id: string }>(
      'root',
      `select id::text from notes where tenant_id = '${acme}' and body = 'old 77'`,
    )
    const [missing] = await cell.as<{ id: string }>(
      'root',
      `select id::text from notes where tenant_id = '${acme}' and body = 'old 3'`,
    )
    const error = await verifyRows(it, unlinked).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'move.rows-differ', extra: { count: 3 } })
    const { rows } = (error as { extra: { rows: unknown[] } }).extra
    expect(rows).toEqual(
      expect.arrayContaining([
        { table: '"public"."notes"', key: [acme, changed?.id], what: 'changed' },
        { table: '"public"."notes"', key: [acme, missing?.id], what: 'missing' },
        { table: '"public"."Odd ""Table"', key: ['zzz', acme], what: 'extra' },
      ]),
    )
  })
})

describe('nothing of other tenants', () => {
  test('is published, and the login can read what moves in this database, write nothing, and enter no other unit', async () => {
    const { name } = flowOf(it, 'out')
    const rows = await cell.as<{ name: string; filter: string }>(
      'root',
      `select tablename as name, rowfilter as filter from pg_publication_tables where pubname = '${name}' order by 1`,
    )
    expect(rows.filter(({ filter }) => !filter.includes(acme)).map(({ name: table }) => table)).toEqual(['marks'])
    expect(await own.as('root', `select count(*)::int as n from notes where tenant_id <> '${acme}'`)).toEqual([
      { n: 0 },
    ])
    const rights = await cell.as<{ right: string }>(
      'root',
      `select table_schema || '.' || table_name || ' ' || privilege_type as right from information_schema.role_table_grants
        where grantee = '${name}' and table_schema = 'public' order by 1`,
    )
    expect(rights.map(({ right }) => right)).toEqual(
      ['Odd "Table', 'counters', 'notes'].map((table) => `public.${table} SELECT`),
    )
    const [may] = await cell.as(
      'root',
      `select has_database_privilege('${name}', '${own.end.database}', 'connect') as enter, rolsuper, rolcreaterole, rolcreatedb,
              has_table_privilege('${name}', 'prices', 'select') as other from pg_roles where rolname = '${name}'`,
    )
    expect(may).toEqual({ enter: false, rolsuper: false, rolcreaterole: false, rolcreatedb: false, other: false })
  })
})
