import { afterAll, beforeAll, expect, test } from 'vitest'
import { customers, type Customers } from '../../../test/support/customers.ts'
import { newId } from '../../platform/ids.ts'

let plane: Customers
beforeAll(async () => {
  plane = await customers()
  await plane.cell('main', { tenants: 50, requestsPerSecond: 1000 })
})
afterAll(() => plane.close())

const quote = (body: Record<string, unknown>, headers: Record<string, string> = {}) =>
  plane.call('POST', '/v1/quotes', { body: { plan: 'starter-shared', ...body }, headers })
const get = async (id: unknown) => (await plane.call('GET', `/v1/quotes/${String(id)}`)).body

test('a quote prices the plan and says whether, where and how soon, and reserves nothing', async () => {
  const room = () => plane.rows(`select count(*)::int as tenants from tenants`)
  const before = await room()
  const made = await quote({ slug: 'acme', limits: { burst: 80 } })
  expect(made.status).toBe(201)
  expect(made.headers['location']).toBe(`/v1/quotes/${String(made.body['id'])}`)
  expect(made.body).toMatchObject({
    slug: 'acme',
    plan: 'starter-shared',
    isolation: 'shared',
    region: 'local-1',
    product: 'ledger',
    facets: [],
    overrides: { burst: 80 },
    limits: { requestsPerSecond: 20, burst: 80, statementTimeoutMs: 2000 },
    price: { minor: 4900, setupMinor: 0, currency: 'EUR' },
    trialDays: null,
    capacity: { verdict: 'room', reason: expect.stringContaining('main') },
    residency: { verdict: 'inside' },
    estimate: null,
    state: 'open',
    tenantId: null,
    decidedAt: null,
  })
  const { createdAt, expiresAt } = made.body as { createdAt: string; expiresAt: string }
  expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(14 * 86_400_000)
  expect(await room()).toEqual(before)
  expect(await get(made.body['id'])).toEqual(made.body)
})

test('a private plan is priced with its set-up and judged by the instances of the region', async () => {
  const { body } = await quote({ slug: 'initech', plan: 'business-private' })
  expect(body).toMatchObject({
    isolation: 'private',
    price: { minor: 99_900, setupMinor: 50_000 },
    capacity: { verdict: 'room' },
  })
})

test('how long it takes is what ended operations of that way took; three are a history', async () => {
  for (const slug of ['past-1', 'past-2', 'past-3']) {
    const { operationId } = await plane.customer(slug)
    for (const step of ['publish-tenant', 'apply-route', 'open-edge', 'probe-serving'])
      await plane.rows(
        `insert into operation_steps (operation_id, step, attempt, state, started_at, finished_at, lease_until)
         values ($1, $2, 1, 'succeeded', now(), now() + interval '100 ms', now())`,
        [operationId, step],
      )
  }
  expect((await quote({ slug: 'timed' })).body['estimate']).toEqual({ p50Ms: 400, p95Ms: 400 })
  expect((await quote({ slug: 'timed', plan: 'team-private' })).body['estimate']).toBeNull()
})

test('no room and a region outside the plan are verdicts with a reason, and a tenant cannot come of them', async () => {
  const full = await quote({ slug: 'large', plan: 'team-shared', limits: { requestsPerSecond: 500 } })
  await plane.rows(`update units set capacity = '{"tenants": 50, "requestsPerSecond": 300}' where name = 'main'`)
  const refused = await quote({ slug: 'large', plan: 'team-shared', limits: { requestsPerSecond: 500 } })
  expect(full.body['capacity']).toMatchObject({ verdict: 'room' })
  expect(refused.body['capacity']).toMatchObject({ verdict: 'full', reason: expect.stringContaining('500 requests') })
  const outside = await quote({ slug: 'far', region: 'local-2' })
  expect(outside.body['residency']).toMatchObject({ verdict: 'outside', reason: expect.stringContaining('local-1') })
  const before = await plane.dump()
  for (const [made, code] of [
    [refused, 'placement.full'],
    [outside, 'region.not-in-plan'],
  ] as const) {
    const body = { slug: made.body['slug'], quote: made.body['id'] }
    expect((await plane.call('POST', '/v1/tenants', { body })).body).toMatchObject({ status: 409, code })
  }
  expect(await plane.dump()).toEqual(before)
  await plane.rows(`update units set capacity = '{"tenants": 50, "requestsPerSecond": 1000}' where name = 'main'`)
})

