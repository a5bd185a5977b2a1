import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { unitNames } from '../../../control-plane/domain/naming.ts'
import { askDaemon } from '../../../stacks/local/commands/daemon-client.ts'
import { createCell, testEstate, type TestEstate } from '../../support/estate.ts'
import { untilTask } from '../../support/estate-tasks.ts'
import { watchSides } from '../../support/move-sides.ts'
import { movingCustomer, type MovingCustomer } from '../../support/moving-customer.ts'
import { asCustomer } from '../../support/plane.ts'
import { until, withClient } from '../../support/postgres.ts'
import { approvePlanned, secondOperator } from '../../support/second-operator.ts'
import { followStruck, type Strike } from '../support/strikes.ts'

/** A tenant that writes goes to a stack and from it, and its stack is removed, while what does it, and what it writes to, is killed. */
const CELL = unitNames('cell', 'home').database
const STACK = 'acme'
const OWN = unitNames('stack', STACK).database

let its: TestEstate
let writer: MovingCustomer
beforeAll(async () => {
  its = await testEstate({ throwAway: false }) // the databases of a careless estate give up commits when they are killed
  await createCell(its.plane, 'home', { tenants: 10, requestsPerSecond: 5000 })
  await untilTask(its.estate.home, 'stack-engine')
  await struck('POST', '/v1/tenants', { slug: 'acme', plan: 'team-shared' })
  writer = movingCustomer(
    (path, body) => asCustomer(its.estate.urls.edge, 'acme.localhost', path, { method: 'POST', body }),
    { lanes: 2, everyMs: 200 },
  )
  await until(async () => expect(writer.acknowledged.size).toBeGreaterThan(5), 60)
})
afterAll(async () => {
  await writer?.stop()
  await its?.remove()
})

/** Asks, strikes as told, and expects success all the same. */
async function struck(
  method: string,
  path: string,
  body?: unknown,
  strikes: readonly Strike[] = [],
  approver?: string,
): Promise<void> {
  const answer = await its.plane.call(method, path, body === undefined ? {} : { body })
  if (answer.status !== 202) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  const operationId = String(answer.body['operationId'])
  if (approver !== undefined) await approvePlanned(its.plane, approver, operationId)
  const operation = await followStruck(its, STACK, operationId, strikes)
  expect(operation).toMatchObject({ state: 'succeeded' })
}

async function rows<Row>(database: string, text: string): Promise<Row[]> {
  const file = database === OWN ? await pairUrlFile() : its.estate.credentials.url('products-admin')
  const url = new URL((await readFile(file, 'utf8')).trim())
  url.pathname = `/${database}`
  return withClient(url.href, async (client) => (await client.query(text)).rows as Row[])
}
async function pairUrlFile(): Promise<string> {
  const answer = await askDaemon(its.estate.home, `/resources/postgres-cluster/${STACK}-db`)
  return ((await answer.json()) as { outputs: { adminUrlFile: string } }).outputs.adminUrlFile
}

/** Every acknowledged row is there once, and the tenant goes on writing. */
async function wholeIn(database: string): Promise<void> {
  const since = writer.acknowledged.size
  await until(async () => expect(writer.acknowledged.size).toBeGreaterThan(since + 3), 60)
  const before = [...writer.acknowledged] // more may be while we look
  const held = (await rows<{ name: string }>(database, 'select name from accounts')).map(({ name }) => name)
  const found = new Set(held)
  expect(found.size).toBe(held.length)
  expect(before.filter((name) => !found.has(name))).toEqual([])
}
async function newestMove(): Promise<string> {
  const { body } = await its.plane.call<{ items: { id: string }[] }>('GET', '/v1/moves?tenant=acme&limit=1')
  return String(body.items[0]?.id)
}
/** One of its operations, with never more than one writable side. */
async function moved(act: 'move' | 'abort' | 'retire', strikes: readonly Strike[]) {
  const path = act === 'move' ? '/v1/tenants/acme/move' : `/v1/moves/${await newestMove()}/${act}`
  const body = act === 'move' ? { plan: 'team-dedicated', soakMinutes: 600 } : undefined
  const before = act === 'move' ? await newestMove() : ''
  const operation = struck('POST', path, body, strikes)
  await until(async () => expect(await newestMove()).not.toBe(before))
  const stop = watchSides((at, text) => rows(at, text), await newestMove(), [CELL, OWN])
  await operation
  await stop()
}
async function nothingOfTheStack(): Promise<void> {
  const answers = await Promise.all(['/resources', '/servers'].map((path) => askDaemon(its.estate.home, path)))
  for (const answer of answers) expect(await answer.text()).not.toContain(`${STACK}-`)
}

test('in each step on the way to a stack: worker, runner, daemon, and the primaries of both sides', async () => {
  await moved('move', [
    ['inspect-move', 'worker'],
    ['build-stack', 'runner'],
    ['build-stack', 'daemon'],
    ['prepare-namespace', 'worker'],
    ['create-database', 'pair'],
    ['migrate', 'worker'],
    ['deploy', 'pair'],
    ['copy-rows', 'origin'],
    ['copy-rows', 'pair'],
    ['publish-guest', 'worker'],
    ['apply-route', 'origin'],
    ['switch-tenant', 'origin'],
    ['probe-serving', 'pair'],
    ['withdraw-guest', 'daemon'],
    ['verify-rows', 'worker'],
  ])
  await wholeIn(OWN)
})

test('in each step on the way back by an abort, and nothing of the stack is left', async () => {
  await moved('abort', [
    ['return-rows', 'pair'],
    ['return-rows', 'origin'],
    ['probe-serving', 'worker'],
    ['withdraw-guest', 'origin'],
    ['destroy-stack', 'runner'],
    ['destroy-stack', 'daemon'],
    ['verify-left', 'worker'],
  ])
  await wholeIn(CELL)
  await nothingOfTheStack()
})

test('to a stack for good, where the place it came from keeps nothing', async () => {
  await moved('move', [
    ['copy-rows', 'daemon'],
    ['switch-tenant', 'pair'],
  ])
  await moved('retire', [
    ['verify-rows', 'pair'],
    ['retire-rows', 'origin'],
    ['verify-left', 'worker'],
  ])
  await wholeIn(OWN)
  expect(await rows(CELL, 'select 1 from accounts')).toEqual([])
})

test('and in each step of its removal, which ends with a certificate that nothing is left', async () => {
  await writer.stop()
  const strikes: Strike[] = [
    ['close-edge', 'worker'],
    ['export-tenant', 'pair'],
    ['confirm-removal', 'worker'],
    ['destroy-stack', 'runner'],
    ['verify-tenant-gone', 'daemon'],
  ]
  await struck('DELETE', '/v1/tenants/acme', undefined, strikes, await secondOperator(its.plane, 'administrator'))
  await nothingOfTheStack()
  const { body } = await its.plane.call<{ items: { outcome: string }[] }>('GET', '/v1/evidence?kind=decommission')
  expect(body.items).toMatchObject([{ outcome: 'pass' }])
})
