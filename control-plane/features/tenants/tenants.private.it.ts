import { afterAll, beforeAll, expect, test } from 'vitest'
import { customers, type Customers } from '../../../test/support/customers.ts'
import { processOf } from '../../domain/operation-kinds.ts'

let plane: Customers
beforeAll(async () => {
  plane = await customers()
  await plane.rows(
    `insert into plans (name, title, isolation, regions, limits, facets, compute, objectives, price_minor, currency, ring)
     select 'half-private', title, isolation, regions, limits, '{namespace}', compute, objectives, price_minor, currency, ring
       from plans where name = 'team-private'`,
  )
  await plane.cell('pool')
})
afterAll(() => plane.close())

const create = (slug: string, plan = 'business-private', query = '') =>
  plane.call('POST', `/v1/tenants${query}`, { body: { slug, plan } })
const unit = async (name: string) => (await plane.call('GET', `/v1/units/${name}`)).body
const ready = async (name: string) =>
  ((await unit(name))['conditions'] as { type: string; status: string; reason: string }[]).find(
    ({ type }) => type === 'Ready',
  )
const patch = (slug: string, body: unknown) => plane.call('PATCH', `/v1/tenants/${slug}`, { body })
const offer = (settings: object) =>
  plane.rows(`update regions set settings = settings || $1 where name = 'local-1'`, [JSON.stringify(settings)])
/** A private tenant in service. */
const served = (slug: string, plan = 'team-private') => plane.customer(slug, { plan })

test('a private tenant gets a unit of its own, which says whose it is', async () => {
  const made = await create('acme')
  expect(made.status).toBe(202)
  const { id, unit: place, ...tenant } = made.body['tenant'] as Record<string, unknown>
  expect(tenant).toMatchObject({
    isolation: 'private',
    plan: 'business-private',
    facets: ['namespace', 'database'],
    limits: { requestsPerSecond: 500, burst: 1000, statementTimeoutMs: 10_000 },
  })
  expect(place).toMatchObject({ kind: 'instance', name: 'acme' })
  expect(await unit('acme')).toMatchObject({
    kind: 'instance',
    product: 'ledger',
    state: 'creating',
    facets: ['namespace', 'database'],
    tenant: { id, slug: 'acme' },
    capacity: null,
    used: { tenants: 1, requestsPerSecond: 500 },
    operations: [{ id: made.body['operationId'], kind: 'tenant.provision', state: 'running' }],
  })
  const operation = await plane.call('GET', `/v1/operations/${String(made.body['operationId'])}`)
  expect((operation.body['steps'] as { step: string }[]).map(({ step }) => step)).toEqual(
    processOf('tenant.provision', 'instance').steps.map(({ step }) => step),
  )
  const cells = (await plane.call('GET', '/v1/cells')).body['items'] as { name: string }[]
  expect(cells.map(({ name }) => name)).toEqual(['pool'])
  expect((await plane.call('GET', '/v1/cells/acme')).body['code']).toBe('cell.not-found')
  const instances = (await plane.call('GET', '/v1/units?kind=instance')).body['items'] as { name: string }[]
  expect(instances.map(({ name }) => name)).toEqual(['acme'])
  const events = await plane.rows(
    `select canonical from audit_events where action = 'tenant.create' and subject = $1`,
    [`tenant:${String(id)}`],
  )
  expect(events).toHaveLength(1)
  expect(String(events[0]?.['canonical'])).toContain('"unitKind":"instance"')
})