test('what is wrong with the wish itself is a problem that names the field, and nothing is kept', async () => {
  const before = await plane.dump()
  for (const [body, status, code] of [
    [{ slug: 'x' }, 400, 'request.invalid'],
    [{ slug: 'admin' }, 422, 'slug.reserved'],
    [{ slug: 'past-1' }, 409, 'tenant.slug-taken'],
    [{ slug: 'fine', plan: 'none' }, 422, 'plan.unknown'],
    [{ slug: 'fine', region: 'moon' }, 422, 'region.unknown'],
    [{ slug: 'fine', product: 'nothing' }, 422, 'product.unknown'],
    [{ slug: 'fine', limits: { burst: 9000 } }, 422, 'limits.out-of-bounds'],
    [{ slug: 'fine', colour: 'red' }, 400, 'request.invalid'],
  ] as const)
    expect((await quote(body)).body, JSON.stringify(body)).toMatchObject({ status, code })
  expect(await plane.dump()).toEqual(before)
  expect((await plane.call('GET', `/v1/quotes/${newId()}`)).body).toMatchObject({
    status: 404,
    code: 'quote.not-found',
  })
})

test('the same request under one key is one quote', async () => {
  const headers = { 'idempotency-key': newId() }
  const [first, second] = [await quote({ slug: 'twice' }, headers), await quote({ slug: 'twice' }, headers)]
  expect(second.headers['idempotency-replayed']).toBe('true')
  expect(second.body).toEqual(first.body)
})

test('quotes are found by slug, plan, region and state, newest first, in pages', async () => {
  for (const slug of ['list-a', 'list-b', 'list-c']) await quote({ slug })
  const list = async (query: string) => (await plane.call('GET', `/v1/quotes?${query}`)).body
  const slugs = (page: Record<string, unknown>) => (page['items'] as { slug: string }[]).map(({ slug }) => slug) // a page of Quote
  const first = await list('slug=list-&limit=2')
  expect(slugs(first)).toEqual(['list-c', 'list-b'])
  expect(slugs(await list(`slug=list-&limit=2&cursor=${String(first['nextCursor'])}`))).toEqual(['list-a'])
  expect(slugs(await list('slug=list-&plan=team-shared'))).toEqual([])
  expect(slugs(await list('slug=list-&region=local-1&state=open'))).toHaveLength(3)
  plane.clock.moveTo(new Date(Date.now() + 15 * 86_400_000))
  expect(slugs(await list('slug=list-&state=expired'))).toHaveLength(3)
  expect(slugs(await list('slug=list-&state=open'))).toEqual([])
  plane.clock.moveTo(undefined)
  expect((await plane.call('GET', '/v1/quotes?cursor=nonsense')).body).toMatchObject({ code: 'cursor.invalid' })
})

test('an open quote is withdrawn once, for ever', async () => {
  const { body } = await quote({ slug: 'gone' })
  const url = `/v1/quotes/${String(body['id'])}`
  expect((await plane.call('DELETE', url)).body).toMatchObject({ state: 'withdrawn', decidedAt: expect.any(String) })
  const again = await plane.call('DELETE', url)
  expect([again.status, again.body['state']]).toEqual([200, 'withdrawn'])
  const events = await plane.rows(`select subject from audit_events where action = 'quote.withdraw'`)
  expect(events).toEqual([{ subject: `quote:${String(body['id'])}` }])
  const late = await quote({ slug: 'late' })
  plane.clock.moveTo(new Date(Date.now() + 15 * 86_400_000))
  expect((await plane.call('DELETE', `/v1/quotes/${String(late.body['id'])}`)).body).toMatchObject({
    status: 409,
    code: 'quote.expired',
  })
  plane.clock.moveTo(undefined)
})

test('who may only look sees quotes and makes none', async () => {
  const { token } = await plane.login('viewer')
  expect((await plane.call('GET', '/v1/quotes', { token })).status).toBe(200)
  const body = { slug: 'nope', plan: 'starter-shared' }
  expect((await plane.call('POST', '/v1/quotes', { token, body })).body).toMatchObject({ code: 'access.forbidden' })
  expect((await plane.call('DELETE', `/v1/quotes/${newId()}`, { token })).status).toBe(403)
  const sales = await plane.login('sales-engineer')
  expect((await plane.call('POST', '/v1/quotes', { token: sales.token, body })).status).toBe(201)
})
