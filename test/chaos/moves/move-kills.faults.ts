import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unlinked } from '../../../stacks/kubernetes/link.ts'
import { abortMove } from '../../../stacks/postgres/move/abort.ts'
import { startCopy } from '../../../stacks/postgres/move/copy.ts'
import { handOver } from '../../../stacks/postgres/move/hand-over.ts'
import { listMoveLeftovers } from '../../../stacks/postgres/move/move-leftovers.ts'
import type { Move } from '../../../stacks/postgres/move/move.ts'
import { retireMove } from '../../../stacks/postgres/move/retire.ts'
import { readSides } from '../../../stacks/postgres/move/side.ts'
import { verifyRows } from '../../../stacks/postgres/move/verify.ts'
import type { ProductServer } from '../../../stacks/postgres/product-server.ts'
import { doomed, type Doom } from '../../support/interrupted.ts'
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
  type Writers,
} from '../../support/move-rig.ts'
import { startTestServer, type TestServer, until } from '../../support/postgres.ts'

/** What is acknowledged must be in the log when a postmaster is killed; the machine itself stays up. */
const DURABLE = { ...QUICK_WORKERS, synchronous_commit: 'on' }
const LIMITS = { waitMs: 5000, limitMs: 30_000 }
let clusters: [TestServer, TestServer]
let servers: [ProductServer, ProductServer]
beforeAll(async () => {
  clusters = await Promise.all([startTestServer(DURABLE), startTestServer(DURABLE)])
  servers = [products(clusters[0]), products(clusters[1])]
})
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()))
  await Promise.all(clusters.map((cluster) => cluster.stop()))
})

/** What a freeze and what follows it do not begin with: each kill costs seconds. */
const BEFORE_THE_FREEZE = [
  'grant what is read',
  'make the login',
  'publish the rows of the tenant',
  'make the slot',
  'give the login its password',
  'subscribe',
  'write a mark',
  'take the notes away',
  'note what was compared',
  'end the readers',
  'part it from its slot',
  'drop a slot',
  'drop the publication',
].flatMap((act) => [`before ${act}`, `after ${act}`])

type Journey = { cell: Site; own: Site; tenant: string; it: Move; writers: Writers }
async function journey(): Promise<Journey> {
  const [cell, own] = await Promise.all([site(clusters[0], servers[0]), site(clusters[1], servers[1])])
  const tenant = randomUUID()
  await fill(cell, tenant)
  return { cell, own, tenant, it: move(tenant, cell, own), writers: startWriters(tenant, cell, { lanes: 2 }) }
}
const doomedMove = (it: Move, { wrap }: Doom): Move => ({
  ...it,
  source: { ...it.source, server: wrap(it.source.server) },
  target: { ...it.target, server: wrap(it.target.server) },
})

async function oneWritableSide(it: Move): Promise<void> {
  const { source, target } = await readSides(it)
  expect(source?.writable === true && target?.writable === true).toBe(false)
}
const goesOn = async ({ acknowledged }: Writers, writes = 10) => {
  const before = acknowledged.size
  await until(async () => expect(acknowledged.size).toBeGreaterThan(before + writes), 60)
}
async function ended({ cell, own, tenant, it, writers }: Journey, home: Site): Promise<void> {
  await goesOn(writers)
  await writers.stop()
  expect(await writers.faults(home)).toEqual([])
  expect(await counts(home === cell ? own : cell, tenant)).toEqual([0, 0, 0])
  for (const { end } of [cell, own])
    expect(await listMoveLeftovers(end.server, { databases: [end.database], moveId: it.id })).toEqual([])
}

/** Repeats a step whose process dies before and after each of its acts, one attempt after the other, until it gets through alive. */
async function dyingEverywhere(it: Move, step: (it: Move) => Promise<unknown>): Promise<Set<string>> {
  const deaths = new Set<string>()
  for (;;) {
    const doom = doomed(deaths)
    const failed = await step(doomedMove(it, doom)).then(
      () => undefined,
      (error: unknown) => error,
    )
    await oneWritableSide(it)
    const moment = doom.died()
    if (moment === undefined) {
      expect(failed).toBeUndefined() // nobody died: nothing may have failed either
      return deaths
    }
    deaths.add(moment)
  }
}

test('a process that dies before or after any act of a move is gone on for by the next one, out and back', async () => {
  const at = await journey()
  const { it, cell, own, writers } = at
  expect([...(await dyingEverywhere(it, (one) => startCopy(one, unlinked)))]).toContain('after subscribe')
  await copied(it)
  const deaths = await dyingEverywhere(it, (one) =>
    handOver(one, { ...LIMITS, switchRoutes: () => writers.route(own) }, unlinked),
  )
  expect([...deaths]).toEqual(
    expect.arrayContaining(['after close this side', 'after open the other side', 'after aim the way back']),
  )
  await goesOn(writers)
  await verifyRows(it, unlinked)
  await dyingEverywhere(it, (one) => retireMove(one, unlinked))
  await ended(at, own)
  expect(cell).toBe(at.cell)
})

test('the same of taking it back after the hand-over', async () => {
  const at = await journey()
  const { it, cell, own, writers } = at
  await copied(it)
  await handOver(it, { ...LIMITS, switchRoutes: () => writers.route(own) }, unlinked)
  await goesOn(writers)
  const deaths = await dyingEverywhere(it, (one) =>
    abortMove(one, { ...LIMITS, switchRoutes: () => writers.route(cell) }, unlinked),
  )
  expect([...deaths]).toEqual(expect.arrayContaining(['after close this side', 'after open the source']))
  await ended(at, cell)
})

describe.each([
  ['source', 0],
  ['target', 1],
] as const)('the %s’s postmaster is killed', (_, which) => {
  const crash = async () => {
    await clusters[which].kill()
    await clusters[which].restart()
  }
  /** As a workflow does it: the same step again until it gets through. */
  const patiently = <T>(step: () => Promise<T>): Promise<T> => until(step, 120)

  test('while it copies and while it follows, and the copy is complete', async () => {
    const at = await journey()
    const { it, own, writers } = at
    await patiently(() => startCopy(it, unlinked))
    await crash()
    await patiently(() => copied(it))
    await crash()
    await goesOn(writers)
    await patiently(() => verifyRows(it, unlinked))
    await patiently(() => handOver(it, { ...LIMITS, switchRoutes: () => writers.route(own) }, unlinked))
    await crash()
    await goesOn(writers)
    await patiently(() => verifyRows(it, unlinked))
    await patiently(() => retireMove(it, unlinked))
    await ended(at, own)
  })

  test('before and after the acts of the freeze, and one side is writable', async () => {
    const at = await journey()
    const { it, cell, own, writers } = at
    await copied(it)
    const switchRoutes = () => writers.route(own)
    const struck = new Set<string>(BEFORE_THE_FREEZE)
    for (;;) {
      const doom = doomed(struck, crash)
      await handOver(doomedMove(it, doom), { ...LIMITS, switchRoutes }, unlinked).catch(() => {}) // the next attempt says what is wrong
      await patiently(() => oneWritableSide(it))
      const moment = doom.died()
      if (moment === undefined) break
      struck.add(moment)
    }
    await patiently(() => handOver(it, { ...LIMITS, switchRoutes }, unlinked))
    expect([...struck]).toEqual(expect.arrayContaining(['before close this side', 'after close this side']))
    await goesOn(writers)
    await patiently(() => verifyRows(it, unlinked))
    await patiently(() => abortMove(it, { ...LIMITS, switchRoutes: () => writers.route(cell) }, unlinked))
    await ended(at, cell)
  })
})
