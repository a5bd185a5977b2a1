import { afterAll, beforeAll, expect, test } from 'vitest'
import { customers, type Customers } from '../../../test/support/customers.ts'
import { findRelease } from './products.releases.ts'

let plane: Customers
beforeAll(async () => {
  plane = await customers()
})
afterAll(() => plane.close())

const register = (body: Record<string, unknown>, headers: Record<string, string> = {}) =>
  plane.call('POST', '/v1/products', { body, headers })
const add = (product: string, body: Record<string, unknown>) =>
  plane.call('POST', `/v1/products/${product}/versions`, { body })

test('every installation starts with the reference product', async () => {
  const { status, headers, body } = await plane.call('GET', '/v1/products/ledger')
  expect([status, headers['etag']]).toEqual([200, '"1"'])
  expect(body).toMatchObject({
    name: 'ledger',
    chart: 'ledger',
    image: 'ledger',
    contract: '1',
    versions: [
      { version: '1.0.0', schema: 1, rollbackTo: 1, default: true },
      { version: '1.1.0', schema: 2, rollbackTo: 1, default: false },
    ],
  })
})

test('a product is registered, gets versions, is listed, and every act is in the record', async () => {
  const made = await register({ name: 'notes', title: 'Notes', image: 'registry.example:5000/team/notes' })
  expect([made.status, made.headers['location'], made.headers['etag']]).toEqual([201, '/v1/products/notes', '"1"'])
  expect(made.body).toMatchObject({ title: 'Notes', chart: 'notes', contract: '1', versions: [] })

  const first = await add('notes', { version: '1.0.0', schema: 1 })
  expect(first.body).toMatchObject({ generation: 2, versions: [{ schema: 1, rollbackTo: 1, default: true }] })
  const second = await add('notes', { version: '2.0.0', schema: 3, rollbackTo: 2, default: true })
  expect(second.body['versions']).toMatchObject([
    { version: '1.0.0', default: false },
    { version: '2.0.0', schema: 3, rollbackTo: 2, default: true },
  ])
  expect((await plane.call('GET', '/v1/products/notes')).body).toEqual(second.body)

  const page = await plane.call('GET', '/v1/products?limit=1')
  expect(page.body['items']).toMatchObject([{ name: 'ledger' }])
  const rest = await plane.call('GET', `/v1/products?limit=1&cursor=${String(page.body['nextCursor'])}`)
  expect(rest.body).toMatchObject({ items: [{ name: 'notes' }], nextCursor: null })

  const record = await plane.rows(
    `select action, subject, outcome from audit_events where action like 'product.%' order by sequence`,
  )
  expect(record.map(({ action, subject }) => [action, subject])).toEqual([
    ['product.register', 'product:notes'],
    ['product.add-version', 'product:notes'],
    ['product.add-version', 'product:notes'],
  ])
})

