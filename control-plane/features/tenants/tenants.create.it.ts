import { afterAll, beforeAll, expect, test } from 'vitest'
import { customers, type Customers } from '../../../test/support/customers.ts'
import { newId } from '../../platform/ids.ts'

let plane: Customers
beforeAll(async () => {
  plane = await customers()
  await plane.rows(
    `insert into plans (name, title, isolation, regions, limits, objectives, price_minor, currency, ring)
     select 'elsewhere-shared', title, isolation, array['local-2'], limits, objectives, price_minor, currency, ring from plans where name = 'starter-shared'
     union all
     select 'both-shared', title, isolation, array['local-1','local-2'], '{"requestsPerSecond": 700, "burst": 700, "statementTimeoutMs": 2000}'::jsonb,
            objectives, price_minor, currency, ring from plans where name = 'starter-shared'`,
  )
  await plane.cell('main', { tenants: 50, requestsPerSecond: 1000 })
})
afterAll(() => plane.close())

const create = (
  body: Record<string, unknown>,
  { query = '', headers = {} }: { query?: string; headers?: Record<string, string> } = {},
) => plane.call('POST', `/v1/tenants${query}`, { body: { plan: 'starter-shared', ...body }, headers })

test('a tenant is placed, provisioned and in service', async () => {
  const made = await create({
    slug: 'acme',
    name: 'Acme Corporation',
    contact: 'Ada@acme.example',
    notes: 'two\nlines',
    externalId: 'crm-1',
    limits: { burst: 80 },
  })
  expect(made.status).toBe(202)
  const { operationId, tenant } = made.body as { operationId: string; tenant: { id: string; unit: { id: string } } }
  expect(made.headers).toMatchObject({ location: `/v1/operations/${operationId}`, etag: '"1"' })
  expect(tenant).toMatchObject({
    slug: 'acme',
    name: 'Acme Corporation',
    plan: 'starter-shared',
    isolation: 'shared',
    region: 'local-1',
    residency: ['local-1'],
    unit: { kind: 'cell', name: 'main' },
    state: 'provisioning',
    host: 'acme.localhost',
    url: 'http://acme.localhost:7401',
    limits: { requestsPerSecond: 20, burst: 80, statementTimeoutMs: 2000 },
    overrides: { burst: 80 },
    externalId: 'crm-1',
    contact: 'Ada@acme.example',
    notes: 'two\nlines',
    readyAt: null,
    generation: 1,
    operations: [{ id: operationId, kind: 'tenant.provision', state: 'running' }],
    conditions: [
      { type: 'Ready', status: 'false', reason: 'Provisioning', observedGeneration: 1 },
      { type: 'Serving', status: 'false', reason: 'Provisioning' },
    ],
  })
  await plane.publish({ id: tenant.id, unitId: tenant.unit.id }, 'active')
  await plane.finish(operationId)
  const { body, headers } = await plane.call('GET', '/v1/tenants/acme')
  expect(headers['etag']).toBe('"1"')
  expect(body).toMatchObject({
    state: 'active',
    readyAt: expect.any(String),
    operations: [],
    conditions: [
      { type: 'Ready', status: 'true', reason: 'Active' },
      { type: 'Serving', status: 'true', reason: 'Probed' },
      { type: 'Synced', status: 'true', reason: 'Published' },
    ],
  })
  expect((await plane.call('GET', `/v1/tenants/${tenant.id.toUpperCase()}`)).body).toEqual(body)
})

test('its audit event names operation and terms, personal data only beside it', async () => {
  const [event] = await plane.rows(
    `select canonical, operation_id, tenant_id, stream from audit_events where action = 'tenant.create'`,
  )
  expect(event).toMatchObject({ operation_id: expect.any(String), stream: `tenant:${String(event?.['tenant_id'])}` })
  expect(String(event?.['canonical'])).toContain('"slug":"acme"')
  for (const secret of ['Ada@acme.example', 'Acme Corporation', 'two'])
    expect(String(event?.['canonical'])).not.toContain(secret)
  const personal = await plane.rows(`select field, plain from audit_personal order by field`)
  expect(personal).toMatchObject([
    { field: 'contact', plain: 'Ada@acme.example' },
    { field: 'name' },
    { field: 'notes' },
  ])
})

test('only what is needed need be said', async () => {
  const { body } = await create({ slug: 'plain' })
  expect(body['tenant']).toMatchObject({
    name: 'plain',
    region: 'local-1',
    contact: null,
    notes: null,
    externalId: null,
    overrides: {},
  })
})

