import { afterAll, beforeAll, expect, test } from 'vitest'
import { customers, type Customers } from '../../../test/support/customers.ts'
import { newId } from '../../platform/ids.ts'
import { restoreTerms } from './tenants.settle.ts'

let plane: Customers
beforeAll(async () => {
  plane = await customers()
  await plane.rows(
    `insert into plans (name, title, isolation, regions, limits, objectives, price_minor, currency, ring)
     select 'elsewhere-shared', title, isolation, array['local-2'], limits, objectives, price_minor, currency, ring from plans where name = 'starter-shared'`,
  )
  await plane.cell('main', { tenants: 50, requestsPerSecond: 1000 })
})
afterAll(() => plane.close())

const STARTER = { requestsPerSecond: 20, burst: 40, statementTimeoutMs: 2000 }
const TEAM = { requestsPerSecond: 100, burst: 200, statementTimeoutMs: 5000 }
const patch = (slug: string, body: unknown, headers: Record<string, string> = {}) =>
  plane.call('PATCH', `/v1/tenants/${slug}`, { body, headers })
const get = async (slug: string) => (await plane.call('GET', `/v1/tenants/${slug}`)).body
const synced = async (slug: string) =>
  ((await get(slug))['conditions'] as { type: string }[]).find(({ type }) => type === 'Synced')

test('details are rows only: changed at once, what is left out stays, null clears', async () => {
  await plane.customer('details', { contact: 'a@b.example', notes: 'old', externalId: 'x-1' })
  const changed = await patch('details', { name: 'Details Ltd', notes: null, externalId: 'x-2' })
  expect(changed.status).toBe(200)
  expect(changed.headers['etag']).toBe('"2"')
  expect(changed.body).toMatchObject({
    name: 'Details Ltd',
    notes: null,
    externalId: 'x-2',
    contact: 'a@b.example',
    generation: 2,
    operations: [],
  })
  const same = await patch('details', { name: 'Details Ltd', plan: 'starter-shared', limits: {} })
  expect([same.status, same.body['generation']]).toEqual([200, 2])
  const event = await plane.rows(
    `select canonical from audit_events where action = 'tenant.update' order by sequence limit 1`,
  )
  expect(String(event[0]?.['canonical'])).toContain('"changed":["name","externalId","notes"]')
  expect(String(event[0]?.['canonical'])).not.toContain('Details Ltd')
})

test('another plan is an operation; its terms are confirmed when it succeeds', async () => {
  await plane.customer('grower')
  const asked = await patch('grower', { plan: 'team-shared', name: 'Grower' }, { 'if-match': '"1"' })
  expect(asked.status).toBe(202)
  expect(asked.headers).toMatchObject({ location: `/v1/operations/${String(asked.body['operationId'])}`, etag: '"2"' })
  expect(asked.body['tenant']).toMatchObject({
    plan: 'team-shared',
    name: 'Grower',
    limits: TEAM,
    state: 'active',
    generation: 2,
  })
  expect(await synced('grower')).toMatchObject({ status: 'false', reason: 'Updating', observedGeneration: 2 })
  await plane.finish(asked.body['operationId'])
  expect(await synced('grower')).toMatchObject({ status: 'true', reason: 'Published', observedGeneration: 2 })
  expect(await plane.rows(`select confirmed ->> 'plan' as plan from tenants where slug = 'grower'`)).toEqual([
    { plan: 'team-shared' },
  ])
})

test('limits are overridden one by one, taken back with null, and follow the plan otherwise', async () => {
  await plane.customer('special')
  const step = async (body: unknown, limits: unknown, overrides: unknown) => {
    const asked = await patch('special', body)
    expect(asked.status).toBe(202)
    expect(asked.body['tenant']).toMatchObject({ limits, overrides })
    expect((asked.body['tenant'] as { overrides: unknown }).overrides).toEqual(overrides)
    await plane.finish(asked.body['operationId'])
  }
  await step(
    { limits: { burst: 90, requestsPerSecond: 50 } },
    { ...STARTER, burst: 90, requestsPerSecond: 50 },
    { burst: 90, requestsPerSecond: 50 },
  )
  await step({ limits: { burst: null } }, { ...STARTER, requestsPerSecond: 50 }, { requestsPerSecond: 50 })
  await step({ plan: 'team-shared' }, { ...TEAM, requestsPerSecond: 50 }, { requestsPerSecond: 50 })
  await step({ limits: null }, TEAM, {})
})

