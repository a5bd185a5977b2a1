import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { unitNames } from '../../control-plane/domain/naming.ts'
import { askDaemon } from '../../stacks/local/commands/daemon-client.ts'
import { untilTask } from '../support/estate-tasks.ts'
import { createCell, testEstate, type TestEstate } from '../support/estate.ts'
import { watchSides } from '../support/move-sides.ts'
import { movingCustomer, type MovingCustomer } from '../support/moving-customer.ts'
import { asCustomer } from '../support/plane.ts'
import { until, withClient } from '../support/postgres.ts'

vi.setConfig({ testTimeout: 300_000 })

type Tenant = { id: string; slug: string; host: string; plan: string; isolation: string; unit: { name: string } }
type Move = {
  id: string
  state: string
  servedBy: string
  report: Record<'freezeMs' | 'rowsCompared' | 'rowsVerified' | 'rowsErased' | 'lagBytes' | 'tables', number | null>
  steps: { step: string }[]
}
const CELL = unitNames('cell', 'home').database
const OWN = unitNames('instance', 'acme').database
/** Its first unit was called as it is. */
const STACK = 'acme-unit-2'
const DEDICATED = unitNames('stack', STACK).database
/** Building a stack takes a minute on a busy machine. */
const PATIENCE_S = 280

let its: TestEstate
let acme: Tenant
let writer: MovingCustomer
beforeAll(async () => {
  its = await testEstate()
  await createCell(its.plane, 'home', { tenants: 10, requestsPerSecond: 5000 })
  for (const slug of ['acme', 'globex']) await done('POST', '/v1/tenants', { slug, plan: 'team-shared' })
  acme = await tenant()
  for (const name of ['one', 'two'])
    expect(await open('globex.localhost', '/accounts', { name, kind: 'asset', currency: 'EUR' })).toMatchObject({
      status: 201,
    })
  writer = movingCustomer((path, body) => open(acme.host, path, body))
  await until(async () => expect(writer.acknowledged.size).toBeGreaterThan(50), 60)
})
afterAll(async () => {
  await writer?.stop()
  await its?.remove()
})

/** Asks and waits until it has succeeded. */
async function done(method: string, path: string, body?: unknown): Promise<void> {
  const answer = await its.plane.call(method, path, body === undefined ? {} : { body })
  if (answer.status !== 202) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  await its.plane.settle(String(answer.body['operationId']), 'succeeded', PATIENCE_S)
}
const open = (host: string, path: string, body: unknown) =>
  asCustomer(its.estate.urls.edge, host, path, { method: 'POST', body })
const tenant = async () => (await its.plane.call<Tenant>('GET', '/v1/tenants/acme')).body
const newestMove = async (): Promise<Move> => {
  const { body } = await its.plane.call<{ items: Move[] }>('GET', '/v1/moves?tenant=acme&limit=1')
  const [newest] = body.items
  if (newest === undefined) throw new Error('acme has no move')
  return newest
}
type Resource = { name: string; outputs: Record<string, string> }
const resources = async (): Promise<Resource[]> =>
  ((await (await askDaemon(its.estate.home, '/resources')).json()) as { resources: Resource[] }).resources
async function pairUrlFile(): Promise<string> {
  const answer = await askDaemon(its.estate.home, `/resources/postgres-cluster/${STACK}-db`)
  const { outputs } = (await answer.json()) as Resource
  return String(outputs['adminUrlFile'])
}
async function products<T>(
  database: string,
  work: (query: (text: string) => Promise<T[]>) => Promise<T[]>,
): Promise<T[]> {
  const file = database === DEDICATED ? await pairUrlFile() : its.estate.credentials.url('products-admin')
  const url = new URL((await readFile(file, 'utf8')).trim())
  url.pathname = `/${database}`
  return withClient(url.href, (client) => work(async (text) => (await client.query(text)).rows as T[]))
}
const names = async (database: string, tenantId = acme.id): Promise<string[]> => {
  const rows = await products<{ name: string }>(database, (query) =>
    query(`select name from accounts where tenant_id = '${tenantId}'`),
  )
  return rows.map(({ name }) => name)
}
const there = async (database: string): Promise<boolean> =>
  (await products('postgres', (query) => query(`select 1 from pg_database where datname = '${database}'`))).length > 0

