import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { customers, mustBe, type Customers } from '../../../test/support/customers.ts'
import { newId } from '../../platform/ids.ts'

let plane: Customers
beforeAll(async () => {
  plane = await customers()
  await plane.cell('main', { tenants: 50, requestsPerSecond: 2000 })
})
afterEach(() => plane.clock.moveTo(undefined))
afterAll(() => plane.close())

const quoted = async (slug: string, more: Record<string, unknown> = {}) =>
  mustBe(201, await plane.call('POST', '/v1/quotes', { body: { slug, plan: 'starter-shared', ...more } }))
const create = (body: Record<string, unknown>, headers: Record<string, string> = {}) =>
  plane.call('POST', '/v1/tenants', { body, headers })
const quote = async (id: unknown) => (await plane.call('GET', `/v1/quotes/${String(id)}`)).body
const price = (plan: string, minor: number) =>
  plane.rows('update plans set price_minor = $2, generation = generation + 1 where name = $1', [plan, minor])
const inDays = (days: number) => plane.clock.moveTo(new Date(Date.now() + days * 86_400_000))

test('a tenant comes of a quote with what it offers, remembers it, and the quote is accepted with it', async () => {
  const { id } = await quoted('acme', { limits: { burst: 80 } })
  const made = mustBe(202, await create({ slug: 'acme', quote: id, name: 'Acme' }))
  const tenant = made['tenant'] as Record<string, unknown>
  expect(tenant).toMatchObject({
    slug: 'acme',
    name: 'Acme',
    plan: 'starter-shared',
    region: 'local-1',
    overrides: { burst: 80 },
    quoteId: id,
    price: { minor: 4900, setupMinor: 0, currency: 'EUR' },
  })
  expect(await quote(id)).toMatchObject({ state: 'accepted', tenantId: tenant['id'], decidedAt: expect.any(String) })
  const [event] = await plane.rows(`select canonical from audit_events where action = 'tenant.create'`)
  expect(String(event?.['canonical'])).toContain(String(id))
})

test('a dry run says what the quote would come to and accepts nothing', async () => {
  const { id } = await quoted('maybe')
  const before = await plane.dump()
  const said = await plane.call('POST', '/v1/tenants?dryRun=true', { body: { slug: 'maybe', quote: id } })
  expect(said.body).toMatchObject({
    dryRun: true,
    tenant: { plan: 'starter-shared', quoteId: id, price: { minor: 4900 } },
  })
  expect(await plane.dump()).toEqual(before)
})

test('what was quoted holds when the catalogue changes before and after it is accepted', async () => {
  const { id } = await quoted('kept', { limits: { burst: 80 } })
  await price('starter-shared', 9900)
  await plane.rows(
    `update plans set limits = limits || '{"requestsPerSecond": 5, "burst": 10}' where name = 'starter-shared'`,
  )
  const made = mustBe(202, await create({ slug: 'kept', quote: id }))
  const { id: tenantId, unit } = made['tenant'] as { id: string; unit: { id: string } }
  expect(made['tenant']).toMatchObject({
    price: { minor: 4900 },
    limits: { requestsPerSecond: 20, burst: 80, statementTimeoutMs: 2000 },
  })
  await plane.publish({ id: tenantId, unitId: unit.id }, 'active')
  await plane.finish(made['operationId'])
  // its own limits go on being measured from what it was sold
  const changed = await plane.call('PATCH', '/v1/tenants/kept', {
    body: { limits: { burst: null, requestsPerSecond: 90 } },
  })
  expect(changed.body['tenant']).toMatchObject({ limits: { requestsPerSecond: 90, burst: 40 }, price: { minor: 4900 } })
  await plane.finish(changed.body['operationId'])
  // another plan is another bargain
  const moved = await plane.call('PATCH', '/v1/tenants/kept', { body: { plan: 'team-shared', limits: null } })
  expect(moved.body['tenant']).toMatchObject({ price: { minor: 19_900 }, limits: { requestsPerSecond: 100 } })
  await plane.finish(moved.body['operationId'])
  const fresh = mustBe(202, await create({ slug: 'unquoted', plan: 'starter-shared' }))
  expect(fresh['tenant']).toMatchObject({ price: { minor: 9900 }, limits: { requestsPerSecond: 5 }, quoteId: null })
  await plane.rows(
    `update plans set price_minor = 4900, limits = limits || '{"requestsPerSecond": 20, "burst": 40}' where name = 'starter-shared'`,
  )
})

