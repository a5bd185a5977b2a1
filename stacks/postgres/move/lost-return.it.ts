import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { copied, counts, fill, move, products, QUICK_WORKERS, type Site, site } from '../../../test/support/move-rig.ts'
import { startTestServer, type TestServer, until } from '../../../test/support/postgres.ts'
import { unlinked } from '../../kubernetes/link.ts'
import type { ProductServer } from '../product-server.ts'
import { abortMove } from './abort.ts'
import { prepareReturn } from './copy.ts'
import { handOver } from './hand-over.ts'
import { flowOf, type Move } from './move.ts'
import { retireMove } from './retire.ts'
import { readSides } from './side.ts'
import { verifyRows } from './verify.ts'

/** The server of the new place gives up the log of the way back, as one does whose limit for slots is reached. */
const TURN = { waitMs: 2000, limitMs: 15_000, switchRoutes: async () => {} }

let clusters: TestServer[] = []
let servers: ProductServer[] = []
let [cell, own]: Site[] = []
let it: Move
beforeAll(async () => {
  clusters = await Promise.all([startTestServer(QUICK_WORKERS), startTestServer(QUICK_WORKERS)])
  servers = clusters.map(products)
})
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()))
  await Promise.all(clusters.map((cluster) => cluster.stop()))
})
beforeEach(async () => {
  const [one, other] = await Promise.all(clusters.map((cluster, n) => site(cluster, servers[n] ?? products(cluster))))
  if (!one || !other) throw new Error('no clusters')
  ;[cell, own, it] = [one, other, move(randomUUID(), one, other)]
  await fill(cell, it.tenantId)
  await copied(it)
})

async function loseTheWayBack(): Promise<void> {
  const { name } = flowOf(it, 'back')
  await cell?.as('root', `alter subscription ${name} disable`)
  await own?.as('root', `alter system set max_slot_wal_keep_size = '1MB'`, 'select pg_reload_conf()')
  for (let n = 0; n < 3; n++)
    await own?.as(
      'root',
      'select pg_logical_emit_message(false, $$filler$$, repeat($$x$$, 1000))',
      'select pg_switch_wal()',
    )
  await until(async () => {
    await own?.as('root', 'checkpoint')
    expect(
      await own?.as('root', `select wal_status as status from pg_replication_slots where slot_name = '${name}'`),
    ).toEqual([{ status: 'lost' }])
  })
  await own?.as('root', 'alter system reset max_slot_wal_keep_size', 'select pg_reload_conf()')
}
const write = (at: Site | undefined, text: string) =>
  at?.as('app', `select set_config('app.tenant_id', '${it.tenantId}', false)`, text)
const asReplication = (text: string) => own?.as('root', 'set session_replication_role = replica', text)

test('lost before the rows are handed over, nothing is handed over and the tenant writes where it was', async () => {
  await prepareReturn(it, unlinked)
  await loseTheWayBack()
  await expect(handOver(it, TURN, unlinked)).rejects.toMatchObject({ code: 'move.return-lost' })
  expect(await readSides(it)).toMatchObject({ source: { writable: true }, target: { writable: false } })
  await write(cell, `insert into notes (tenant_id, counter, body) values ('${it.tenantId}', 1, 'still here')`)
  expect(await abortMove(it, TURN, unlinked)).toMatchObject({ rowsErased: expect.any(Number) })
})

test('lost afterwards, what was handed over can be verified and kept, and what was written since is not given up by an abort', async () => {
  await handOver(it, TURN, unlinked)
  await loseTheWayBack()
  await write(own, `insert into notes (tenant_id, counter, body) values ('${it.tenantId}', 1, 'since')`)
  await write(own, `update notes set body = 'changed since' where body = 'old 7'`)
  await write(own, `delete from notes where body = 'old 8'`)
  expect((await verifyRows(it, unlinked)).rowsVerified).toBeGreaterThan(200)
  await asReplication(`update notes set body = 'other' where body = 'old 9'`) // noted by nobody: a copy that went wrong
  await expect(verifyRows(it, unlinked)).rejects.toMatchObject({ code: 'move.rows-differ', extra: { count: 1 } })
  await asReplication(`update notes set body = 'old 9' where body = 'other'`)

  await expect(abortMove(it, TURN, unlinked)).rejects.toMatchObject({ code: 'move.return-lost' })
  expect(await readSides(it)).toMatchObject({
    source: { writable: false, aborting: false },
    target: { writable: true, aborting: false },
  })
  expect(await own?.as('root', `select 1 as n from notes where body in ('since', 'changed since')`)).toHaveLength(2)
  await retireMove(it, unlinked)
  expect(cell && (await counts(cell, it.tenantId))).toEqual([0, 0, 0])
})