/** Every acknowledged name is there once, and no name twice. */
async function holdsAll(database: string): Promise<void> {
  const before = [...writer.acknowledged] // more may be while we look
  const held = await names(database)
  expect(new Set(held).size).toBe(held.length)
  const found = new Set(held)
  expect(before.filter((name) => !found.has(name))).toEqual([])
}
const neighbour = async () =>
  (await names(CELL, (await its.plane.call<Tenant>('GET', '/v1/tenants/globex')).body.id)).toSorted()
async function move(plan: string, soakMinutes: number, other = OWN): Promise<Move> {
  const asked = await its.plane.call('POST', '/v1/tenants/acme/move', { body: { plan, soakMinutes } })
  expect(asked.status, JSON.stringify(asked.body)).toBe(202)
  const stop = watchSides((database, text) => products(database, (query) => query(text)), (await newestMove()).id, [
    CELL,
    other,
  ])
  await its.plane.settle(String(asked.body['operationId']), 'succeeded', PATIENCE_S)
  await stop()
  return newestMove()
}
const answersAsAcme = async () =>
  expect(await asCustomer(its.estate.urls.edge, acme.host, '/whoami')).toMatchObject({
    status: 200,
    body: expect.stringContaining('"tenant":"acme"'),
  })
/** Nothing but a short refusal to write is noticed of a move. */
const noticedOnlyFreezes = () =>
  expect([...writer.noticed.keys()].filter((what) => !what.includes('database.unavailable'))).toEqual([])

test('a shared tenant moves to an instance of its own while it writes, and every acknowledged row is there once', async () => {
  const written = writer.acknowledged.size
  const report = await move('business-private', 600)
  expect(report).toMatchObject({ state: 'soaking', servedBy: 'acme' })
  expect(await tenant()).toMatchObject({
    id: acme.id,
    host: acme.host,
    plan: 'business-private',
    isolation: 'private',
    unit: { name: 'acme' },
  })
  await answersAsAcme()
  await holdsAll(OWN)
  expect(report.report.rowsVerified).toBeGreaterThanOrEqual(written)
  expect(report.report.freezeMs).toBeLessThan(5000)
  process.stdout.write(`freeze to an instance: ${report.report.freezeMs} ms\n`)
  const { body: evidence } = await its.plane.call<{ items: { id: string; subject: string; outcome: string }[] }>(
    'GET',
    '/v1/evidence?kind=move',
  )
  expect(evidence.items[0]).toMatchObject({ subject: `tenant:${acme.id}`, outcome: 'pass' })
  expect((await its.plane.call('GET', `/v1/evidence/${evidence.items[0]?.id}`)).body).toMatchObject({
    verified: { signature: true, judgement: true },
  })
  noticedOnlyFreezes()
})

test('during the soak neither unit is deployed to, the tenant is not removed, and no second move begins', async () => {
  const refused = (method: string, path: string, body?: unknown) =>
    its.plane
      .call(method, path, body === undefined ? {} : { body })
      .then(({ status, body: { code } }) => [status, code])
  expect(await refused('POST', '/v1/units/acme/deploy', { version: '1.1.0' })).toEqual([409, 'unit.tenant-moving'])
  expect(await refused('POST', '/v1/units/home/deploy', { version: '1.1.0' })).toEqual([409, 'unit.tenant-moving'])
  expect(await refused('DELETE', '/v1/tenants/acme')).toEqual([409, 'move.open'])
  expect(await refused('POST', '/v1/tenants/acme/move', { plan: 'team-shared' })).toEqual([409, 'move.open'])
  const { body } = await its.plane.call<{ conditions: { type: string; reason: string }[] }>('GET', '/v1/tenants/acme')
  expect(body.conditions).toContainEqual(expect.objectContaining({ type: 'Moving', status: 'true', reason: 'Soaking' }))
})

test('taken back during the soak it has all that was written since, and nothing of the new place is left', async () => {
  const since = writer.acknowledged.size
  await until(async () => expect(writer.acknowledged.size).toBeGreaterThan(since + 10))
  await done('POST', `/v1/moves/${(await newestMove()).id}/abort`)
  expect(await newestMove()).toMatchObject({ state: 'aborted', servedBy: 'home' })
  expect(await tenant()).toMatchObject({ plan: 'team-shared', isolation: 'shared', unit: { name: 'home' } })
  await answersAsAcme()
  await holdsAll(CELL)
  expect(await there(OWN)).toBe(false)
  expect((await its.plane.call('GET', '/v1/units/acme')).body).toMatchObject({ state: 'retired' })
  noticedOnlyFreezes()
})