test('a private tenant keeps the compute it was sold', async () => {
  const { id } = await quoted('initech', { plan: 'team-private' })
  await plane.rows(`update plans set compute = compute || '{"pods": 3}' where name = 'team-private'`)
  const made = mustBe(202, await create({ slug: 'initech', quote: id }))
  const { tenantFacts } = await import('../tenants/tenants.facts.ts')
  const facts = await plane.worker.transaction((tx) => tenantFacts(tx, (made['tenant'] as { id: string }).id))
  expect(facts.compute).toMatchObject({ pods: 8 })
  await plane.rows(`update plans set compute = compute || '{"pods": 8}' where name = 'team-private'`)
})

test.each([
  ['expired', async () => inDays(14), 'quote.expired'],
  ['withdrawn', (id: unknown) => plane.call('DELETE', `/v1/quotes/${String(id)}`), 'quote.withdrawn'],
  [
    'changed by hand, its price',
    (id: unknown) => plane.rows(`update quotes set terms = jsonb_set(terms, '{price,minor}', '1') where id = $1`, [id]),
    'quote.altered',
  ],
  [
    'changed by hand, its end',
    (id: unknown) => plane.rows(`update quotes set expires_at = expires_at + interval '1 year' where id = $1`, [id]),
    'quote.altered',
  ],
])('a quote that was %s makes no tenant and nothing changes', async (what, spoil, code) => {
  const slug = `no-${what.replaceAll(/[^a-z]+/g, '-')}`
  const { id } = await quoted(slug)
  await spoil(id)
  const before = await plane.dump()
  expect((await create({ slug, quote: id })).body).toMatchObject({ status: 409, code, errors: [{ pointer: '/quote' }] })
  expect(await plane.dump()).toEqual(before)
})

test('a quote for something else is refused with every difference, and an unknown one by name', async () => {
  const { id } = await quoted('exact')
  const before = await plane.dump()
  const asked = {
    slug: 'other',
    plan: 'team-shared',
    region: 'local-2',
    product: 'notes',
    limits: { burst: 50 },
    quote: id,
  }
  const { body } = await create(asked)
  expect(body).toMatchObject({ status: 409, code: 'quote.other-terms' })
  expect((body['errors'] as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual([
    '/slug',
    '/plan',
    '/region',
    '/product',
    '/limits',
  ])
  expect((await create({ slug: 'exact', quote: newId() })).body).toMatchObject({ status: 422, code: 'quote.unknown' })
  expect((await create({ slug: 'exact', quote: 'nonsense' })).body).toMatchObject({ code: 'request.invalid' })
  expect((await create({ slug: 'exact' })).body).toMatchObject({
    code: 'request.invalid',
    errors: [{ pointer: '/plan' }],
  })
  expect(await plane.dump()).toEqual(before)
})

test('of ten who accept one quote at once exactly one gets a tenant', async () => {
  const { id } = await quoted('raced')
  const answers = await Promise.all(Array.from({ length: 10 }, () => create({ slug: 'raced', quote: id })))
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(1)
  for (const { status, body } of answers)
    if (status !== 202) expect(body).toMatchObject({ status: 409, code: 'quote.accepted' })
  expect(await plane.rows(`select count(*)::int as n from tenants where slug = 'raced'`)).toEqual([{ n: 1 }])
})

test('accepted and withdrawn at once, one of them holds', async () => {
  for (let round = 0; round < 5; round++) {
    const slug = `either-${round}`
    const { id } = await quoted(slug)
    const [made, withdrawn] = await Promise.all([
      create({ slug, quote: id }),
      plane.call('DELETE', `/v1/quotes/${String(id)}`),
    ])
    const { state } = await quote(id)
    expect([made.status, withdrawn.status, state]).toEqual(
      made.status === 202 ? [202, 409, 'accepted'] : [409, 200, 'withdrawn'],
    )
  }
})

test('asked again under its key it answers what it answered; the quote is accepted once', async () => {
  const { id } = await quoted('repeated')
  const headers = { 'idempotency-key': newId() }
  const [first, second] = [
    await create({ slug: 'repeated', quote: id }, headers),
    await create({ slug: 'repeated', quote: id }, headers),
  ]
  expect([first.status, second.status, second.headers['idempotency-replayed']]).toEqual([202, 202, 'true'])
})

test('whose provisioning failed keeps its quote when it is tried again', async () => {
  const { id } = await quoted('unlucky')
  const made = mustBe(202, await create({ slug: 'unlucky', quote: id }))
  await plane.finish(made['operationId'], 'failed')
  const retried = await plane.call('POST', `/v1/operations/${String(made['operationId'])}/retry`)
  expect(retried.status).toBe(202)
  expect((await plane.call('GET', '/v1/tenants/unlucky')).body).toMatchObject({ quoteId: id, price: { minor: 4900 } })
})
