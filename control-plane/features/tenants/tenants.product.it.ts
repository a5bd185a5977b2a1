import { afterAll, beforeAll, expect, test } from 'vitest'
import { customers, type Customers } from '../../../test/support/customers.ts'

let plane: Customers
beforeAll(async () => {
  plane = await customers()
  await plane.call('POST', '/v1/products', { body: { name: 'notes' } })
  await plane.call('POST', '/v1/products', { body: { name: 'empty' } })
  await plane.call('POST', '/v1/products/notes/versions', { body: { version: '2.0.0', schema: 1 } })
  for (const [name, isolation] of [
    ['notes-shared', 'starter-shared'],
    ['notes-private', 'team-private'],
  ])
    await plane.rows(
      `insert into plans (name, title, isolation, product, regions, limits, facets, compute, objectives, price_minor, currency, ring)
       select $1, title, isolation, 'notes', regions, limits, facets, compute, objectives, price_minor, currency, ring
         from plans where name = $2`,
      [name, isolation],
    )
  await plane.cell('books', { tenants: 1000, requestsPerSecond: 100_000 })
})
afterAll(() => plane.close())

const create = (body: Record<string, unknown>, query = '') => plane.call('POST', `/v1/tenants${query}`, { body })
const desk = async () => {
  const { body } = await plane.call('POST', '/v1/cells', {
    body: { name: 'desk', region: 'local-1', product: 'notes' },
  })
  await plane.finish(body['operationId'])
}

test('a tenant is placed in a cell of its product, however much room there is elsewhere', async () => {
  const before = await plane.dump()
  const nowhere = await create({ slug: 'acme', plan: 'starter-shared', product: 'notes' })
  expect(nowhere.body).toMatchObject({ code: 'placement.full', detail: expect.stringContaining('No cell of notes') })
  expect(await plane.dump()).toEqual(before)
  await desk()
  const made = await create({ slug: 'acme', plan: 'starter-shared', product: 'notes' })
  expect(made.body['tenant']).toMatchObject({ product: 'notes', unit: { name: 'desk' } })
  const usual = await create({ slug: 'initech', plan: 'starter-shared' })
  expect(usual.body['tenant']).toMatchObject({ product: 'ledger', unit: { name: 'books' } })
})

test('a plan may sell one product: it is the default of its tenants, and no other is accepted', async () => {
  const preview = await create({ slug: 'globex', plan: 'notes-shared' }, '?dryRun=true')
  expect(preview.body['tenant']).toMatchObject({ product: 'notes', unit: { name: 'desk' } })
  expect((await plane.call('GET', '/v1/plans/notes-shared')).body['product']).toBe('notes')
  const other = await create({ slug: 'globex', plan: 'notes-shared', product: 'ledger' })
  expect(other).toMatchObject({
    status: 422,
    body: { code: 'product.not-in-plan', errors: [{ pointer: '/product', rule: 'product.in-plan' }] },
  })
})

test('a private tenant gets an instance of its product, in its default version', async () => {
  await create({ slug: 'umbrella', plan: 'notes-private' })
  expect((await plane.call('GET', '/v1/units/umbrella')).body).toMatchObject({ product: 'notes', version: '2.0.0' })
})

test('a tenant cannot change to a plan of another product', async () => {
  await plane.customer('hooli')
  const { status, body } = await plane.call('PATCH', '/v1/tenants/hooli', { body: { plan: 'notes-shared' } })
  expect({ status, body }).toMatchObject({
    status: 422,
    body: { code: 'product.not-in-plan', errors: [{ pointer: '/plan' }] },
  })
})

test.each([
  ['quake', 'product.unknown'],
  ['empty', 'version.unknown'],
  ['../notes', 'request.invalid'],
])('product %s is refused with %s and changes nothing', async (product, code) => {
  const before = await plane.dump()
  expect((await create({ slug: 'refused', plan: 'starter-shared', product })).body['code']).toBe(code)
  expect(await plane.dump()).toEqual(before)
})
