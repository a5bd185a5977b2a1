import { afterAll, beforeAll, expect, test } from 'vitest'
import { customers, type Customers, type Served } from '../../../test/support/customers.ts'
import { tenantFacts } from './tenants.facts.ts'
import { publishUnit } from './tenants.publication.ts'
import { restoreTerms } from './tenants.settle.ts'

let plane: Customers
beforeAll(async () => {
  plane = await customers()
  await plane.cell('main', { tenants: 50, requestsPerSecond: 5000 })
})
afterAll(() => plane.close())

const get = async (slug: string) => (await plane.call('GET', `/v1/tenants/${slug}`)).body
/** Asks for other terms; answers the id of the update. */
async function ask({ slug }: Pick<Served, 'slug'>, body: unknown): Promise<string> {
  const asked = await plane.call('PATCH', `/v1/tenants/${slug}`, { body })
  expect(asked.status).toBe(202)
  return String(asked.body['operationId'])
}
const burst = (tenant: Served, value: number) => ask(tenant, { limits: { burst: value } })
const facts = ({ id }: Served) => plane.worker.transaction((tx) => tenantFacts(tx, id))
/** Three readings of a tenant's burst: what workflows are told, what its unit's file says, what is wanted. */
async function bursts(tenant: Served): Promise<{ told: unknown; said: unknown; wanted: unknown }> {
  const file = await plane.worker.transaction((tx) => publishUnit(tx, tenant.unitId))
  const said = file.tenants.find(({ id }) => id === tenant.id)?.limits.burst
  const { limits } = await get(tenant.slug)
  return { told: (await facts(tenant)).limits.burst, said, wanted: (limits as { burst: number }).burst }
}
const undo = async (tenant: Served, operationId: string, step: string) => {
  await plane.begin(operationId, step)
  await plane.worker.transaction((tx) =>
    restoreTerms(tx, { id: operationId, kind: 'tenant.update', tenantId: tenant.id }),
  )
}
const synced = async (slug: string) =>
  ((await get(slug))['conditions'] as { type: string }[]).find(({ type }) => type === 'Synced')
/** The burst of a new starter. */
const PLAIN = 40

test('an update that waits is not in force, and cancelled it leaves those of the update at work', async () => {
  const tenant = await plane.customer('patient')
  const first = await burst(tenant, 51)
  expect(await bursts(tenant)).toEqual({ told: PLAIN, said: PLAIN, wanted: 51 })
  await plane.begin(first, 'publish-tenant')
  const second = await burst(tenant, 52)
  expect(await bursts(tenant)).toEqual({ told: 51, said: 51, wanted: 52 })
  await plane.finish(second, 'cancelled')
  expect(await bursts(tenant)).toEqual({ told: 51, said: 51, wanted: 51 })
  expect(await synced('patient')).toMatchObject({ status: 'false', reason: 'Updating' })
  await plane.finish(first)
  expect(await bursts(tenant)).toEqual({ told: 51, said: 51, wanted: 51 })
  expect(await synced('patient')).toMatchObject({ status: 'true', reason: 'Published' })
})

test('one that waits is brought by its own turn, not by the success of the one before it', async () => {
  const tenant = await plane.customer('orderly')
  const first = await burst(tenant, 51)
  await plane.begin(first, 'publish-tenant')
  const second = await burst(tenant, 52)
  await plane.finish(first)
  expect(await bursts(tenant)).toEqual({ told: 51, said: 51, wanted: 52 })
  expect(await synced('orderly')).toMatchObject({ status: 'false', reason: 'Updating' })
  await plane.begin(second, 'publish-tenant')
  expect(await bursts(tenant)).toEqual({ told: 52, said: 52, wanted: 52 })
})

test('what is taken back is what was confirmed, whoever waits, and the wish of who waits stays', async () => {
  const tenant = await plane.customer('turned-back')
  const first = await burst(tenant, 51)
  await plane.begin(first, 'publish-tenant')
  const second = await burst(tenant, 52)
  await undo(tenant, first, 'undo-publish-tenant')
  expect(await bursts(tenant)).toEqual({ told: PLAIN, said: PLAIN, wanted: 52 })
  await plane.finish(first, 'failed')
  expect(await bursts(tenant)).toEqual({ told: PLAIN, said: PLAIN, wanted: 52 })
  await plane.begin(second, 'publish-tenant')
  await plane.finish(second)
  expect(await bursts(tenant)).toEqual({ told: 52, said: 52, wanted: 52 })
})

test('both cancelled, in either order, end at what was confirmed', async () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const tenant = await plane.customer(`given-up-${order.join('')}`)
    const updates = [await burst(tenant, 51), await burst(tenant, 52)]
    await plane.begin(updates[0], 'publish-tenant')
    for (const place of order) {
      await plane.finish(updates[place], 'cancelled')
    }
    expect(await bursts(tenant)).toEqual({ told: PLAIN, said: PLAIN, wanted: PLAIN })
  }
})