test('the unit is where its tenant is, through its whole life', async () => {
  const { id, unitId } = await served('follower')
  expect([(await unit('follower'))['state'], await ready('follower')]).toMatchObject(['active', { status: 'true' }])
  const ask = async (method: 'POST' | 'DELETE', path: string) => {
    const { status, body } = await plane.call(method, `/v1/tenants/follower${path}`)
    expect(status).toBe(202)
    return body['operationId']
  }
  const suspension = await ask('POST', '/suspend')
  expect((await unit('follower'))['state']).toBe('active')
  await plane.publish({ id, unitId }, 'suspended')
  await plane.finish(suspension)
  expect([(await unit('follower'))['state'], await ready('follower')]).toMatchObject(['suspended', { status: 'false' }])
  const failed = await ask('POST', '/resume')
  await plane.finish(failed, 'failed')
  expect((await unit('follower'))['state']).toBe('suspended')
  const resumption = await ask('POST', '/resume')
  await plane.publish({ id, unitId }, 'active')
  await plane.finish(resumption)
  expect((await unit('follower'))['state']).toBe('active')
  const removal = await ask('DELETE', '')
  expect([(await unit('follower'))['state'], await ready('follower')]).toMatchObject([
    'retiring',
    { reason: 'Retiring' },
  ])
  await plane.publish({ id, unitId }, 'absent')
  await plane.finish(removal)
  expect([(await unit('follower'))['state'], await ready('follower')]).toMatchObject(['retired', { reason: 'Retired' }])
  const listed = (await plane.call('GET', '/v1/units')).body['items'] as { name: string }[]
  expect(listed.map(({ name }) => name)).not.toContain('follower')
  expect((await create('follower')).body['code']).toBe('tenant.slug-taken')
})

test('a provisioning that fails leaves a failed unit, and its retry takes it up again', async () => {
  const made = await create('stumbler')
  await plane.finish(made.body['operationId'], 'failed')
  expect(await unit('stumbler')).toMatchObject({ state: 'failed', conditions: [{ status: 'false', reason: 'Failed' }] })
  const retried = await plane.call('POST', `/v1/operations/${String(made.body['operationId'])}/retry`)
  expect(retried.status).toBe(202)
  expect((await unit('stumbler'))['state']).toBe('creating')
  await plane.finish(retried.body['operationId'], 'cancelled')
  expect((await unit('stumbler'))['state']).toBe('failed')
})

test('a dry run says what there would be, and makes nothing', async () => {
  const before = await plane.dump()
  const { status, body } = await create('would-be', 'team-private', '?dryRun=true')
  expect(status).toBe(200)
  expect(body).toMatchObject({
    tenant: {
      isolation: 'private',
      facets: ['namespace', 'database'],
      unit: { id: null, kind: 'instance', name: 'would-be' },
    },
    estimate: null,
  })
  expect((body['steps'] as unknown[]).length).toBe(processOf('tenant.provision', 'instance').steps.length)
  expect(await plane.dump()).toEqual(before)
})

test.each([
  ['a facet that the region cannot enforce', 'regulated-private', 'plan.facet-unenforceable', 'network'],
  ['a plan without a database of its own', 'half-private', 'plan.facet-required', 'database'],
])('%s is refused by name and changes nothing', async (_, plan, code, facet) => {
  const before = await plane.dump()
  for (const query of ['', '?dryRun=true']) {
    const refused = await create('refused', plan, query)
    expect([refused.status, refused.body['code'], refused.body['facet']]).toEqual([409, code, facet])
    expect(refused.body['detail']).toContain(`${facet} of its own`.replace('network', 'virtual network'))
    expect(refused.body['errors']).toMatchObject([{ pointer: '/plan', rule: code }])
  }
  expect(await plane.dump()).toEqual(before)
})

test('a plan that names no facet gives all that the region enforces, and a region that enforces less refuses', async () => {
  try {
    await offer({ facets: ['namespace', 'database', 'network'] })
    expect((await create('full', 'business-private')).body['tenant']).toMatchObject({
      facets: ['namespace', 'database', 'network'],
    })
    await offer({ facets: ['namespace'] })
    expect((await create('less', 'business-private')).body).toMatchObject({
      code: 'plan.facet-unenforceable',
      facet: 'database',
      enforced: ['namespace'],
    })
  } finally {
    await offer({ facets: ['namespace', 'database'] })
  }
})

test('the names of cells and instances are one set', async () => {
  const taken = await create('pool')
  expect([taken.status, taken.body['code']]).toEqual([409, 'unit.name-taken'])
  expect(taken.body['errors']).toMatchObject([{ pointer: '/slug', rule: 'unit.name-unique' }])
  expect((await plane.call('GET', '/v1/tenants/pool')).status).toBe(404)
  await create('lone')
  const cell = await plane.call('POST', '/v1/cells', { body: { name: 'lone', region: 'local-1' } })
  expect([cell.status, cell.body['code']]).toEqual([409, 'cell.name-taken'])
})

