import { afterAll, beforeAll, expect, test } from 'vitest'
import { customers, type Customers } from '../../../test/support/customers.ts'
import { newId } from '../../platform/ids.ts'

let plane: Customers
beforeAll(async () => {
  plane = await customers()
})
afterAll(() => plane.close())

const create = (slug: string, headers: Record<string, string> = {}, more: Record<string, unknown> = {}) =>
  plane.call('POST', '/v1/tenants', { body: { slug, plan: 'starter-shared', ...more }, headers })
const count = async (text: string) => Number((await plane.rows(text))[0]?.['count'])
const hundred = <T>(ask: (n: number) => Promise<T>) => Promise.all(Array.from({ length: 100 }, (_, n) => ask(n)))

test("100 creations at once at a cell's last 10 places fill exactly those, and leave nothing of the others", async () => {
  await plane.cell('tight', { tenants: 10, requestsPerSecond: 10_000 })
  const answers = await hundred((n) => create(`place-${n}`))
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(10)
  const refused = answers.filter(({ body }) => body['code'] === 'placement.full')
  expect(refused).toHaveLength(90)
  expect(refused[0]?.body['room']).toEqual([{ name: 'tight', region: 'local-1', tenants: 0, requestsPerSecond: 9800 }])
  expect(await count(`select count(*) from tenants where slug like 'place-%'`)).toBe(10)
  expect(await count(`select count(*) from operations where kind = 'tenant.provision'`)).toBe(10)
  expect(await count(`select count(*) from audit_streams where stream like 'tenant:%'`)).toBe(10)
  expect(await count(`select count(*) from subject_locks where subject like 'tenant:%'`)).toBe(10)
})

test('100 creations at once at the last requests per second fill exactly those', async () => {
  await plane.cell('slow', { tenants: 1000, requestsPerSecond: 130 })
  const answers = await hundred((n) => create(`rate-${n}`))
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(6)
  expect(answers.filter(({ body }) => body['code'] === 'placement.full')).toHaveLength(94)
})

test('100 creations at once with one key make one tenant, and all hundred are told of it', async () => {
  await plane.cell('wide')
  const key = newId()
  const answers = await hundred(() => create('same-key', { 'idempotency-key': key }))
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
  expect(answers[0]?.status).toBe(202)
  expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true')).toHaveLength(99)
  expect(await count(`select count(*) from tenants where slug = 'same-key'`)).toBe(1)
  const [tenant] = await plane.rows(`select id from tenants where slug = 'same-key'`)
  expect(await count(`select count(*) from operations where tenant_id = '${String(tenant?.['id'])}'`)).toBe(1)
  expect(await count(`select count(*) from audit_events where stream = 'tenant:${String(tenant?.['id'])}'`)).toBe(1)
  const before = await plane.dump()
  const reused = await create('other-body', { 'idempotency-key': key })
  expect([reused.status, reused.body['code']]).toEqual([422, 'idempotency.reused'])
  expect(reused.body['errors']).toMatchObject([{ in: 'header', pointer: '/idempotency-key' }])
  expect(await plane.dump()).toEqual(before)
})

test('100 creations of one slug at once make one tenant and 99 refusals', async () => {
  const answers = await hundred((n) => create('same-slug', { 'idempotency-key': newId() }, { name: `Claim ${n}` }))
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(1)
  expect(answers.filter(({ status, body }) => status === 409 && body['code'] === 'tenant.slug-taken')).toHaveLength(99)
  expect(await count(`select count(*) from tenants where slug = 'same-slug'`)).toBe(1)
})

test('creations, updates, suspensions and their ends at once neither deadlock nor overfill', async () => {
  const unitId = await plane.cell('busy', { tenants: 40, requestsPerSecond: 1990 })
  const crowd = await Promise.all(
    Array.from({ length: 20 }, (_, n) => plane.customer(`busy-${n}`, { limits: { burst: 60 } })),
  )
  const acts = crowd.flatMap(({ slug, id }, n) => [
    async () => plane.call('PATCH', `/v1/tenants/${slug}`, { body: { plan: 'team-shared' } }),
    async () => plane.call('POST', `/v1/tenants/${slug}/suspend`),
    async () => plane.call('PATCH', `/v1/tenants/${slug}`, { body: { notes: `note ${n}` } }),
    async () => create(`busy-more-${n}`),
    async () => plane.publish({ id, unitId: crowd[n]?.unitId }, 'unchanged').then(() => ({ status: 200 })),
  ])
  const closing = async () => {
    for (const { id } of await plane.rows(
      `select id from operations where state = 'running' and kind in ('tenant.update', 'tenant.suspend')`,
    )) {
      await plane.finish(id, 'failed')
    }
    return { status: 200 }
  }
  const answers = await Promise.all([...acts.map((act) => act()), closing(), closing()])
  expect(answers.filter(({ status }) => ![200, 202, 409].includes(status))).toEqual([])
  for (;;) {
    const open = await plane.rows(`select id from operations where state = 'running' and tenant_id is not null`)
    if (open.length === 0) break
    for (const { id } of open) await plane.finish(id)
  }
  const cells = (await plane.call('GET', '/v1/cells?limit=200')).body['items'] as {
    free: object
    used: { requestsPerSecond: number; tenants: number }
    capacity: { requestsPerSecond: number; tenants: number }
  }[]
  for (const { used, capacity } of cells) {
    expect(used.tenants).toBeLessThanOrEqual(capacity.tenants)
    expect(used.requestsPerSecond).toBeLessThanOrEqual(capacity.requestsPerSecond)
  }
  expect(unitId).toBeTruthy()
})
