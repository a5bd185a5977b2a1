import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { unitNames } from '../../control-plane/domain/naming.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import { until } from '../../test/support/postgres.ts'
import { foundOf } from '../../test/support/rig-requests.ts'
import { workflowRig, type WorkflowRig } from '../../test/support/workflow-rig.ts'

/** What an adoption says, refuses and leaves; that its steps repeat and break as they should is shown in saga.wf.ts. */
let rig: WorkflowRig
beforeAll(async () => {
  rig = await workflowRig()
})
afterAll(() => rig?.close())
afterEach(() => {
  delete rig.hooks.beforeEffect
  delete rig.hooks.afterEffect
})

type Plan = { number: number; state: string; hash: string; content: { conflicts: object[]; objects: object[] } }
const observed = (operationId: string, number = 1) =>
  until(async () => {
    const { body } = await rig.call('GET', `/v1/operations/${operationId}/plan`)
    if (body['number'] !== number || body['state'] === 'planning') throw new Error('nothing was observed yet')
    return body as Plan // as the document says
  }, 60)
/** A customer whose things are there, and an adoption of them that waits. */
async function asked(conflicts: { object: string; reason: string }[] = []) {
  const { slug } = await rig.prepare('tenant.adopt', 'instance')
  const { namespace, database } = foundOf(slug)
  const found = rig.region.world.found.get(namespace)
  if (found === undefined) throw new Error('nothing is there')
  found.conflicts = conflicts
  const before = JSON.stringify([rig.region.dump(), found])
  const { body } = await rig.call('POST', '/v1/adoptions', {
    body: { slug, plan: 'team-private', namespace, database },
  })
  expect(body).toMatchObject({ state: 'waiting', tenant: { slug, state: 'provisioning' } })
  const unchanged = () => expect(JSON.stringify([rig.region.dump(), found])).toBe(before)
  return { slug, operationId: String(body['operationId']), found, namespace, database, unchanged }
}
async function approve(operationId: string, plan: string) {
  const { token } = await rig.login('administrator')
  return rig.call('POST', `/v1/operations/${operationId}/approve`, { token, body: { plan } })
}

test('it waits, says what it would do, and touches nothing until somebody else agrees to exactly that', async () => {
  const { operationId, hash, unchanged, slug, namespace, found } = await asked().then(async (one) => ({
    ...one,
    ...(await observed(one.operationId)),
  }))
  unchanged()
  expect(
    (await rig.call('POST', `/v1/operations/${operationId}/approve`, { body: { plan: hash } })).body,
  ).toMatchObject({
    code: 'approval.same-operator',
  })
  expect((await approve(operationId, 'ab'.repeat(32))).body).toMatchObject({ code: 'plan.stale' })
  unchanged()
  expect((await approve(operationId, hash)).status).toBe(202)
  expect(await rig.ended(operationId)).toMatchObject({ state: 'succeeded', code: null })
  expect(found.owner).toBe(unitNames('instance', slug).ownerRole)
  expect(rig.region.world.tenantsFiles.has(`${namespace}/tenants`)).toBe(true)
  expect((await rig.call('GET', `/v1/tenants/${slug}`)).body).toMatchObject({ state: 'active' })
})

test('what stands against it is named, cannot be approved, and once it is mended it is observed again', async () => {
  const conflict = { object: 'Service other', reason: 'it belongs to the unit another' }
  const { operationId, found, unchanged } = await asked([conflict])
  const { hash, content } = await observed(operationId)
  expect(content.conflicts).toEqual([conflict])
  expect((await approve(operationId, hash)).body).toMatchObject({ status: 409, code: 'plan.conflicts' })
  unchanged()
  found.conflicts = []
  expect((await rig.call('POST', `/v1/operations/${operationId}/plan`)).status).toBe(202)
  expect((await approve(operationId, (await observed(operationId, 2)).hash)).status).toBe(202)
  expect(await rig.ended(operationId)).toMatchObject({ state: 'succeeded' })
})

test('a database that a unit of the plane has is not adopted', async () => {
  const other = await rig.prepare('tenant.suspend', 'instance')
  const { slug } = await rig.prepare('tenant.adopt', 'instance')
  const { database } = unitNames('instance', other.slug)
  const { namespace } = foundOf(slug)
  const { body } = await rig.call('POST', '/v1/adoptions', {
    body: { slug, plan: 'team-private', namespace, database },
  })
  expect((await observed(String(body['operationId']))).content.conflicts).toMatchObject([
    { object: `database ${database}`, reason: expect.stringContaining(`instance ${other.slug}`) },
  ])
})

test('what moved after it was observed is refused by name before the first effect, and nothing stays noted', async () => {
  const { operationId, found, slug, namespace } = await asked()
  const { hash } = await observed(operationId)
  found.version = '2'
  const before = JSON.stringify(rig.region.dump())
  await approve(operationId, hash)
  expect(await rig.ended(operationId)).toMatchObject({
    state: 'failed',
    code: 'plan.stale',
    message: expect.stringContaining(`instance ${namespace}/instance`),
  })
  expect(JSON.stringify(rig.region.dump())).toBe(before)
  expect(await rig.rows('select adopted, found_database from units where name = $1', [slug])).toEqual([
    { adopted: false, found_database: null },
  ])
})

test('one that failed is removed without touching what was never its own', async () => {
  const { operationId, slug, found, database } = await asked()
  rig.hooks.beforeEffect = ({ step }) => {
    if (step === 'probe-serving')
      throw new Problem('test.fault', { status: 500, retryable: false, title: 'It does not answer' })
  }
  const { hash } = await observed(operationId)
  await approve(operationId, hash)
  expect(await rig.ended(operationId)).toMatchObject({ state: 'failed' })
  expect(found.owner).toBe('dba')
  delete rig.hooks.beforeEffect
  const removal = await rig.call('DELETE', `/v1/tenants/${slug}`)
  expect(await rig.ended(String(removal.body['operationId']))).toMatchObject({ state: 'succeeded' })
  expect(rig.region.world.databases.has(database)).toBe(true)
})

test('one that succeeded is removed like any, with the names that it had', async () => {
  const subject = await rig.prepare('tenant.adopt', 'instance')
  expect(await rig.ended(await rig.ask('tenant.adopt', subject))).toMatchObject({ state: 'succeeded' })
  const { database, namespace } = foundOf(subject.slug)
  const removal = await rig.call('DELETE', `/v1/tenants/${subject.slug}`)
  expect(await rig.ended(String(removal.body['operationId']))).toMatchObject({ state: 'succeeded' })
  expect(rig.region.world.databases.has(database)).toBe(false)
  expect(rig.region.world.tenantsFiles.has(`${namespace}/tenants`)).toBe(false)
})