test('a dry run says what would happen and changes nothing', async () => {
  const before = await plane.dump()
  const said = await create(
    { slug: 'maybe', plan: 'team-shared' },
    { query: '?dryRun=true', headers: { 'idempotency-key': newId() } },
  )
  expect(said.status).toBe(200)
  expect(said.body).toMatchObject({
    dryRun: true,
    tenant: {
      slug: 'maybe',
      plan: 'team-shared',
      unit: { kind: 'cell', name: 'main' },
      host: 'maybe.localhost',
      url: 'http://maybe.localhost:7401',
      limits: { requestsPerSecond: 100 },
    },
    steps: [{ step: 'publish-tenant' }, { step: 'apply-route' }, { step: 'open-edge' }, { step: 'probe-serving' }],
    estimate: null,
  })
  expect(await plane.dump()).toEqual(before)
  expect((await create({ slug: 'maybe', plan: 'team-shared' })).status).toBe(202)
})

test('a failed provision keeps slug and place; it can be retried, then removed', async () => {
  const made = await create({ slug: 'unlucky' })
  await plane.finish(made.body['operationId'], 'failed')
  const { body } = await plane.call('GET', '/v1/tenants/unlucky')
  expect(body).toMatchObject({
    state: 'failed',
    conditions: [
      { type: 'Ready', reason: 'Failed' },
      { type: 'Serving', status: 'false' },
    ],
  })
  const retried = await plane.call('POST', `/v1/operations/${String(made.body['operationId'])}/retry`)
  expect(retried.status).toBe(202)
  expect((await plane.call('GET', '/v1/tenants/unlucky')).body).toMatchObject({ state: 'provisioning' })
  await plane.finish(retried.body['operationId'], 'cancelled')
  expect((await plane.call('GET', '/v1/tenants/unlucky')).body).toMatchObject({ state: 'failed' })
})

const bad: [string, Record<string, unknown>, number, string, string][] = [
  ['an unknown field', { slug: 'nope', colour: 'red' }, 400, 'request.invalid', '/colour'],
  ['an unknown limit', { slug: 'nope', limits: { memory: 1 } }, 400, 'request.invalid', '/limits/memory'],
  ['a wrong type', { slug: 5 }, 400, 'request.invalid', '/slug'],
  ['a number as text', { slug: 'nope', limits: { burst: '5' } }, 400, 'request.invalid', '/limits/burst'],
  ['no slug', {}, 400, 'request.invalid', '/slug'],
  ['a bad slug', { slug: 'Acme_1' }, 400, 'request.invalid', '/slug'],
  ['a slug with two hyphens', { slug: 'xn--acme' }, 400, 'request.invalid', '/slug'],
  ['a short slug', { slug: 'ab' }, 400, 'request.invalid', '/slug'],
  ['a long slug', { slug: 'a'.repeat(41) }, 400, 'request.invalid', '/slug'],
  ['a blank name', { slug: 'nope', name: ' \t' }, 400, 'request.invalid', '/name'],
  ['a NUL in the notes', { slug: 'nope', notes: 'a\u0000b' }, 400, 'request.invalid', '/notes'],
  ['half of a surrogate pair', { slug: 'nope', name: 'a\ud800b' }, 400, 'request.invalid', '/name'],
  ['null where nothing is cleared', { slug: 'nope', contact: null }, 400, 'request.invalid', '/contact'],
  ['a reserved slug', { slug: 'admin' }, 422, 'slug.reserved', '/slug'],
  ['a slug that reads as an id', { slug: 'abcdef12-1234-7000-8000-123456789012' }, 422, 'slug.reserved', '/slug'],
  ['an unknown plan', { slug: 'nope', plan: 'gold' }, 422, 'plan.unknown', '/plan'],
  ['an unknown region', { slug: 'nope', region: 'mars-1' }, 422, 'region.unknown', '/region'],
  ['a region that is not in the plan', { slug: 'nope', region: 'local-2' }, 409, 'region.not-in-plan', '/region'],
  [
    'an override out of bounds',
    { slug: 'nope', limits: { requestsPerSecond: 101 } },
    422,
    'limits.out-of-bounds',
    '/limits/requestsPerSecond',
  ],
  ['a slug in use', { slug: 'acme' }, 409, 'tenant.slug-taken', '/slug'],
]
test.each(bad)('%s is refused, dry or not, and changes nothing', async (_, body, status, code, pointer) => {
  const before = await plane.dump()
  for (const query of ['', '?dryRun=true']) {
    const refused = await create(body, { query, headers: { 'idempotency-key': newId() } })
    expect([refused.status, refused.body['code']]).toEqual([status, code])
    expect(refused.body['errors']).toMatchObject([{ in: 'body', pointer }])
  }
  expect(await plane.dump()).toEqual(before)
})

test('what cannot be read as a request changes nothing', async () => {
  const before = await plane.dump()
  const send = (payload: string, headers = {}) => plane.call('POST', '/v1/tenants', { payload, headers })
  expect((await send('{"slug": "nope", ')).body).toMatchObject({ status: 400, code: 'request.malformed' })
  expect(
    (await send(JSON.stringify({ slug: 'nope', plan: 'starter-shared', notes: 'x'.repeat(70_000) }))).body,
  ).toMatchObject({ status: 413, code: 'request.too-large' })
  expect((await create({ slug: 'nope' }, { query: '?dryRun=perhaps' })).body).toMatchObject({
    status: 400,
    code: 'request.invalid',
    errors: [{ in: 'query', pointer: '/dryRun' }],
  })
  expect((await create({ slug: 'nope' }, { query: '?wet=true' })).body).toMatchObject({
    status: 400,
    code: 'request.invalid',
    errors: [{ in: 'query', pointer: '/wet' }],
  })
  for (const token of [null, 'wrong']) {
    const refused = await plane.call('POST', '/v1/tenants', { token, body: { slug: 'nope', plan: 'starter-shared' } })
    expect(refused.body).toMatchObject({ status: 401, code: 'access.unauthenticated' })
  }
  expect(await plane.dump()).toEqual(before)
})

