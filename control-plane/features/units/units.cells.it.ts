import { afterAll, beforeAll, expect, test } from 'vitest'
import { customers, type Customers } from '../../../test/support/customers.ts'
import { newId } from '../../platform/ids.ts'
import { newSecret } from '../../platform/secret.ts'
import { regionFacts, unitFacts } from './units.facts.ts'
import { unitHooks } from './units.settle.ts'

let plane: Customers
beforeAll(async () => {
  plane = await customers()
})
afterAll(() => plane.close())

const create = (body: Record<string, unknown>, headers: Record<string, string> = {}) =>
  plane.call('POST', '/v1/cells', { body: { region: 'local-1', ...body }, headers })
const retire = (cell: string, headers: Record<string, string> = {}) =>
  plane.call('DELETE', `/v1/cells/${cell}`, { headers })

test('a cell is asked for, created and shown with its room', async () => {
  const made = await create({ name: 'cell-a' })
  expect(made.status).toBe(202)
  expect(made.headers).toMatchObject({ location: `/v1/operations/${String(made.body['operationId'])}`, etag: '"1"' })
  expect(made.body).toMatchObject({ state: 'running', merged: false })
  expect(made.body['cell']).toMatchObject({
    name: 'cell-a',
    region: 'local-1',
    product: 'ledger',
    version: '1.0.0',
    state: 'creating',
    capacity: { tenants: 100, requestsPerSecond: 2000 },
    used: { tenants: 0, requestsPerSecond: 0 },
    free: { tenants: 100, requestsPerSecond: 2000 },
    conditions: [{ type: 'Ready', status: 'false', reason: 'Creating' }],
    operations: [{ id: made.body['operationId'], kind: 'cell.create', state: 'running' }],
  })
  await plane.finish(made.body['operationId'])
  const shown = await plane.call('GET', '/v1/cells/cell-a')
  expect(shown.headers['etag']).toBe('"1"')
  expect(shown.body).toMatchObject({
    state: 'active',
    operations: [],
    conditions: [
      { type: 'Deployed', status: 'true', observedGeneration: 1 },
      { type: 'Ready', status: 'true', observedGeneration: 1 },
    ],
  })
  const byId = await plane.call('GET', `/v1/cells/${String(shown.body['id']).toUpperCase()}`)
  expect(byId.body).toEqual(shown.body)
  expect(
    await plane.rows(`select action, subject, outcome, operation_id from audit_events where action = 'cell.create'`),
  ).toEqual([
    {
      action: 'cell.create',
      subject: `unit:${String(shown.body['id'])}`,
      outcome: 'succeeded',
      operation_id: made.body['operationId'],
    },
  ])
})

test('a creation that fails leaves a failed cell, which can be retired', async () => {
  const made = await create({ name: 'cell-broken', capacity: { tenants: 3 } })
  await plane.finish(made.body['operationId'], 'failed')
  const shown = await plane.call('GET', '/v1/cells/cell-broken')
  expect(shown.body).toMatchObject({ state: 'failed', capacity: { tenants: 3, requestsPerSecond: 2000 } })
  expect(shown.body['conditions']).toMatchObject([
    {
      type: 'Ready',
      status: 'false',
      reason: 'Failed',
      message: expect.stringContaining(String(made.body['operationId'])),
    },
  ])
  const gone = await retire('cell-broken')
  expect(gone.status).toBe(202)
  await plane.finish(gone.body['operationId'])
  expect((await plane.call('GET', '/v1/cells/cell-broken')).body).toMatchObject({ state: 'retired', generation: 2 })
})

test('an empty cell is retired, once, and its name stays taken', async () => {
  await plane.cell('cell-brief')
  const stale = await retire('cell-brief', { 'if-match': '"7"' })
  expect([stale.status, stale.body['code']]).toEqual([412, 'generation.stale'])
  const first = await retire('cell-brief', { 'if-match': '"1"' })
  expect(first.body).toMatchObject({ merged: false, cell: { state: 'retiring', generation: 2 } })
  const again = await retire('cell-brief')
  expect(again.body).toMatchObject({ operationId: first.body['operationId'], merged: true, cell: { generation: 2 } })
  await plane.finish(first.body['operationId'])
  const late = await retire('cell-brief')
  expect([late.status, late.body['code'], late.body['state']]).toEqual([409, 'cell.state-forbids', 'retired'])
  const reuse = await create({ name: 'cell-brief' })
  expect([reuse.status, reuse.body['code']]).toEqual([409, 'cell.name-taken'])
  const listed = (await plane.call('GET', '/v1/cells')).body['items'] as { name: string }[]
  expect(listed.map(({ name }) => name)).not.toContain('cell-brief')
  expect((await plane.call('GET', '/v1/cells?state=retired&region=local-1')).text).toContain('cell-brief')
})

