import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  copied,
  fill,
  move,
  products,
  QUICK_WORKERS,
  type Site,
  site,
  startWriters,
  type Writers,
} from '../../../test/support/move-rig.ts'
import { startTestServer, type TestServer, until } from '../../../test/support/postgres.ts'
import { unlinked } from '../../kubernetes/link.ts'
import type { ProductServer, Statements } from '../product-server.ts'
import { abortMove } from './abort.ts'
import { handOver } from './hand-over.ts'
import type { Move } from './move.ts'
import { verifyRows } from './verify.ts'

/** Rows that are never at rest: two writers count in one row each, as fast as they can. */
const LIMITS = { waitMs: 5000, limitMs: 30_000 }
let cluster: TestServer
let server: ProductServer
beforeAll(async () => {
  cluster = await startTestServer(QUICK_WORKERS)
  server = products(cluster)
})
afterAll(async () => {
  await server?.close()
  await cluster?.stop()
})
let cell: Site
let own: Site
let tenant: string
let it: Move
let writers: Writers
beforeEach(async () => {
  ;[cell, own] = await Promise.all([site(cluster, server), site(cluster, server)])
  tenant = randomUUID()
  await fill(cell, tenant)
  it = move(tenant, cell, own)
  writers = startWriters(tenant, cell, { lanes: 2 })
})
afterEach(() => writers.stop())

/** The other side is a little late where single rows are compared: whatever is read there was written again meanwhile. */
function late(one: Move): Move {
  let readHere = false
  const slow = ({ run, count }: Statements): Statements => ({
    count,
    async run(what, text, values) {
      if (what === 'look for the mark' && readHere) await pause(400)
      readHere = what.startsWith('read keys of') || (readHere && what === 'write a mark')
      return run(what, text, values)
    },
  })
  const session: ProductServer['session'] = (database, work) =>
    server.session(database, (statements, lost) => work(slow(statements), lost))
  const wrapped = { ...server, session }
  return { ...one, source: { ...one.source, server: wrapped }, target: { ...one.target, server: wrapped } }
}
const goesOn = async () => {
  const before = writers.acknowledged.size
  await until(async () => expect(writers.acknowledged.size).toBeGreaterThan(before + 20), 60)
}

test('are verified before the switch and during the soak, and go on being written', async () => {
  await copied(it)
  expect((await verifyRows(late(it), unlinked)).rowsVerified).toBeGreaterThan(200)
  await handOver(it, { ...LIMITS, switchRoutes: () => writers.route(own) }, unlinked)
  await goesOn()
  expect((await verifyRows(late(it), unlinked)).rowsVerified).toBeGreaterThan(200)
  await goesOn()
  await abortMove(it, { ...LIMITS, switchRoutes: () => writers.route(cell) }, unlinked)
  await goesOn()
  await writers.stop()
  expect(await writers.faults(cell)).toEqual([])
})

test('hide no row that differs, nor one of them that is written all the time', async () => {
  await copied(it)
  const spoil = (id: number, change: string) =>
    own.as('root', `set session_replication_role = replica`, `${change} where tenant_id = '${tenant}' and id = ${id}`)
  await spoil(5, 'update counters set n = n + 1000')
  await expect(verifyRows(late(it), unlinked)).rejects.toMatchObject({
    code: 'move.rows-differ',
    extra: { count: 1, rows: [{ key: [tenant, '5'], what: 'changed' }] },
  })
  await spoil(5, 'update counters set n = n - 1000')
  await spoil(1, 'delete from counters') // what is replicated to it from now on finds no row
  await expect(verifyRows(late(it), unlinked)).rejects.toMatchObject({
    code: 'move.rows-differ',
    extra: { count: 1, rows: [{ key: [tenant, '1'], what: 'missing' }] },
  })
})
