import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { unitNames } from '../../../control-plane/domain/naming.ts'
import type { OperationKind } from '../../../control-plane/domain/operation-kinds.ts'
import { movingCustomer, type MovingCustomer } from '../../support/moving-customer.ts'
import { asCustomer } from '../../support/plane.ts'
import { until, withClient } from '../../support/postgres.ts'
import { HOME, placesOf, type Subject } from '../../support/subject-life.ts'
import { kill } from '../support/daemon.ts'
import { killGround, type KillGround } from '../support/kill-ground.ts'

/** Workers and the product databases die before and after every step of a move's operations, while its tenant writes. */
const acme: Subject = { name: 'acme', cell: HOME.cell, unit: 'instance' }
const CELL = unitNames('cell', HOME.cell).database
const OWN = unitNames('instance', 'acme').database

let ground: KillGround
let writer: MovingCustomer
beforeAll(async () => {
  ground = await killGround(2, { throwAway: false }) // the databases of a careless estate give up commits when they are killed
  await ground.perform('tenant.provision', { ...acme, unit: 'cell' }, { kills: [] })
  writer = movingCustomer(
    (path, body) => asCustomer(ground.its.estate.urls.edge, 'acme.localhost', path, { method: 'POST', body }),
    { lanes: 2, everyMs: 200 },
  )
  await until(async () => expect(writer.acknowledged.size).toBeGreaterThan(5), 60)
})
afterAll(async () => {
  await writer?.stop()
  await ground?.stop()
})

const names = async (database: string): Promise<string[]> => {
  const url = new URL((await readFile(ground.its.estate.credentials.url('products-admin'), 'utf8')).trim())
  url.pathname = `/${database}`
  return withClient(url.href, async (client) =>
    (await client.query<{ name: string }>('select name from accounts')).rows.map(({ name }) => name),
  )
}
/** Every acknowledged row is there once, and the tenant goes on writing. */
async function wholeIn(database: string): Promise<void> {
  const since = writer.acknowledged.size
  await until(async () => expect(writer.acknowledged.size).toBeGreaterThan(since + 3), 60)
  const before = [...writer.acknowledged]
  const held = await names(database)
  expect(new Set(held).size).toBe(held.length)
  expect(before.filter((name) => !held.includes(name))).toEqual([])
}
type Victim = 'workers' | 'databases'
/** Performs an operation of acme's own unit while these die before and after each of its steps. */
const dying = (kind: OperationKind, ...victims: readonly Victim[]) => {
  const at = (victim: Victim) => (victims.includes(victim) ? placesOf(kind, acme.unit) : [])
  const deed = () => kill(ground.its.estate, 'products-db')
  return ground.perform(kind, acme, { kills: at('workers'), strikes: at('databases'), deed })
}

test('on the way to an instance workers die, and on the way back by an abort the server of both databases', async () => {
  await dying('tenant.move', 'workers')
  await wholeIn(OWN)
  await dying('tenant.move-abort', 'databases')
  await wholeIn(CELL)
})

test('the other way about', async () => {
  await dying('tenant.move', 'databases')
  await wholeIn(OWN)
  await dying('tenant.move-abort', 'workers')
  await wholeIn(CELL)
})

test('when it moves for good, both die, and the place it came from keeps nothing', async () => {
  await dying('tenant.move')
  await dying('tenant.move-retire', 'workers', 'databases')
  await wholeIn(OWN)
  expect(await names(CELL)).toEqual([])
})

test('the server of its database dies around each step of its removal, and nothing is left', async () => {
  await writer.stop()
  await dying('tenant.decommission', 'databases')
  const { body } = await ground.its.plane.call<{ items: { outcome: string }[] }>(
    'GET',
    '/v1/evidence?kind=decommission',
  )
  expect(body.items).toMatchObject([{ outcome: 'pass' }])
})

test('no worker ended in any other way', () => {
  expect(ground.surprises()).toEqual([])
})
