import { afterAll, beforeAll, expect, test } from 'vitest'
import { customers, type Customers } from '../../../test/support/customers.ts'
import { newId } from '../../platform/ids.ts'
import { tenantFacts } from './tenants.facts.ts'

let plane: Customers
beforeAll(async () => {
  plane = await customers()
  await plane.cell('main')
})
afterAll(() => plane.close())

const post = (slug: string, act: 'suspend' | 'resume', headers: Record<string, string> = {}) =>
  plane.call('POST', `/v1/tenants/${slug}/${act}`, { headers })
const remove = (slug: string, headers: Record<string, string> = {}) =>
  plane.call('DELETE', `/v1/tenants/${slug}`, { headers })
const get = async (slug: string) => (await plane.call('GET', `/v1/tenants/${slug}`)).body

test('suspended, resumed, removed: states, conditions and generations follow', async () => {
  const served = await plane.customer('acme', { contact: 'ada@acme.example', notes: 'private' })
  const suspended = await post('acme', 'suspend', { 'if-match': '"1"' })
  expect(suspended.status).toBe(202)
  expect(suspended.body).toMatchObject({
    state: 'running',
    merged: false,
    tenant: { state: 'suspending', generation: 2 },
  })
  expect(suspended.headers).toMatchObject({
    location: `/v1/operations/${String(suspended.body['operationId'])}`,
    etag: '"2"',
  })
  await plane.publish(served, 'suspended')
  await plane.finish(suspended.body['operationId'])
  expect(await get('acme')).toMatchObject({
    state: 'suspended',
    conditions: [
      { type: 'Ready', status: 'false', reason: 'Suspended' },
      { type: 'Serving', status: 'false', observedGeneration: 2 },
      { type: 'Synced' },
    ],
  })
  const resumed = await post('acme', 'resume')
  expect(resumed.body).toMatchObject({ tenant: { state: 'resuming' } })
  await plane.publish(served, 'active')
  await plane.finish(resumed.body['operationId'])
  expect(await get('acme')).toMatchObject({
    state: 'active',
    conditions: [{ status: 'true', reason: 'Active' }, { status: 'true' }, {}],
  })
  const removed = await remove('acme')
  expect(removed.body).toMatchObject({ tenant: { state: 'decommissioning' } })
  await plane.publish(served, 'absent')
  await plane.finish(removed.body['operationId'])
  expect(await get('acme')).toMatchObject({
    state: 'decommissioned',
    contact: null,
    notes: null,
    generation: 4,
    conditions: [{ reason: 'Decommissioned' }, {}, {}],
  })
  const actions = await plane.rows(`select action from audit_events where stream = $1 order by sequence`, [
    `tenant:${served.id}`,
  ])
  expect(actions.map(({ action }) => action)).toEqual([
    'tenant.create',
    'tenant.suspend',
    'tenant.resume',
    'tenant.decommission',
  ])
})

test('a tombstone keeps its slug, is found, and nothing can be asked of it', async () => {
  const before = await plane.dump()
  const taken = await plane.call('POST', '/v1/tenants', { body: { slug: 'acme', plan: 'starter-shared' } })
  expect(taken.body).toMatchObject({ status: 409, code: 'tenant.slug-taken' })
  expect((await plane.call('GET', '/v1/tenants')).body['items']).toEqual([])
  expect((await plane.call('GET', '/v1/tenants?state=decommissioned')).body['items']).toMatchObject([{ slug: 'acme' }])
  for (const answer of [await post('acme', 'suspend'), await post('acme', 'resume'), await remove('acme')]) {
    expect(answer.body).toMatchObject({ status: 409, code: 'tenant.state-forbids', state: 'decommissioned' })
  }
  for (const body of [{ notes: 'x' }, { plan: 'team-shared' }]) {
    expect((await plane.call('PATCH', '/v1/tenants/acme', { body })).body).toMatchObject({
      status: 409,
      code: 'tenant.state-forbids',
    })
  }
  expect(await plane.dump()).toEqual(before)
})