test('no room: the answer says what has room, in all regions of the plan, and nothing is left of the attempt', async () => {
  const elsewhere = await create({ slug: 'nope', plan: 'elsewhere-shared' })
  expect(elsewhere.body).toMatchObject({ status: 409, code: 'placement.full', room: [] })
  expect((await create({ slug: 'large-a', plan: 'both-shared' })).status).toBe(202)
  const other = await plane.call('POST', '/v1/cells', { body: { name: 'other', region: 'local-2' } })
  const coming = await create({ slug: 'large-b', plan: 'both-shared', region: 'local-2' })
  expect(coming.body['detail']).toContain('wait for other, which is being created')
  await plane.finish(other.body['operationId'])
  const before = await plane.dump()
  for (const query of ['', '?dryRun=true']) {
    const refused = await create({ slug: 'large-b', plan: 'both-shared', region: 'local-1' }, { query })
    expect([refused.status, refused.body['code']]).toEqual([409, 'placement.full'])
    expect(refused.body['room']).toMatchObject([
      { name: 'main', region: 'local-1', tenants: expect.any(Number), requestsPerSecond: expect.any(Number) },
      { name: 'other', region: 'local-2', tenants: 100, requestsPerSecond: 2000 },
    ])
    expect(refused.body['detail']).toContain('other in local-2 (100 tenants, 2000 requests per second)')
  }
  expect(await plane.dump()).toEqual(before)
  expect((await create({ slug: 'large-b', plan: 'both-shared', region: 'local-2' })).body['tenant']).toMatchObject({
    unit: { name: 'other' },
    host: 'large-b.local-2.localhost',
  })
})

test('tenants are found by slug, external id and contact, filtered, and paged newest first', async () => {
  for (const slug of ['find-a', 'find-b', 'find-c']) {
    await create({
      slug,
      contact: `${slug}@Example.com`,
      externalId: `crm-${slug}`,
      plan: slug === 'find-c' ? 'team-shared' : 'starter-shared',
    })
  }
  const list = async (query: string) =>
    ((await plane.call('GET', `/v1/tenants?${query}`)).body['items'] as { slug: string }[]).map(({ slug }) => slug)
  expect(await list('slug=find-')).toEqual(['find-c', 'find-b', 'find-a'])
  expect(await list('externalId=crm-find-b')).toEqual(['find-b'])
  expect(await list('contact=B@example.COM')).toEqual(['find-b'])
  expect(await list('contact=find-')).toHaveLength(3)
  expect(await list('slug=find-&plan=team-shared')).toEqual(['find-c'])
  expect(await list('state=failed')).toEqual(['unlucky'])
  expect(await list('slug=large&region=local-2&unit=other')).toEqual(['large-b'])
  expect(await list('slug=nothing')).toEqual([])
  expect(await list('slug=%25')).toEqual([])
  const first = await plane.call('GET', '/v1/tenants?slug=find-&limit=2')
  const next = encodeURIComponent(String(first.body['nextCursor']))
  expect(await list(`slug=find-&limit=2&cursor=${next}`)).toEqual(['find-a'])
  for (const query of [`slug=fin&limit=2&cursor=${next}`, `slug=find-&cursor=${next.slice(0, -2)}AA`, 'cursor=abc']) {
    expect((await plane.call('GET', `/v1/tenants?${query}`)).body).toMatchObject({
      status: 400,
      code: 'cursor.invalid',
    })
  }
  for (const query of ['limit=0', 'limit=x', 'state=happy', 'colour=red', 'slug=%00']) {
    expect((await plane.call('GET', `/v1/tenants?${query}`)).body).toMatchObject({
      status: 400,
      code: 'request.invalid',
    })
  }
})

test('an unknown tenant is 404, by slug and by id', async () => {
  for (const tenant of ['nobody', newId()])
    expect((await plane.call('GET', `/v1/tenants/${tenant}`)).body).toMatchObject({
      status: 404,
      code: 'tenant.not-found',
    })
})

test('a viewer sees tenants and creates none', async () => {
  const { token } = await plane.login('viewer')
  expect((await plane.call('GET', '/v1/tenants/acme', { token })).status).toBe(200)
  expect(
    (await plane.call('POST', '/v1/tenants', { token, body: { slug: 'nope', plan: 'starter-shared' } })).body['code'],
  ).toBe('access.forbidden')
})