test('of two that want the same with another between them, the failure of the first takes nothing from the last', async () => {
  const tenant = await plane.customer('insistent')
  const [first, second, third] = [await burst(tenant, 51), await burst(tenant, 52), await burst(tenant, 51)]
  await plane.begin(first, 'publish-tenant')
  await undo(tenant, first, 'undo-publish-tenant')
  await plane.finish(first, 'failed')
  expect(await bursts(tenant)).toEqual({ told: PLAIN, said: PLAIN, wanted: 51 })
  await plane.begin(second, 'publish-tenant')
  expect(await bursts(tenant)).toEqual({ told: 52, said: 52, wanted: 51 })
  await plane.finish(second)
  await plane.begin(third, 'publish-tenant')
  await plane.finish(third)
  expect(await bursts(tenant)).toEqual({ told: 51, said: 51, wanted: 51 })
})

test("a neighbour's publication meanwhile says what is in force", async () => {
  const [tenant, neighbour] = [await plane.customer('quiet'), await plane.customer('neighbour')]
  const first = await burst(tenant, 51)
  await plane.begin(first, 'publish-tenant')
  await burst(tenant, 52)
  const file = await plane.publish(neighbour, 'suspended')
  expect(file.tenants.find(({ slug }) => slug === 'quiet')?.limits.burst).toBe(51)
})

test('the room of a cell counts what an update at work may take, also when a smaller one waits behind it', async () => {
  await plane.cell('snug', { tenants: 2, requestsPerSecond: 120 })
  const [large, other] = [await plane.customer('snug-a'), await plane.customer('snug-b')]
  expect(large.unitId).toBe(other.unitId)
  const rate = (value: number) => ({ limits: { requestsPerSecond: value } })
  await plane.begin(await ask(large, rate(100)), 'publish-tenant')
  const smaller = await ask(large, rate(10))
  const before = await plane.dump()
  const refused = await plane.call('PATCH', '/v1/tenants/snug-b', { body: rate(21) })
  expect([refused.status, refused.body['code'], refused.body['room']]).toEqual([
    409,
    'placement.full',
    [{ name: 'snug', region: 'local-1', tenants: 1, requestsPerSecond: 20 }],
  ])
  expect(await plane.dump()).toEqual(before)
  const cells = (await plane.call('GET', '/v1/cells')).body['items'] as { name: string; used: unknown }[]
  expect(cells.find(({ name }) => name === 'snug')?.used).toEqual({ tenants: 2, requestsPerSecond: 120 })
  await plane.finish(smaller, 'cancelled')
  expect((await plane.call('PATCH', '/v1/tenants/snug-b', { body: rate(21) })).body['code']).toBe('placement.full')
})

test('a private tenant gets what the plan in force grants, not what the plan that waits would', async () => {
  const tenant = await plane.customer('own', { plan: 'team-private' })
  const granted = await facts(tenant)
  const first = await ask(tenant, { plan: 'business-private' })
  expect(await facts(tenant)).toMatchObject({ plan: 'team-private', compute: granted.compute, limits: granted.limits })
  await plane.begin(first, 'apply-quota')
  const raised = await facts(tenant)
  expect(raised).toMatchObject({ plan: 'business-private', limits: { requestsPerSecond: 500 } })
  expect(raised.compute?.cpuMillis).toBeGreaterThan(granted.compute?.cpuMillis ?? Infinity)
  const second = await ask(tenant, { plan: 'team-private' })
  expect(await facts(tenant)).toMatchObject({ plan: 'business-private', compute: raised.compute })
  await undo(tenant, first, 'undo-apply-quota')
  expect(await facts(tenant)).toMatchObject({ plan: 'team-private', compute: granted.compute })
  await plane.finish(first, 'failed')
  await plane.finish(second)
  expect(await get('own')).toMatchObject({ plan: 'team-private', limits: granted.limits })
})

test('a failed update is not asked for again while another waits; retried after that one was refused, it is in force from its first step', async () => {
  const tenant = await plane.customer('again')
  const first = await burst(tenant, 51)
  await plane.begin(first, 'publish-tenant')
  const second = await burst(tenant, 52)
  await plane.finish(first, 'failed')
  const before = await plane.dump()
  const retry = (id: string) => plane.call('POST', `/v1/operations/${id}/retry`)
  const refused = await retry(first)
  expect([refused.status, refused.body['code'], refused.body['operationId']]).toEqual([
    409,
    'operation.superseded',
    second,
  ])
  expect(await plane.dump()).toEqual(before)
  await plane.finish(second, 'failed')
  expect(await bursts(tenant)).toEqual({ told: PLAIN, said: PLAIN, wanted: PLAIN })
  const retried = String((await retry(second)).body['operationId'])
  expect(await bursts(tenant)).toEqual({ told: PLAIN, said: PLAIN, wanted: 52 })
  await plane.begin(retried, 'publish-tenant')
  expect(await bursts(tenant)).toEqual({ told: 52, said: 52, wanted: 52 })
})