test('what the state forbids is refused: resuming what serves, suspending what is suspended, anything of what failed', async () => {
  const served = await plane.customer('steady')
  expect((await post('steady', 'resume')).body).toMatchObject({
    status: 409,
    code: 'tenant.state-forbids',
    state: 'active',
  })
  const suspended = await post('steady', 'suspend')
  await plane.publish(served, 'suspended')
  await plane.finish(suspended.body['operationId'])
  const before = await plane.dump()
  const refused = await post('steady', 'suspend', { 'idempotency-key': newId() })
  expect(refused.body).toMatchObject({
    status: 409,
    code: 'tenant.state-forbids',
    state: 'suspended',
    detail: expect.stringContaining('steady is suspended'),
  })
  expect(await plane.dump()).toEqual(before)
  const made = await plane.call('POST', '/v1/tenants', { body: { slug: 'unlucky', plan: 'starter-shared' } })
  await plane.finish(made.body['operationId'], 'failed')
  expect((await post('unlucky', 'suspend')).body).toMatchObject({ code: 'tenant.state-forbids', state: 'failed' })
  expect((await plane.call('PATCH', '/v1/tenants/unlucky', { body: { plan: 'team-shared' } })).body).toMatchObject({
    code: 'tenant.state-forbids',
  })
  expect((await remove('unlucky')).status).toBe(202)
})

test('an operation in the way is named, and nothing changes', async () => {
  const { operationId } = (
    await (async () => {
      await plane.customer('leaving')
      return remove('leaving')
    })()
  ).body
  const before = await plane.dump()
  const asks = [
    post('leaving', 'suspend'),
    post('leaving', 'resume'),
    plane.call('PATCH', '/v1/tenants/leaving', { body: { plan: 'team-shared' } }),
  ]
  for (const { body } of await Promise.all(asks)) {
    expect(body).toMatchObject({
      status: 409,
      code: 'operation.conflict',
      operationId,
      operationKind: 'tenant.decommission',
    })
  }
  expect(await plane.dump()).toEqual(before)
  expect((await remove('leaving')).body).toMatchObject({ operationId, merged: true })
})

test('what comes next queues behind what is under way, and is judged by where that leads', async () => {
  const served = await plane.customer('undecided')
  const suspend = await post('undecided', 'suspend')
  const resume = await post('undecided', 'resume')
  expect([suspend.body['state'], resume.body['state']]).toEqual(['running', 'queued'])
  const again = await post('undecided', 'suspend')
  expect(again.body).toMatchObject({ state: 'queued', merged: false })
  await plane.publish(served, 'suspended')
  await plane.finish(suspend.body['operationId'])
  expect(await get('undecided')).toMatchObject({ state: 'resuming' })
  await plane.publish(served, 'active')
  await plane.finish(resume.body['operationId'])
  expect(await get('undecided')).toMatchObject({ state: 'suspending' })
  await plane.publish(served, 'suspended')
  await plane.finish(again.body['operationId'])
  expect(await get('undecided')).toMatchObject({ state: 'suspended', operations: [] })
})

test('the same wish twice is one operation and one generation', async () => {
  await plane.customer('twice')
  const answers = await Promise.all(Array.from({ length: 20 }, () => post('twice', 'suspend')))
  expect(new Set(answers.map(({ body }) => body['operationId'])).size).toBe(1)
  expect(answers.filter(({ body }) => body['merged'] === false)).toHaveLength(1)
  expect(await get('twice')).toMatchObject({ generation: 2, operations: [{ kind: 'tenant.suspend' }] })
})