test('a cell with tenants is not retired; the refusal says how many there are', async () => {
  const unitId = await plane.cell('cell-used', { tenants: 2, requestsPerSecond: 40 })
  const tenants = [await plane.customer('lodger-a'), await plane.customer('lodger-b')]
  expect(tenants.map((tenant) => tenant.unitId)).toEqual([unitId, unitId])
  expect((await plane.call('GET', '/v1/cells/cell-used')).body).toMatchObject({
    used: { tenants: 2, requestsPerSecond: 40 },
    free: { tenants: 0, requestsPerSecond: 0 },
  })
  const before = await plane.dump()
  const refused = await retire('cell-used')
  expect([refused.status, refused.body['code'], refused.body['tenants']]).toEqual([409, 'cell.occupied', 2])
  expect(await plane.dump()).toEqual(before)
  for (const { id, slug } of tenants) {
    const left = await plane.call('DELETE', `/v1/tenants/${slug}`)
    expect((await retire('cell-used')).body['code']).toBe('cell.occupied')
    await plane.publish({ id, unitId }, 'absent')
    await plane.finish(left.body['operationId'])
  }
  expect((await retire('cell-used')).status).toBe(202)
})

test('a retirement that is cancelled gives the cell back, and is refused again when tenants moved in meanwhile', async () => {
  const unitId = await plane.cell('cell-again', { tenants: 1, requestsPerSecond: 20 })
  const first = await retire('cell-again')
  const would = () =>
    plane.call('POST', '/v1/tenants?dryRun=true', { body: { slug: 'late-lodger', plan: 'starter-shared' } })
  expect((await would()).body['tenant']).toMatchObject({ unit: { name: 'cell-a' } })
  await plane.finish(first.body['operationId'], 'cancelled')
  expect((await plane.call('GET', '/v1/cells/cell-again')).body).toMatchObject({ state: 'active' })
  expect((await plane.customer('late-lodger')).unitId).toBe(unitId)
  const before = await plane.dump()
  const retried = await plane.call('POST', `/v1/operations/${String(first.body['operationId'])}/retry`)
  expect(retried.status).toBe(409)
  const [operation] = await plane.rows('select * from operations where id = $1', [first.body['operationId']])
  const again = {
    id: newId(),
    kind: 'cell.retire',
    tenantId: null,
    unitId,
    unitKind: 'cell',
    input: operation?.['input'],
    otherUnitId: null,
    retryOf: null,
    epoch: 1,
  } as const
  await expect(plane.operator.transaction((tx) => unitHooks.onRetry(tx, again))).rejects.toMatchObject({
    code: 'cell.occupied',
    extra: { tenants: 1 },
  })
  expect(await plane.dump()).toEqual(before)
})

test('100 creations of one name at once make one cell', async () => {
  const answers = await Promise.all(Array.from({ length: 100 }, () => create({ name: 'cell-race' })))
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(1)
  expect(answers.filter(({ body }) => body['code'] === 'cell.name-taken')).toHaveLength(99)
})

