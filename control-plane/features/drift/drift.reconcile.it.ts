import { afterAll, beforeAll, expect, test } from 'vitest'
import { customers, type Customers } from '../../../test/support/customers.ts'
import { repairsStore } from './drift.repairs-store.ts'

/** Asking for a repair, and what is shown of it; what it does is shown in workflows/reconcile-unit and on the estate. */
let plane: Customers
beforeAll(async () => {
  plane = await customers()
})
afterAll(() => plane.close())

const reconcile = (unit: string, options: Parameters<Customers['call']>[2] = {}) =>
  plane.call('POST', `/v1/units/${unit}/reconcile`, options)
const changed = {
  what: 'changed' as const,
  object: 'role cell_a_app',
  tenantId: null,
  path: 'connection limit',
  wanted: '40',
  found: '3',
}

test('is an operation of its own; asked twice it is one', async () => {
  const unitId = await plane.cell('broken')
  const asked = await reconcile('broken', { headers: { 'idempotency-key': 'once' } })
  const { operationId } = asked.body
  expect([asked.status, asked.headers['location']]).toEqual([202, `/v1/operations/${String(operationId)}`])
  expect(asked.body).toEqual({ operationId, state: 'running', merged: false })
  expect((await reconcile('broken', { headers: { 'idempotency-key': 'once' } })).body).toEqual(asked.body)
  expect((await reconcile(unitId)).body).toMatchObject({ operationId, merged: true })
  expect((await plane.call('GET', '/v1/units/broken')).body['operations']).toEqual([
    { id: operationId, kind: 'unit.reconcile', state: 'running' },
  ])
  await plane.finish(operationId)
})

test('what it found and what it left is shown with the drift', async () => {
  const unitId = await plane.cell('repaired')
  const operationId = String((await reconcile('repaired')).body['operationId'])
  const shown = async () => (await plane.call('GET', '/v1/units/repaired/drift')).body['repair']
  expect(await shown()).toBeNull()
  await plane.worker.transaction((tx) => repairsStore.begin(tx, operationId, unitId, [changed]))
  expect(await shown()).toMatchObject({ operationId, found: [changed], remaining: null, endedAt: null })
  await plane.worker.transaction((tx) => repairsStore.end(tx, operationId, []))
  expect(await shown()).toMatchObject({ operationId, found: [changed], remaining: [], endedAt: expect.any(String) })
  expect(await plane.worker.transaction((tx) => repairsStore.found(tx, operationId))).toEqual([changed])
})

test('a unit that is not in service is refused, also when it is asked for again, and nothing changes', async () => {
  const made = await plane.call('POST', '/v1/cells', { body: { name: 'unborn', region: 'local-1' } })
  await plane.finish(made.body['operationId'], 'failed')
  const { token } = await plane.login('release-operator')
  const before = await plane.dump()
  const refused = await reconcile('unborn')
  expect([refused.status, refused.body['code'], refused.body['state']]).toEqual([409, 'unit.not-in-service', 'failed'])
  expect((await reconcile('nowhere')).body['code']).toBe('unit.not-found')
  expect((await reconcile('No%20Name')).status).toBe(400)
  expect((await reconcile('unborn', { token })).body['code']).toBe('access.forbidden')
  expect(await plane.dump()).toEqual(before)

  await plane.cell('fading')
  const failed = (await reconcile('fading')).body['operationId']
  await plane.finish(failed, 'failed')
  await plane.rows(`update units set state = 'failed' where name = 'fading'`)
  const again = await plane.call('POST', `/v1/operations/${String(failed)}/retry`)
  expect([again.status, again.body['code']]).toEqual([409, 'unit.not-in-service'])
})

test('a suspended instance is in service; its repair waits for what its tenant is at', async () => {
  await plane.customer('own', { plan: 'team-private' })
  const suspend = await plane.call('POST', '/v1/tenants/own/suspend')
  const asked = await reconcile('own')
  expect(asked.body['state']).toBe('queued')
  const { unitId, id } = (await plane.rows(`select id, unit_id as "unitId" from tenants where slug = 'own'`))[0] ?? {}
  await plane.publish({ id, unitId }, 'suspended')
  await plane.finish(suspend.body['operationId'])
  expect((await plane.call('GET', `/v1/operations/${String(asked.body['operationId'])}`)).body['state']).toBe('running')
  await plane.finish(asked.body['operationId'])
  expect((await plane.call('GET', '/v1/units/own')).body['state']).toBe('suspended')
  expect((await reconcile('own')).status).toBe(202)
})