test('a failed update gives the confirmed terms back; asked for again it takes its own up', async () => {
  await plane.customer('wavering', { limits: { burst: 50 } })
  const asked = await patch('wavering', { plan: 'team-shared', limits: null })
  await plane.finish(asked.body['operationId'], 'failed')
  expect(await get('wavering')).toMatchObject({
    plan: 'starter-shared',
    limits: { ...STARTER, burst: 50 },
    overrides: { burst: 50 },
    state: 'active',
    generation: 3,
  })
  expect(await synced('wavering')).toMatchObject({
    status: 'false',
    reason: 'UpdateFailed',
    message: expect.stringContaining(String(asked.body['operationId'])),
  })
  const retried = await plane.call('POST', `/v1/operations/${String(asked.body['operationId'])}/retry`)
  expect(retried.status).toBe(202)
  expect(await get('wavering')).toMatchObject({ plan: 'team-shared', limits: TEAM, overrides: {} })
  await plane.finish(retried.body['operationId'])
  expect(await get('wavering')).toMatchObject({ plan: 'team-shared', limits: TEAM })
})

test('a later wish survives the failure of an earlier one, and its own failure goes back to what was confirmed', async () => {
  await plane.customer('hasty')
  const first = await patch('hasty', { plan: 'team-shared' })
  const second = await patch('hasty', { limits: { burst: 300 } })
  expect(second.body).toMatchObject({
    state: 'queued',
    merged: false,
    tenant: { plan: 'team-shared', limits: { ...TEAM, burst: 300 } },
  })
  await plane.finish(first.body['operationId'], 'failed')
  expect(await get('hasty')).toMatchObject({ plan: 'team-shared', limits: { ...TEAM, burst: 300 } })
  await plane.finish(second.body['operationId'], 'cancelled')
  expect(await get('hasty')).toMatchObject({ plan: 'starter-shared', limits: STARTER, overrides: {} })
})

test('the undo of a workflow takes terms back once, before the operation is closed', async () => {
  const { id } = await plane.customer('undone')
  const asked = await patch('undone', { plan: 'team-shared' })
  const operation = { id: String(asked.body['operationId']), kind: 'tenant.update', tenantId: id } as const
  const undo = () => plane.worker.transaction((tx) => restoreTerms(tx, operation))
  await undo()
  await undo()
  expect(await get('undone')).toMatchObject({ limits: STARTER, generation: 3 })
  await plane.finish(asked.body['operationId'], 'failed')
  expect(await get('undone')).toMatchObject({ limits: STARTER, generation: 3 })
})

test('growth beyond the room of its cell is refused, also while a failed update could give it back to another', async () => {
  await plane.cell('snug', { tenants: 2, requestsPerSecond: 120 })
  const [a, b] = [await plane.customer('snug-a', { plan: 'team-shared' }), await plane.customer('snug-b')]
  expect(a.unitId).toBe(b.unitId)
  const before = await plane.dump()
  const refused = await patch('snug-b', { limits: { requestsPerSecond: 21 } })
  expect([refused.status, refused.body['code'], refused.body['room']]).toEqual([
    409,
    'placement.full',
    [{ name: 'snug', region: 'local-1', tenants: 1, requestsPerSecond: 20 }],
  ])
  expect(refused.body['detail']).toMatch(/cell snug has 20 requests per second for it, not 21: choose smaller limits/)
  expect(await plane.dump()).toEqual(before)
  const less = await patch('snug-a', { plan: 'starter-shared' })
  expect(less.status).toBe(202)
  expect((await patch('snug-b', { limits: { requestsPerSecond: 21 } })).body['code']).toBe('placement.full')
  await plane.finish(less.body['operationId'])
  expect((await patch('snug-b', { limits: { requestsPerSecond: 21 } })).status).toBe(202)
})