test('pages go through all cells by name, and a cursor of other filters is refused', async () => {
  const all = (await plane.call('GET', '/v1/cells')).body['items'] as { name: string }[]
  const seen: string[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await plane.call(
      'GET',
      `/v1/cells?limit=2${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    )
    seen.push(...(page.body['items'] as { name: string }[]).map(({ name }) => name))
    cursor = page.body['nextCursor'] as string | null
    if (cursor !== null) {
      expect(
        (await plane.call('GET', `/v1/cells?region=local-1&cursor=${encodeURIComponent(cursor)}`)).body['code'],
      ).toBe('cursor.invalid')
    }
  }
  expect(seen).toEqual(all.map(({ name }) => name))
  expect(seen).toEqual(seen.toSorted())
})

test.each([
  ['an unknown field', { name: 'cell-x', color: 'red' }, 400, 'request.invalid', '/color'],
  ['a wrong type', { name: 'cell-x', capacity: { tenants: '5' } }, 400, 'request.invalid', '/capacity/tenants'],
  ['no name', {}, 400, 'request.invalid', '/name'],
  ['a bad name', { name: 'Cell_X' }, 400, 'request.invalid', '/name'],
  ['a long name', { name: 'x'.repeat(41) }, 400, 'request.invalid', '/name'],
  ['no capacity', { name: 'cell-x', capacity: { tenants: 0 } }, 400, 'request.invalid', '/capacity/tenants'],
  ['an unknown product', { name: 'cell-x', product: 'shop' }, 422, 'product.unknown', '/product'],
  ['a bad version', { name: 'cell-x', version: '1.0 && rm' }, 400, 'request.invalid', '/version'],
  ['a reserved name', { name: 'default' }, 422, 'slug.reserved', '/name'],
  ['a name that reads as an id', { name: 'abcdef12-1234-7000-8000-123456789012' }, 422, 'slug.reserved', '/name'],
  ['an unknown region', { name: 'cell-x', region: 'mars-1' }, 422, 'region.unknown', '/region'],
  ['a name used before', { name: 'cell-a' }, 409, 'cell.name-taken', '/name'],
])('%s is refused and changes nothing', async (_, body, status, code, pointer) => {
  const before = await plane.dump()
  const refused = await create(body, { 'idempotency-key': newId() })
  expect([refused.status, refused.body['code']]).toEqual([status, code])
  expect(refused.body['errors']).toMatchObject([{ in: 'body', pointer }])
  expect(await plane.dump()).toEqual(before)
})

test('a key that holds a secret is refused before anything keeps it', async () => {
  const before = await plane.dump()
  const secret = newSecret('token')
  const refused = await create({ name: 'cell-z' }, { 'idempotency-key': `retry-${secret}` })
  expect([refused.status, refused.body['code']]).toEqual([400, 'request.invalid'])
  expect(refused.body['errors']).toMatchObject([{ in: 'header', pointer: '/idempotency-key', rule: 'secret' }])
  expect(refused.text).not.toContain(secret)
  expect(await plane.dump()).toEqual(before)
})

test('without a region it takes the only one; with several, one must be named', async () => {
  const ask = (name: string) => plane.call('POST', '/v1/cells', { body: { name } })
  const refused = await ask('cell-y')
  expect([refused.status, refused.body['code']]).toEqual([422, 'region.unknown'])
  expect(refused.body['detail']).toContain('local-1, local-2')
  await plane.rows(`delete from regions where name = 'local-2'`)
  expect((await ask('cell-y')).body['cell']).toMatchObject({ region: 'local-1' })
})

test('an unknown cell is 404, by name and by id', async () => {
  for (const cell of ['nobody', newId()]) {
    expect((await plane.call('GET', `/v1/cells/${cell}`)).body['code']).toBe('cell.not-found')
    expect((await retire(cell)).body['code']).toBe('cell.not-found')
  }
})

test('a viewer sees cells and changes none; nobody sees nothing', async () => {
  const { token } = await plane.login('viewer')
  expect((await plane.call('GET', '/v1/cells', { token })).status).toBe(200)
  expect((await plane.call('POST', '/v1/cells', { token, body: { name: 'cell-z' } })).body['code']).toBe(
    'access.forbidden',
  )
  expect((await plane.call('DELETE', '/v1/cells/cell-a', { token })).body['code']).toBe('access.forbidden')
  expect((await plane.call('GET', '/v1/cells', { token: null })).body['code']).toBe('access.unauthenticated')
})

test('workflows learn of a unit and its region, and that there is none', async () => {
  const { body } = await plane.call('GET', '/v1/cells/cell-a')
  const facts = await plane.worker.transaction((tx) => unitFacts(tx, String(body['id'])))
  expect(facts).toMatchObject({ name: 'cell-a', kind: 'cell', region: 'local-1', product: 'ledger', version: '1.0.0' })
  const region = await plane.worker.transaction((tx) => regionFacts(tx, facts.region))
  expect(region).toMatchObject({ name: 'local-1', domain: 'localhost', settings: { edgeUrl: 'http://127.0.0.1:7401' } })
  await expect(plane.worker.transaction((tx) => unitFacts(tx, newId()))).rejects.toMatchObject({
    code: 'unit.not-found',
  })
  await expect(plane.worker.transaction((tx) => regionFacts(tx, 'mars-1'))).rejects.toMatchObject({
    code: 'region.unknown',
  })
})
