import { afterAll, beforeAll, expect, test } from 'vitest'
import { customers, type Customers } from '../../../test/support/customers.ts'
import { renderTenantsFile } from '../../domain/tenants-file.ts'
import { newId } from '../../platform/ids.ts'
import { publishUnit } from './tenants.publication.ts'

let plane: Customers
let unitId: string
beforeAll(async () => {
  plane = await customers()
  unitId = await plane.cell('main')
})
afterAll(() => plane.close())

const make = async (slug: string) => {
  const { body } = await plane.call('POST', '/v1/tenants', { body: { slug, plan: 'starter-shared' } })
  return { id: (body['tenant'] as { id: string }).id, unitId, operationId: body['operationId'] }
}
const limits = { requestsPerSecond: 20, burst: 40, statementTimeoutMs: 2000 }

test('only published tenants are in the file, with host, state and limits; the revision rises by one', async () => {
  const empty = await plane.worker.transaction((tx) => publishUnit(tx, unitId))
  expect(empty).toEqual({ unit: 'main', revision: 1, tenants: [] })
  const [a, b] = [await make('alpha'), await make('beta')]
  const one = await plane.publish(b, 'active')
  expect(one).toEqual({
    unit: 'main',
    revision: 2,
    tenants: [{ id: b.id, slug: 'beta', hosts: ['beta.localhost'], state: 'active', limits }],
  })
  const both = await plane.publish(a, 'active')
  expect(both.tenants.map(({ slug }) => slug)).toEqual(['alpha', 'beta'])
  const suspended = await plane.publish(a, 'suspended')
  expect(suspended).toMatchObject({
    revision: 4,
    tenants: [
      { slug: 'alpha', state: 'suspended' },
      { slug: 'beta', state: 'active' },
    ],
  })
  const withdrawn = await plane.publish(a, 'absent')
  expect(withdrawn).toMatchObject({ revision: 5, tenants: [{ slug: 'beta' }] })
  await plane.publish(b, 'absent')
})

test('limits are those in force at that moment: new ones from the first step of their update on', async () => {
  const { id, slug } = await plane.customer('changing')
  const asked = await plane.call('PATCH', `/v1/tenants/${slug}`, { body: { limits: { burst: 77 } } })
  const said = async () =>
    (await plane.publish({ id, unitId }, 'unchanged')).tenants.find((tenant) => tenant.slug === slug)
  expect(await said()).toMatchObject({ state: 'active', limits })
  await plane.begin(asked.body['operationId'], 'publish-tenant')
  expect(await said()).toMatchObject({ state: 'active', limits: { ...limits, burst: 77 } })
  await plane.publish({ id, unitId }, 'absent')
})

test('50 at once: every revision is used once, each sees those before it, and the last has all of them', async () => {
  const many = await Promise.all(Array.from({ length: 50 }, (_, n) => make(`crowd-${n}`)))
  const files = await Promise.all(many.map((tenant) => plane.publish(tenant, 'active')))
  const inOrder = files.toSorted((x, y) => x.revision - y.revision)
  expect(inOrder.map(({ tenants }) => tenants.length)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1))
  expect(new Set(inOrder.map(({ revision }) => revision)).size).toBe(50)
  files.forEach((file, n) => expect(file.tenants.map(({ id }) => id)).toContain(many[n]?.id))
  const again = await plane.worker.transaction((tx) => publishUnit(tx, unitId))
  const last = inOrder.at(-1)
  expect(last && renderTenantsFile({ ...last, revision: again.revision })).toBe(renderTenantsFile(again))
})

test('a tenant of another unit, an unknown one and a tombstone are not published, and the revision stays', async () => {
  const other = await plane.cell('other', { tenants: 1, requestsPerSecond: 20 })
  const revision = async () =>
    (await plane.rows('select tenants_revision from units order by id')).map((row) => row['tenants_revision'])
  const tenant = await plane.customer('elsewhere')
  expect(tenant.unitId).toBe(other)
  const removal = await plane.call('DELETE', '/v1/tenants/elsewhere')
  await plane.publish(tenant, 'absent')
  await plane.finish(removal.body['operationId'])
  const before = await revision()
  for (const wrong of [{ id: tenant.id, unitId }, { id: newId(), unitId }, tenant]) {
    await expect(plane.publish(wrong, 'active')).rejects.toMatchObject({ code: 'tenant.not-found' })
  }
  expect(await revision()).toEqual(before)
})

test('the revision goes above one that somebody else has published, also beyond 32 bits, and no lower for a lower one', async () => {
  const next = async (above: number) =>
    (await plane.worker.transaction((tx) => publishUnit(tx, unitId, above))).revision
  expect(await next(4_000_000_000)).toBe(4_000_000_001)
  expect(await next(3)).toBe(4_000_000_002)
})