test('one Idempotency-Key registers once', async () => {
  const headers = { 'idempotency-key': 'register-once' }
  const answers = await Promise.all(Array.from({ length: 10 }, () => register({ name: 'once' }, headers)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
  expect(answers.filter((answer) => answer.headers['idempotency-replayed'] === undefined)).toHaveLength(1)
})

test('versions added at once leave one default', async () => {
  await register({ name: 'racing' })
  const versions = Array.from({ length: 8 }, (_, index) => ({ version: `1.0.${index}`, schema: 1, default: true }))
  const answers = await Promise.all(versions.map((version) => add('racing', version)))
  expect(answers.map(({ status }) => status)).toEqual(versions.map(() => 201))
  const known = (await plane.call('GET', '/v1/products/racing')).body['versions'] as { default: boolean }[]
  expect(known.filter((version) => version.default)).toHaveLength(1)
})

test.each<[string, Record<string, unknown>, number, string, string]>([
  ['a name that is taken', { name: 'ledger' }, 409, 'product.name-taken', '/name'],
  ['a name that is a path', { name: '../ledger' }, 400, 'request.invalid', '/name'],
  ['a chart that is a path', { name: 'fine', chart: 'a/b' }, 400, 'request.invalid', '/chart'],
  ['a chart above the folders', { name: 'fine', chart: '..' }, 400, 'request.invalid', '/chart'],
  ['a chart of the plane', { name: 'fine', chart: 'cell' }, 422, 'product.chart-reserved', '/chart'],
  ['a chart of the plane by its own name', { name: 'instance' }, 422, 'product.chart-reserved', '/name'],
  ['an image with a space', { name: 'fine', image: 'a b' }, 400, 'request.invalid', '/image'],
  ['a contract nobody knows', { name: 'fine', contract: '9' }, 422, 'product.contract-unsupported', '/contract'],
  ['a member nobody knows', { name: 'fine', colour: 'blue' }, 400, 'request.invalid', '/colour'],
  ['no name', {}, 400, 'request.invalid', '/name'],
])('registering %s is refused by name and changes nothing', async (_what, body, status, code, pointer) => {
  const before = await plane.dump()
  const refused = await register(body)
  expect(refused.body).toMatchObject({ status, code, errors: [{ in: 'body', pointer }] })
  expect(await plane.dump()).toEqual(before)
})

test.each<[string, Record<string, unknown>, number, string, string]>([
  ['that is taken', { version: '1.0.0', schema: 1 }, 409, 'product.version-taken', '/version'],
  ['that is a shell', { version: '1;id', schema: 1 }, 400, 'request.invalid', '/version'],
  ['without a schema', { version: '3.0.0' }, 400, 'request.invalid', '/schema'],
  ['with schema 0', { version: '3.0.0', schema: 0 }, 400, 'request.invalid', '/schema'],
  [
    'that goes back ahead of itself',
    { version: '3.0.0', schema: 3, rollbackTo: 4 },
    422,
    'product.rollback-ahead',
    '/rollbackTo',
  ],
  [
    'that contradicts another of its schema',
    { version: '3.0.0', schema: 2, rollbackTo: 2 },
    422,
    'product.schema-ambiguous',
    '/rollbackTo',
  ],
])('a version %s is refused by name and changes nothing', async (_what, body, status, code, pointer) => {
  const before = await plane.dump()
  const refused = await add('ledger', body)
  expect(refused.body).toMatchObject({ status, code, errors: [{ in: 'body', pointer }] })
  expect(await plane.dump()).toEqual(before)
})

test('a product nobody registered is not found', async () => {
  for (const answer of [await plane.call('GET', '/v1/products/none'), await add('none', { version: '1', schema: 1 })])
    expect(answer.body).toMatchObject({ status: 404, code: 'product.not-found' })
})

test('a viewer reads and registers nothing', async () => {
  const { token } = await plane.login('viewer')
  expect((await plane.call('GET', '/v1/products', { token })).status).toBe(200)
  for (const [path, body] of [
    ['/v1/products', { name: 'viewed' }],
    ['/v1/products/ledger/versions', { version: '9', schema: 9 }],
  ] as const)
    expect((await plane.call('POST', path, { token, body })).status).toBe(403)
})

test('a cell is made of a registered version only; without one it gets the default', async () => {
  await register({ name: 'chosen' })
  const cell = (body: Record<string, unknown>) =>
    plane.call('POST', '/v1/cells', { body: { region: 'local-1', ...body } })
  const before = await plane.dump()
  for (const [body, code, pointer] of [
    [{ product: 'nobody' }, 'product.unknown', '/product'],
    [{ product: 'chosen' }, 'version.unknown', '/version'],
    [{ version: '7.7.7' }, 'version.unknown', '/version'],
  ] as const) {
    const refused = await cell({ name: 'cell-none', ...body })
    expect(refused.body).toMatchObject({ status: 422, code, errors: [{ pointer }] })
  }
  expect(await plane.dump()).toEqual(before)
  await add('chosen', { version: '4.0.0', schema: 2 })
  const made = await cell({ name: 'cell-chosen', product: 'chosen' })
  expect(made.body['cell']).toMatchObject({ product: 'chosen', version: '4.0.0' })
  expect((await cell({ name: 'cell-newer', version: '1.1.0' })).body['cell']).toMatchObject({ version: '1.1.0' })
})

test('workflows learn where chart and image of a release are', async () => {
  const found = await plane.worker.transaction((tx) => findRelease(tx, 'ledger', undefined))
  expect(found).toEqual({
    product: 'ledger',
    version: '1.0.0',
    chart: 'ledger',
    image: 'ledger',
    contract: '1',
    schema: 1,
    rollbackTo: 1,
  })
})
