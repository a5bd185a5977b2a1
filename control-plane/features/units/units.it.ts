import { afterAll, beforeAll, expect, test } from 'vitest'
import { customers, type Customers } from '../../../test/support/customers.ts'
import { newId } from '../../platform/ids.ts'

let plane: Customers
beforeAll(async () => {
  plane = await customers()
  await plane.cell('cell-a')
  await plane.cell('cell-b')
})
afterAll(() => plane.close())

test('a unit is found by name and by id, and shows what it is', async () => {
  const shown = await plane.call('GET', '/v1/units/cell-a')
  expect(shown.status).toBe(200)
  expect(shown.headers['etag']).toBe('"1"')
  expect(shown.body).toMatchObject({
    kind: 'cell',
    name: 'cell-a',
    region: 'local-1',
    state: 'active',
    facets: [],
    tenant: null,
    capacity: { tenants: 100, requestsPerSecond: 2000 },
    used: { tenants: 0, requestsPerSecond: 0 },
    confirmedVersion: '1.0.0',
    conditions: [
      { type: 'Deployed', status: 'true' },
      { type: 'Ready', status: 'true' },
    ],
    operations: [],
  })
  const byId = await plane.call('GET', `/v1/units/${String(shown.body['id']).toUpperCase()}`)
  expect(byId.body).toEqual(shown.body)
})

test('pages go through all units by name; filters are part of the cursor', async () => {
  const names = async (query: string) =>
    ((await plane.call('GET', `/v1/units${query}`)).body['items'] as { name: string }[]).map(({ name }) => name)
  expect(await names('')).toEqual(['cell-a', 'cell-b'])
  expect(await names('?kind=cell&region=local-1&state=active')).toEqual(['cell-a', 'cell-b'])
  expect(await names('?kind=instance')).toEqual([])
  expect(await names('?region=local-2')).toEqual([])
  const first = await plane.call('GET', '/v1/units?limit=1')
  const cursor = encodeURIComponent(String(first.body['nextCursor']))
  expect(await names(`?limit=1&cursor=${cursor}`)).toEqual(['cell-b'])
  expect((await plane.call('GET', `/v1/units?kind=cell&cursor=${cursor}`)).body['code']).toBe('cursor.invalid')
})

test('a kind that there is not is refused, an unknown unit is 404, and nobody sees nothing', async () => {
  const refused = await plane.call('GET', '/v1/units?kind=island')
  expect([refused.status, refused.body['code']]).toEqual([400, 'request.invalid'])
  for (const unit of ['nobody', newId()])
    expect((await plane.call('GET', `/v1/units/${unit}`)).body['code']).toBe('unit.not-found')
  expect((await plane.call('GET', '/v1/units', { token: null })).body['code']).toBe('access.unauthenticated')
})
