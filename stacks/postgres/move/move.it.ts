import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  copied,
  counts,
  fill,
  move,
  products,
  QUICK_WORKERS,
  type Site,
  site,
  startWriters,
} from '../../../test/support/move-rig.ts'
import { startTestServer, type TestServer, until } from '../../../test/support/postgres.ts'
import { unlinked } from '../../kubernetes/link.ts'
import type { ProductServer } from '../product-server.ts'
import { abortMove } from './abort.ts'
import { compareChanges } from './changes.ts'
import { startCopy, prepareReturn } from './copy.ts'
import { moveProgress } from './progress.ts'
import { handOver } from './hand-over.ts'
import { listMoveLeftovers } from './move-leftovers.ts'
import type { Move } from './move.ts'
import { retireMove } from './retire.ts'
import { readSides } from './side.ts'
import { verifyRows } from './verify.ts'

let clusters: TestServer[] = []
let servers: ProductServer[] = []
beforeAll(async () => {
  clusters = await Promise.all([startTestServer(QUICK_WORKERS), startTestServer(QUICK_WORKERS)])
  servers = clusters.map(products)
})
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()))
  await Promise.all(clusters.map((cluster) => cluster.stop()))
})

const siteAt = (n: 0 | 1, schema?: readonly string[]): Promise<Site> => {
  const [cluster, server] = [clusters[n], servers[n]]
  if (!cluster || !server) throw new Error('no cluster')
  return site(cluster, server, schema)
}
const LIMITS = { waitMs: 2000, limitMs: 15_000 }
const leftovers = async (...sites: Site[]) =>
  (await Promise.all(sites.map(({ end }) => listMoveLeftovers(end.server, { databases: [end.database] })))).flat()

describe.each([
  ['between two clusters', 1],
  ['inside one cluster', 0],
] as const)('a tenant that moves %s', (_, other) => {
  test('loses nothing on the way out and back while it writes, and nothing of its neighbours moves', async () => {
    const [cell, own] = await Promise.all([siteAt(0), siteAt(other)])
    const [acme, neighbour] = [randomUUID(), randomUUID()]
    await fill(cell, acme)
    await fill(cell, neighbour)
    const writers = startWriters(acme, cell)
    const beside = startWriters(neighbour, cell, { lanes: 1 })

    const out = move(acme, cell, own)
    await copied(out)
    await prepareReturn(out, unlinked)
    await compareChanges(out, unlinked)
    expect((await verifyRows(out, unlinked)).rowsVerified).toBeGreaterThan(200)
    const options = { ...LIMITS, switchRoutes: () => writers.route(own) }
    const report = await handOver(out, options, unlinked)
    expect(report.freezeMs).toBeGreaterThan(0)
    expect(report.rowsCompared).toBeGreaterThan(0)
    const before = writers.acknowledged.size
    await until(async () => expect(writers.acknowledged.size).toBeGreaterThan(before + 20))
    const verified = await verifyRows(out, unlinked)
    expect(verified.rowsVerified).toBeGreaterThan(before)
    expect((await handOver(out, options, unlinked)).freezeMs).toBe(report.freezeMs)
    expect(await retireMove(out, unlinked)).toEqual({ rowsErased: expect.any(Number) })
    expect(await counts(cell, acme)).toEqual([0, 0, 0])
    expect(await writers.faults(own)).toEqual([])

    const back = move(acme, own, cell)
    await copied(back)
    await handOver(back, { ...LIMITS, switchRoutes: () => writers.route(cell) }, unlinked)
    const then = writers.acknowledged.size
    await until(async () => expect(writers.acknowledged.size).toBeGreaterThan(then + 20))
    await verifyRows(back, unlinked)
    await retireMove(back, unlinked)
    await Promise.all([writers.stop(), beside.stop()])

    expect(await writers.faults(cell)).toEqual([])
    expect(await beside.faults(cell)).toEqual([])
    expect(beside.refused()).toBe(0)
    expect(await counts(own, acme)).toEqual([0, 0, 0])
    expect(await counts(own, neighbour)).toEqual([0, 0, 0])
    expect(await leftovers(cell, own)).toEqual([])
  }, 180_000)
})

describe('taken back', () => {
  const stages: [string, (it: Move, route: () => Promise<void>) => Promise<unknown>][] = [
    ['before it began', async () => {}],
    ['while it copies', (it) => startCopy(it, unlinked)],
    ['when it has copied', (it) => copied(it)],
    ['when the way back is ready', (it) => copied(it).then(() => prepareReturn(it, unlinked))],
    [
      'after the hand-over',
      (it, switchRoutes) => copied(it).then(() => handOver(it, { ...LIMITS, switchRoutes }, unlinked)),
    ],
  ]
  test.each(stages)(
    '%s, the tenant is where it was with all that it wrote',
    async (_, go) => {
      const [cell, own] = await Promise.all([siteAt(0), siteAt(1)])
      const acme = randomUUID()
      await fill(cell, acme)
      const writers = startWriters(acme, cell)
      const it = move(acme, cell, own)
      await go(it, () => writers.route(own))
      const before = writers.acknowledged.size
      await until(async () => expect(writers.acknowledged.size).toBeGreaterThan(before + 10))
      const options = { ...LIMITS, switchRoutes: () => writers.route(cell) }
      await abortMove(it, options, unlinked)
      await abortMove(it, options, unlinked)
      const then = writers.acknowledged.size
      await until(async () => expect(writers.acknowledged.size).toBeGreaterThan(then + 10))
      await writers.stop()
      expect(await writers.faults(cell)).toEqual([])
      expect(await counts(own, acme)).toEqual([0, 0, 0])
      expect(await leftovers(cell, own)).toEqual([])
      expect(await readSides(it)).toEqual({ source: undefined, target: undefined })
    },
    120_000,
  )
})

test('progress names each table, and a move that was not begun is named', async () => {
  const [cell, own] = await Promise.all([siteAt(0), siteAt(1)])
  const acme = randomUUID()
  await fill(cell, acme)
  const it = move(acme, cell, own)
  await expect(moveProgress(it)).rejects.toMatchObject({ code: 'move.not-begun' })
  await expect(handOver(it, { ...LIMITS, switchRoutes: async () => {} }, unlinked)).rejects.toMatchObject({
    code: 'move.not-begun',
  })
  await copied(it)
  const progress = await moveProgress(it)
  expect(progress.tables.map(({ table, state }) => [table, state])).toEqual([
    ['"public"."Odd ""Table"', 'ready'],
    ['"public"."counters"', 'ready'],
    ['"public"."notes"', 'ready'],
  ])
  expect(progress.errors).toBe(0)
  await abortMove(it, { ...LIMITS, switchRoutes: async () => {} }, unlinked)
})