test('moved again with no soak its old rows go by themselves, and its neighbour’s stay', async () => {
  const others = await neighbour()
  await move('business-private', 0)
  await until(async () => expect(await newestMove()).toMatchObject({ state: 'retired', servedBy: 'acme' }), 60)
  await answersAsAcme()
  await holdsAll(OWN)
  expect(await names(CELL)).toEqual([])
  expect(await neighbour()).toEqual(others)
  expect(others).toEqual(['one', 'two'])
})

test('back in the cell its instance goes with the retirement, and every acknowledged row is there once', async () => {
  const report = await move('team-shared', 600)
  process.stdout.write(`freeze to the cell: ${report.report.freezeMs} ms\n`)
  expect(await tenant()).toMatchObject({ id: acme.id, host: acme.host, plan: 'team-shared', unit: { name: 'home' } })
  await done('POST', `/v1/moves/${report.id}/retire`)
  expect(await newestMove()).toMatchObject({ state: 'retired', servedBy: 'home' })
  await writer.stop()
  expect((await names(CELL)).toSorted()).toEqual([...writer.acknowledged].toSorted())
  expect(await there(OWN)).toBe(false)
  await answersAsAcme()
  expect(await neighbour()).toEqual(['one', 'two'])
  noticedOnlyFreezes()
  const { body } = await its.plane.call<{ items: { action: string }[] }>('GET', '/v1/audit?action=tenant.move')
  expect(body.items.filter(({ action }) => action === 'tenant.move')).toHaveLength(3)
})

/** Nothing of the stack is there: no resource of the estate, no process, and no route but to where the tenant is. */
async function noStack(): Promise<void> {
  expect((await resources()).filter(({ name }) => name.startsWith(STACK))).toEqual([])
  expect((await its.plane.call('GET', `/v1/units/${STACK}`)).body).toMatchObject({ state: 'retired' })
  const servers = await (await askDaemon(its.estate.home, '/servers')).text()
  expect(servers).not.toContain(STACK)
}

test('it moves to a stack of its own while it writes, and back by an abort with all that was written there', async () => {
  await untilTask(its.estate.home, 'stack-engine')
  writer = movingCustomer((path, body) => open(acme.host, path, body))
  await until(async () => expect(writer.acknowledged.size).toBeGreaterThan(20), 60)
  const kept = await names(CELL)
  const report = await move('team-dedicated', 600, DEDICATED)
  process.stdout.write(`freeze to a stack: ${report.report.freezeMs} ms\n`)
  expect(report).toMatchObject({ state: 'soaking', servedBy: STACK })
  expect(await tenant()).toMatchObject({ id: acme.id, host: acme.host, isolation: 'dedicated', unit: { name: STACK } })
  await answersAsAcme()
  await holdsAll(DEDICATED)
  expect(await names(DEDICATED)).toEqual(expect.arrayContaining(kept))
  const since = writer.acknowledged.size
  await until(async () => expect(writer.acknowledged.size).toBeGreaterThan(since + 10))
  await done('POST', `/v1/moves/${report.id}/abort`)
  expect(await newestMove()).toMatchObject({ state: 'aborted', servedBy: 'home' })
  await answersAsAcme()
  await holdsAll(CELL)
  await noStack()
  noticedOnlyFreezes()
})

test('to a stack for good and back from it: every acknowledged row is there once, and nothing of the stack is left', async () => {
  await move('team-dedicated', 0, DEDICATED)
  await until(async () => expect(await newestMove()).toMatchObject({ state: 'retired', servedBy: STACK }), 60)
  await holdsAll(DEDICATED)
  expect(await names(CELL)).toEqual([])
  const back = await move('team-shared', 600, DEDICATED)
  process.stdout.write(`freeze from a stack: ${back.report.freezeMs} ms\n`)
  await done('POST', `/v1/moves/${back.id}/retire`)
  expect(await newestMove()).toMatchObject({ state: 'retired', servedBy: 'home' })
  await writer.stop()
  const held = await names(CELL)
  expect(new Set(held).size).toBe(held.length)
  expect([...writer.acknowledged].filter((name) => !held.includes(name))).toEqual([])
  await answersAsAcme()
  await noStack()
  expect(await neighbour()).toEqual(['one', 'two'])
  noticedOnlyFreezes()
})
