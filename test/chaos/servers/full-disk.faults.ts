import { readFile, rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OperationKind } from '../../../control-plane/domain/operation-kinds.ts'
import { openHome } from '../../../stacks/local/home.ts'
import { findPortBase } from '../../../stacks/local/ports.ts'
import type { Hands } from '../../../workflows/regions/hands.ts'
import { estateHome, testEstate, type TestEstate } from '../../support/estate.ts'
import { until, withClient } from '../../support/postgres.ts'
import { dump, HOME, request, type Subject } from '../../support/subject-life.ts'
import { handsOfEstate } from '../support/estate-hands.ts'
import { smallDisk, type SmallDisk } from '../support/small-disk.ts'

/** The disk under a database fills amid an operation: what fails says so and is taken back, what was acknowledged is finished. */
const MEGABYTES = 320

let its: TestEstate
let hands: Hands
let products: SmallDisk
let plane: SmallDisk
let home: string
beforeAll(async () => {
  home = await estateHome()
  const { paths } = await openHome({ home, portBase: await findPortBase(), throwAway: false }) // a folder with something in it becomes no home
  products = await smallDisk(paths.productsDatabase, MEGABYTES)
  plane = await smallDisk(paths.planeDatabase, MEGABYTES)
  its = await testEstate({ home, throwAway: false })
  hands = await handsOfEstate(its.estate)
  await its.plane.settle(await ask('cell.create', HOME))
})
afterAll(async () => {
  await hands?.close()
  await its?.estate.stop()
  await products?.remove()
  await plane?.remove()
  await rm(home, { recursive: true, force: true })
})

async function ask(kind: OperationKind, subject: Subject): Promise<string> {
  const { status, body } = await request(its, kind, subject)
  if (status !== 202) throw new Error(`${kind} of ${subject.name}: ${status} ${JSON.stringify(body)}`)
  return String(body['operationId'])
}

const superuser = async (login: 'plane-admin' | 'products-admin') =>
  (await readFile(its.estate.credentials.url(login), 'utf8')).trim()

/** The log begins a file of its own, with more to follow: what finds no room then is what is asked for, and not the log. */
const beginLog = async (login: 'plane-admin' | 'products-admin') =>
  withClient(await superuser(login), async (client) => {
    await client.query('select pg_switch_wal()')
    await client.query('checkpoint')
  })

test('a cell whose database finds no room is not made, nothing of it stays, and with room it is made', async () => {
  const undisturbed = await dump(its, hands, HOME)
  const subject = { name: 'full', cell: 'full' }
  await beginLog('products-admin')
  await products.fill()
  const operationId = await ask('cell.create', subject)
  const { error } = await its.plane.settle(operationId, 'failed')
  expect(error).toMatchObject({ code: 'database.full', message: expect.stringContaining('No space left on device') })
  await products.free()
  expect((await dump(its, hands, subject)).things).toEqual([])
  const { body } = await its.plane.call('POST', `/v1/operations/${operationId}/retry`)
  await its.plane.settle(String(body['operationId']))
  expect(await dump(its, hands, subject)).toEqual(undisturbed)
})

/** Writes to the log of the plane's database without end: whenever it finds no room the server stops and begins anew. */
async function flood(): Promise<{ stop: () => Promise<number> }> {
  const url = await superuser('plane-admin')
  const write = () =>
    withClient(url, (client) => client.query(`select pg_logical_emit_message(true, 'fill', repeat('x', 8000000))`))
  let full = 0
  const stopping = new AbortController()
  const writing = (async () => {
    while (!stopping.signal.aborted) {
      await write().catch(() => {
        full += 1
      })
    }
  })()
  return {
    async stop() {
      stopping.abort()
      await writing
      return full
    },
  }
}

test('while the plane finds no room it says that it is away, and everything that it had acknowledged is finished', async () => {
  const plain = { name: 'plain', cell: HOME.cell }
  await its.plane.settle(await ask('tenant.provision', plain))
  const undisturbed = await dump(its, hands, plain)

  const subject = { name: 'late', cell: HOME.cell }
  await beginLog('plane-admin')
  await plane.fill()
  const operationId = await ask('tenant.provision', subject)
  const flooding = await flood()
  const away = { status: 503, body: { code: 'plane.unavailable', retryable: true } }
  await until(async () => expect(await its.plane.call('GET', '/v1/tenants')).toMatchObject(away), 120)
  expect(await flooding.stop()).toBeGreaterThan(0)
  await plane.free()
  await until(() => its.plane.settle(operationId), 120)
  expect(await dump(its, hands, subject)).toEqual(undisturbed)
})