test('a way back ends in what is still published', async () => {
  const served = await plane.customer('returning')
  const suspend = await post('returning', 'suspend')
  await plane.finish(suspend.body['operationId'], 'failed')
  expect(await get('returning')).toMatchObject({
    state: 'active',
    conditions: [{ type: 'Ready', status: 'true' }, { type: 'Serving', status: 'unknown', reason: 'NotProbed' }, {}],
  })
  const removal = await remove('returning')
  await plane.finish(removal.body['operationId'], 'cancelled')
  expect(await get('returning')).toMatchObject({ state: 'active' })
  const second = await remove('returning')
  await plane.publish(served, 'absent')
  await plane.finish(second.body['operationId'], 'failed')
  expect(await get('returning')).toMatchObject({ state: 'failed' })
  const retried = await plane.call('POST', `/v1/operations/${String(second.body['operationId'])}/retry`)
  expect(retried.status).toBe(202)
  await plane.finish(retried.body['operationId'])
  expect(await get('returning')).toMatchObject({ state: 'decommissioned' })
})

test('removal stops a provision that is under way', async () => {
  const made = await plane.call('POST', '/v1/tenants', { body: { slug: 'short-lived', plan: 'starter-shared' } })
  const removal = await remove('short-lived')
  expect(removal.body).toMatchObject({ state: 'queued', tenant: { state: 'provisioning' } })
  await plane.finish(made.body['operationId'], 'cancelled')
  expect(await get('short-lived')).toMatchObject({ state: 'decommissioning' })
  await plane.finish(removal.body['operationId'])
  expect(await get('short-lived')).toMatchObject({ state: 'decommissioned' })
})

test('a suspension behind a provision that failed moves nothing', async () => {
  const made = await plane.call('POST', '/v1/tenants', { body: { slug: 'doomed', plan: 'starter-shared' } })
  const suspend = await post('doomed', 'suspend')
  expect(suspend.body).toMatchObject({ state: 'queued' })
  await plane.finish(made.body['operationId'], 'failed')
  expect(await get('doomed')).toMatchObject({
    state: 'failed',
    operations: [{ kind: 'tenant.suspend', state: 'running' }],
  })
  await plane.finish(suspend.body['operationId'], 'failed')
  expect(await get('doomed')).toMatchObject({ state: 'failed' })
})

test('stale, unknown, forbidden and undeclared requests change nothing', async () => {
  await plane.customer('calm')
  const before = await plane.dump()
  const { token } = await plane.login('viewer')
  const withViewer = await plane.dump()
  expect((await post('calm', 'suspend', { 'if-match': '"9"' })).body).toMatchObject({
    status: 412,
    code: 'generation.stale',
  })
  expect((await remove('calm', { 'if-match': '"9"' })).body).toMatchObject({ status: 412, code: 'generation.stale' })
  expect((await post('nobody', 'suspend')).body).toMatchObject({ status: 404, code: 'tenant.not-found' })
  expect((await plane.call('POST', '/v1/tenants/calm/suspend', { body: { reason: 'late' } })).body).toMatchObject({
    status: 400,
    code: 'request.invalid',
  })
  for (const [method, url] of [
    ['POST', '/v1/tenants/calm/suspend'],
    ['POST', '/v1/tenants/calm/resume'],
    ['DELETE', '/v1/tenants/calm'],
  ] as const) {
    expect((await plane.call(method, url, { token })).body).toMatchObject({ status: 403, code: 'access.forbidden' })
  }
  expect(await plane.dump()).toEqual(withViewer)
  expect(Object.keys(before)).toEqual(Object.keys(withViewer))
})

test('workflows learn what they need of a tenant, and nothing personal', async () => {
  const { id, unitId } = await plane.customer('known', { contact: 'ada@known.example' })
  const facts = await plane.worker.transaction((tx) => tenantFacts(tx, id))
  expect(facts).toEqual({
    id,
    slug: 'known',
    compute: null,
    host: 'known.localhost',
    url: 'http://known.localhost:7401',
    state: 'active',
    published: 'active',
    plan: 'starter-shared',
    region: 'local-1',
    unitId,
    limits: { requestsPerSecond: 20, burst: 40, statementTimeoutMs: 2000 },
    generation: 1,
  })
  await expect(plane.worker.transaction((tx) => tenantFacts(tx, newId()))).rejects.toMatchObject({
    code: 'tenant.not-found',
  })
})