test('growth asked for again is refused when others took the room meanwhile', async () => {
  await plane.cell('close', { tenants: 2, requestsPerSecond: 120 })
  await plane.customer('close-a')
  const asked = await patch('close-a', { plan: 'team-shared' })
  await plane.finish(asked.body['operationId'], 'failed')
  await plane.customer('close-b', { limits: { requestsPerSecond: 60 } })
  const before = await plane.dump()
  const retried = await plane.call('POST', `/v1/operations/${String(asked.body['operationId'])}/retry`, {
    headers: { 'idempotency-key': newId() },
  })
  expect(retried.body).toMatchObject({ status: 409, code: 'placement.full' })
  expect(await plane.dump()).toEqual(before)
})

const bad: [string, unknown, number, string, string][] = [
  ['an empty patch', {}, 400, 'request.invalid', ''],
  ['an unknown field', { slug: 'other' }, 400, 'request.invalid', '/slug'],
  ['a wrong type', { name: 5 }, 400, 'request.invalid', '/name'],
  ['clearing what must be there', { name: null }, 400, 'request.invalid', '/name'],
  ['a wrong type inside', { limits: { burst: 'much' } }, 400, 'request.invalid', '/limits/burst'],
  ['an unknown plan', { plan: 'gold' }, 422, 'plan.unknown', '/plan'],
  ['a plan that is not offered here', { plan: 'elsewhere-shared' }, 409, 'region.not-in-plan', '/plan'],
  [
    'an override out of bounds',
    { limits: { statementTimeoutMs: 8001 } },
    422,
    'limits.out-of-bounds',
    '/limits/statementTimeoutMs',
  ],
]
test.each(bad)('%s is refused and changes nothing', async (_, body, status, code, pointer) => {
  await plane.customer('steady').catch(() => {})
  const before = await plane.dump()
  const refused = await patch('steady', body, { 'idempotency-key': newId() })
  expect([refused.status, refused.body['code']]).toEqual([status, code])
  expect((refused.body['errors'] as { pointer: string }[]).map((error) => error.pointer)).toContain(pointer)
  expect(await plane.dump()).toEqual(before)
})

test('an override agreed under a larger plan must be given up for a smaller one', async () => {
  await plane.customer('shrinker', { plan: 'team-shared', limits: { burst: 900 } })
  const refused = await patch('shrinker', { plan: 'starter-shared' })
  expect(refused.body).toMatchObject({
    status: 422,
    code: 'limits.out-of-bounds',
    errors: [{ pointer: '/limits/burst' }],
  })
  expect((await patch('shrinker', { plan: 'starter-shared', limits: null })).status).toBe(202)
})

test('a stale If-Match is 412, a broken one 400; neither changes anything', async () => {
  await plane.customer('watched')
  await patch('watched', { notes: 'first' })
  const before = await plane.dump()
  for (const body of [{ notes: 'second' }, { plan: 'team-shared' }]) {
    expect((await patch('watched', body, { 'if-match': '"1"' })).body).toMatchObject({
      status: 412,
      code: 'generation.stale',
      generation: 2,
    })
    expect((await patch('watched', body, { 'if-match': '1' })).body).toMatchObject({
      status: 400,
      code: 'request.invalid',
      errors: [{ in: 'header' }],
    })
  }
  expect(await plane.dump()).toEqual(before)
  expect((await patch('watched', { notes: 'second' }, { 'if-match': '"2"' })).status).toBe(200)
  expect((await patch('watched', { notes: 'third' }, { 'if-match': '*' })).status).toBe(200)
})

test('of 50 who decided on the same generation, one is right', async () => {
  await plane.customer('contested')
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => patch('contested', { notes: `mine ${n}` }, { 'if-match': '"1"' })),
  )
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  expect(answers.filter(({ status }) => status === 412)).toHaveLength(49)
})

test('an update repeated with its key is one update', async () => {
  await plane.customer('repeated')
  const key = newId()
  const [first, again] = [
    await patch('repeated', { plan: 'team-shared' }, { 'idempotency-key': key }),
    await patch('repeated', { plan: 'team-shared' }, { 'idempotency-key': key }),
  ]
  expect(again.text).toBe(first.text)
  expect(again.headers['idempotency-replayed']).toBe('true')
  expect((await get('repeated'))['generation']).toBe(2)
})
