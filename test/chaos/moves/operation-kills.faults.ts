import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { unitNames } from '../../../control-plane/domain/naming.ts'
import type { OperationKind } from '../../../control-plane/domain/operation-kinds.ts'
import { movingCustomer, type MovingCustomer } from '../../support/moving-customer.ts'
import { asCustomer } from '../../support/plane.ts'
import { until, withClient } from '../../support/postgres.ts'
import { HOME, type Place, type Subject } from '../../support/subject-life.ts'
import { kill } from '../support/daemon.ts'
import { killGround, type KillGround } from '../support/kill-ground.ts'

/** Workers and the product databases die amid the operations of a move, while its tenant writes. */
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
const before = (step: string): Place => ({ step, when: 'before' })
const after = (step: string): Place => ({ step, when: 'after' })
const dying = (kind: OperationKind, kills: readonly Place[]) => ground.perform(kind, acme, { kills })

test('workers that die around the steps of a move leave the tenant at its new place, and those of an abort at the old one', async () => {
  await dying('tenant.move', [
    after('copy-rows'),
    before('switch-tenant'),
    after('switch-tenant'),
    after('verify-rows'),
  ])
  await wholeIn(OWN)
  await dying('tenant.move-abort', [after('return-rows'), after('remove-database')])
  await wholeIn(CELL)
})

/** Kills the server of both databases once each of these steps has begun. */
async function strike(operationId: string, steps: readonly string[]): Promise<void> {
  for (const step of steps) {
    await until(async () => {
      const { body } = await ground.its.plane.call<{ steps: Step[] }>('GET', `/v1/operations/${operationId}`)
      expect(body.steps.find((one) => one.step === step)?.state).not.toBe('pending')
    }, 120)
    await kill(ground.its.estate, 'products-db')
  }
}
type Step = { step: string; state: string }

test('so does the server of their databases when it dies in the copy, the switch, the comparison and the erasure', async () => {
  const struck = (kind: OperationKind, steps: readonly string[]) =>
    ground.perform(kind, acme, { kills: [], amid: (id) => strike(id, steps) })
  await struck('tenant.move', ['copy-rows', 'switch-tenant', 'verify-rows'])
  await wholeIn(OWN)
  await struck('tenant.move-retire', ['retire-rows', 'verify-left'])
  await wholeIn(OWN)
  expect(await names(CELL)).toEqual([])
})

test('no worker ended in any other way', () => {
  expect(ground.surprises()).toEqual([])
})
