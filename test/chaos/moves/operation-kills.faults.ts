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

/**
 * Workers, and the server of both databases, die before and after every step of a move's operations and of a removal, while the tenant
 * writes. Three tenants live beside each other: what dies for one dies in the middle of something for the others.
 */
const CREW = 4
const CELL = unitNames('cell', HOME.cell).database

let ground: KillGround
const writers: MovingCustomer[] = []
beforeAll(async () => {
  ground = await killGround(CREW, { throwAway: false }) // the databases of a careless estate give up commits when they are killed
})
afterAll(async () => {
  await Promise.all(writers.map((writer) => writer.stop()))
  await ground?.stop()
})

type Victim = 'workers' | 'databases'
type Life = {
  /** Performs an operation while these die around each of its steps. */
  dying: (kind: OperationKind, ...victims: readonly Victim[]) => Promise<unknown>
  /** Every acknowledged row is in the database once, and the tenant goes on writing. */
  wholeIn: (database: string) => Promise<void>
  /** Its own database. */
  own: string
  /** How many rows of its the cell holds. */
  leftInCell: () => Promise<number>
  writer: MovingCustomer
}

/** A tenant in the cell that writes and has an instance to go to. */
async function begun(name: string): Promise<Life> {
  const subject: Subject = { name, cell: HOME.cell, unit: 'instance' }
  await ground.perform('tenant.provision', { ...subject, unit: 'cell' }, { kills: [] })
  const host = `${name}.localhost`
  const writer = movingCustomer(
    (path, body) => asCustomer(ground.its.estate.urls.edge, host, path, { method: 'POST', body }),
    { lanes: 2, everyMs: 200 },
  )
  writers.push(writer)
  await until(async () => expect(writer.acknowledged.size).toBeGreaterThan(5), 60)
  const { body } = await ground.its.plane.call('GET', `/v1/tenants/${name}`)
  const held = (database: string) => namesIn(database, String(body['id']))
  return {
    writer,
    own: unitNames('instance', name).database,
    dying(kind, ...victims) {
      const at = (victim: Victim) => (victims.includes(victim) ? placesOf(kind, subject.unit) : [])
      const deed = () => kill(ground.its.estate, 'products-db')
      return ground.perform(kind, subject, { kills: at('workers'), strikes: at('databases'), deed })
    },
    async wholeIn(database) {
      const since = writer.acknowledged.size
      await until(async () => expect(writer.acknowledged.size).toBeGreaterThan(since + 3), 120)
      const before = [...writer.acknowledged] // more may be while we look
      const there = await held(database)
      expect(new Set(there).size).toBe(there.length)
      expect(before.filter((one) => !there.includes(one))).toEqual([])
    },
    leftInCell: async () => (await held(CELL)).length,
  }
}

/** The server may be away just then: another tenant has it killed. */
async function namesIn(database: string, tenantId: string): Promise<string[]> {
  const url = new URL((await readFile(ground.its.estate.credentials.url('products-admin'), 'utf8')).trim())
  url.pathname = `/${database}`
  return until(
    () =>
      withClient(url.href, async (client) =>
        (await client.query<{ name: string }>('select name from accounts where tenant_id = $1', [tenantId])).rows.map(
          ({ name }) => name,
        ),
      ),
    60,
  )
}

test.concurrent('to an instance while workers die, and back by an abort while the databases do', async () => {
  const { dying, wholeIn, own } = await begun('acme')
  await dying('tenant.move', 'workers')
  await wholeIn(own)
  await dying('tenant.move-abort', 'databases')
  await wholeIn(CELL)
})

test.concurrent('the other way about', async () => {
  const { dying, wholeIn, own } = await begun('globex')
  await dying('tenant.move', 'databases')
  await wholeIn(own)
  await dying('tenant.move-abort', 'workers')
  await wholeIn(CELL)
})

test.concurrent('for good, where the place it came from keeps nothing, and its removal, of which nothing is left', async () => {
  const { dying, wholeIn, own, leftInCell, writer } = await begun('initech')
  await dying('tenant.move')
  await dying('tenant.move-retire', 'workers', 'databases')
  await wholeIn(own)
  expect(await leftInCell()).toBe(0)
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