test('a region takes as many instances as it says, however many ask at once', async () => {
  const going = await served('going')
  const [{ count = 0 } = {}] = await plane.rows(
    `select count(*)::int as count from units where kind = 'instance' and state <> 'retired'`,
  )
  try {
    await offer({ instances: Number(count) + 5 })
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => create(`crowd-${n}`)))
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(5)
    const refused = answers.filter(({ body }) => body['code'] === 'placement.full')
    expect(refused).toHaveLength(15)
    expect(refused[0]?.body['instances']).toEqual({ capacity: Number(count) + 5, used: Number(count) + 5 })
    const gone = await plane.call('DELETE', '/v1/tenants/going')
    await plane.publish(going, 'absent')
    await plane.finish(gone.body['operationId'])
    expect((await create('late-comer')).status).toBe(202)
  } finally {
    await offer({ instances: 100 })
  }
})

test('another plan with the same facets is an update, whatever it grants', async () => {
  const { unitId } = await served('grower')
  const asked = await patch('grower', { plan: 'business-private', limits: { burst: 5000 } })
  expect([asked.status, asked.body['tenant']]).toMatchObject([
    202,
    { plan: 'business-private', limits: { requestsPerSecond: 500, burst: 5000 } },
  ])
  const operation = await plane.call('GET', `/v1/operations/${String(asked.body['operationId'])}`)
  expect((operation.body['steps'] as { step: string }[]).map(({ step }) => step)).toEqual([
    'apply-quota',
    'limit-database',
    'publish-tenant',
    'limit-edge',
  ])
  await plane.finish(asked.body['operationId'], 'failed')
  expect((await plane.call('GET', '/v1/tenants/grower')).body).toMatchObject({
    plan: 'team-private',
    limits: { requestsPerSecond: 200, burst: 400 },
    unit: { id: unitId },
  })
  const retried = await plane.call('POST', `/v1/operations/${String(asked.body['operationId'])}/retry`)
  await plane.finish(retried.body['operationId'])
  expect((await plane.call('GET', '/v1/tenants/grower')).body).toMatchObject({
    plan: 'business-private',
    state: 'active',
  })
})

test('another isolation or other facets need a move, and nothing changes', async () => {
  await served('settled')
  const shared = await plane.customer('lodger')
  const refusals = async () => [
    await patch('settled', { plan: 'starter-shared' }),
    await patch(shared.slug, { plan: 'business-private' }),
  ]
  const before = await plane.dump()
  for (const { status, body } of await refusals()) {
    expect([status, body['code']]).toEqual([409, 'tenant.move-required'])
    expect(body['errors']).toMatchObject([{ pointer: '/plan', rule: 'plan.same-isolation' }])
  }
  const pretended = await patch('settled', { plan: 'regulated-private' })
  expect([pretended.status, pretended.body['code']]).toEqual([409, 'plan.facet-unenforceable'])
  expect(await plane.dump()).toEqual(before)
  try {
    await offer({ facets: ['namespace', 'database', 'network'] })
    const other = await patch('settled', { plan: 'business-private' })
    expect([other.status, other.body['code']]).toEqual([409, 'tenant.move-required'])
    expect(other.body['errors']).toMatchObject([{ pointer: '/plan', rule: 'plan.same-facets' }])
  } finally {
    await offer({ facets: ['namespace', 'database'] })
  }
})

test('from the removal of its product on, a removal cannot be cancelled', async () => {
  await served('leaver')
  const { body } = await plane.call('DELETE', '/v1/tenants/leaver')
  const begin = (step: string) =>
    plane.rows(
      `insert into operation_steps (operation_id, step, attempt, state, lease_until) values ($1, $2, 1, 'running', now())`,
      [body['operationId'], step],
    )
  const shown = async () => (await plane.call('GET', `/v1/operations/${String(body['operationId'])}`)).body
  await begin('close-edge')
  expect(await shown()).toMatchObject({ pointOfNoReturn: 'remove-workload', cancellable: true })
  await begin('remove-workload')
  expect(await shown()).toMatchObject({ cancellable: false })
  const refused = await plane.call('POST', `/v1/operations/${String(body['operationId'])}/cancel`)
  expect([refused.body['code'], refused.body['step']]).toEqual(['operation.irreversible', 'remove-workload'])
})
