import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { unitNames } from '../../../control-plane/domain/naming.ts'
import type { OperationKind } from '../../../control-plane/domain/operation-kinds.ts'
import { movingCustomer, type MovingCustomer } from '../../support/moving-customer.ts'
import { asCustomer } from '../../support/plane.ts'
import { until, withClient } from '../../support/postgres.ts'
import { HOME, placesOf, type Subject } from '../../support/subject-life.ts'
import { strike } from '../support/daemon.ts'
import { killGround, type KillGround } from '../support/kill-ground.ts'

/** Workers, and the server of both databases, die before and after every step of a move's operations and of a removal, while tenants write. */
const CREW = 3
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

/** Workers at every place or at every second; databases at each boundary: what was killed after a step is what the next one meets. */
type Victims = { workers?: 'all' | 'even' | 'odd'; databases?: true }
const WORKERS_AT: Readonly<Record<NonNullable<Victims['workers']>, (index: number) => boolean>> = {
  all: () => true,
  even: (index) => index % 2 === 0,
  odd: (index) => index % 2 === 1,
}
type Life = {
  /** Performs an operation while these die around each of its steps. */
  dying: (kind: OperationKind, victims: Victims) => Promise<unknown>
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
    dying(kind, { workers, databases }) {
      const places = placesOf(kind, kind === 'tenant.move-retire' ? 'cell' : subject.unit) // there the cell is what is left
      return ground.perform(kind, subject, {
        kills: workers ? places.filter((_, index) => WORKERS_AT[workers](index)) : [],
        strikes: databases ? places.filter(({ when }, index) => when === 'before' || index === places.length - 1) : [],
        deed: () => strike(ground.its.estate, 'products-db'),
      })
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

/** The server may be just coming back. */
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

let acme: Life
let globex: Life
test('on the way to an instance workers die, of two tenants at once', async () => {
  ;[acme, globex] = [await begun('acme'), await begun('globex')]
  await Promise.all([acme.dying('tenant.move', { workers: 'even' }), globex.dying('tenant.move', { workers: 'odd' })])
  await acme.wholeIn(acme.own)
  await globex.wholeIn(globex.own)
})

test('on the way back by an abort both die, and on the way there again the databases', async () => {
  await acme.dying('tenant.move-abort', { workers: 'all', databases: true })
  await acme.wholeIn(CELL)
  await acme.dying('tenant.move', { databases: true })
  await acme.wholeIn(acme.own)
})

test('when it moves for good both die, and the place it came from keeps nothing', async () => {
  await globex.dying('tenant.move-retire', { workers: 'all', databases: true })
  await globex.wholeIn(globex.own)
  expect(await globex.leftInCell()).toBe(0)
})

test('at its removal the databases die, and nothing of it is left', async () => {
  await globex.writer.stop()
  await globex.dying('tenant.decommission', { databases: true })
  const { body } = await ground.its.plane.call<{ items: { outcome: string }[] }>(
    'GET',
    '/v1/evidence?kind=decommission',
  )
  expect(body.items).toMatchObject([{ outcome: 'pass' }])
})

test('no worker ended in any other way', () => {
  expect(ground.surprises()).toEqual([])
})
