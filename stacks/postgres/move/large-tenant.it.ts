import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { copied, move, products, QUICK_WORKERS, type Site, site } from '../../../test/support/move-rig.ts'
import { startTestServer, type TestServer, until } from '../../../test/support/postgres.ts'
import { unlinked } from '../../kubernetes/link.ts'
import type { ProductServer } from '../product-server.ts'
import { settleCopy } from './copy.ts'
import { handOver } from './hand-over.ts'
import type { Move } from './move.ts'
import { retireMove } from './retire.ts'
import { verifyRows } from './verify.ts'

/** A tenant of more rows than are compared, or erased, at once. */
const ROWS = 100_000
/** The table whose vacuum, once the server begins one, lasts longer than any test. */
const VACUUMED_FOR_EVER =
  'with (autovacuum_vacuum_threshold = 100, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)'

let cluster: TestServer
let server: ProductServer
beforeAll(async () => {
  cluster = await startTestServer({
    ...QUICK_WORKERS,
    autovacuum_naptime: '1s',
    wal_log_hints: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on', // but a copy does not wait for the disk, and here the disk is late
    wal_writer_delay: '10s',
  })
  server = products(cluster)
})
afterAll(async () => {
  await server?.close()
  await cluster?.stop()
})

/** A tenant that was handed over from one database to another of the same cluster. */
async function handedOver(options = ''): Promise<{ it: Move; cell: Site; own: Site }> {
  const schema = [
    `create table bulk (tenant_id uuid not null, id bigint not null, body text, primary key (tenant_id, id)) ${options}`,
  ]
  const [cell, own] = [await site(cluster, server, schema), await site(cluster, server, schema)]
  const it = move(randomUUID(), cell, own)
  await cell.as(
    'root',
    `insert into bulk select '${it.tenantId}', n, md5(n::text) from generate_series(1, ${ROWS}) n`,
    'analyze bulk',
  )
  await copied(it)
  await settleCopy(it, unlinked)
  await handOver(it, { waitMs: 2000, limitMs: 15_000, switchRoutes: async () => {} }, unlinked)
  return { it, cell, own }
}

/** How many entries of the table's index were read, as far as sessions that have ended say. */
async function indexReads(at: Site): Promise<number> {
  const [found] = await at.as<{ n: number }>(
    'root',
    `select idx_tup_read::float8 as n from pg_stat_user_indexes where relname = 'bulk'`,
  )
  return found?.n ?? 0
}

async function walBytes(at: Site): Promise<number> {
  const [found] = await at.as<{ n: number }>('root', `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as n`)
  return found?.n ?? 0
}

test('a row is read a few times to be compared and erased, however many there are', async () => {
  const { it, cell, own } = await handedOver('with (autovacuum_enabled = false)')
  const reads = async () => (await indexReads(cell)) + (await indexReads(own))
  await own.as('root', 'checkpoint') // after one a page is logged whole when it changes first
  const [before, written] = [await reads(), await walBytes(own)]
  expect((await verifyRows(it, unlinked)).rowsVerified).toBe(ROWS)
  expect((await walBytes(own)) - written).toBeLessThan(ROWS * 10) // a tenth of the table: reading what was copied writes nothing
  await until(async () => expect((await reads()) - before).toBeGreaterThanOrEqual(3 * ROWS), 30) // an end of each range, and two sums
  expect((await reads()) - before).toBeLessThan(4 * ROWS)
  expect(await retireMove(it, unlinked)).toEqual({ rowsErased: ROWS })
  await until(async () => expect((await reads()) - before).toBeGreaterThanOrEqual(4 * ROWS), 30)
  expect((await reads()) - before).toBeLessThan(6 * ROWS) // what was erased is passed once more
})

test('a vacuum that the server began stands in nobody’s way', async () => {
  const { it, cell } = await handedOver(VACUUMED_FOR_EVER)
  await cell.as(
    'root',
    `insert into bulk select gen_random_uuid(), n, '' from generate_series(1, ${ROWS}) n`,
    'delete from bulk where body = $$$$',
  )
  await until(async () => {
    const [vacuum] = await cell.as<{ pid: number }>(
      'root',
      `select pid from pg_stat_activity where backend_type = 'autovacuum worker' and query ~ 'VACUUM.* public.bulk' and datname = current_database()`,
    )
    expect(vacuum).toBeDefined()
  }, 60)
  expect(await retireMove(it, unlinked)).toEqual({ rowsErased: ROWS })
}, 120_000)
