import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Difference } from '../../control-plane/domain/drift.ts'
import { unitNames } from '../../control-plane/domain/naming.ts'
import type { Subject } from '../../test/support/rig-requests.ts'
import { workflowRig, type WorkflowRig } from '../../test/support/workflow-rig.ts'

/** What a repair does and says; that its steps repeat and break as they should is shown for every process in saga.wf.ts. */
let rig: WorkflowRig
beforeAll(async () => {
  rig = await workflowRig()
})
afterAll(() => rig?.close())

const reconcile = async (on: Subject) => rig.ended(await rig.ask('unit.reconcile', on))
const shown = async (unit: string) => (await rig.call('GET', `/v1/units/${unit}/drift`)).body
const inSync = async (unit: string) => {
  const { conditions } = (await rig.call('GET', `/v1/units/${unit}`)).body as {
    conditions: { type: string; status: string }[]
  }
  return conditions.find(({ type }) => type === 'InSync')?.status
}
const changed = (object: string): Difference => ({
  what: 'changed',
  object,
  tenantId: null,
  path: 'spec',
  wanted: '1',
  found: '2',
})

test('what is ours is repaired, what nobody of us made stays and is reported, and both are told', async () => {
  const cell = await rig.prepare('unit.reconcile')
  expect(await reconcile(cell)).toMatchObject({ state: 'succeeded' })
  const { repair, differences } = await shown(cell.slug)
  expect(differences).toMatchObject([{ what: 'unknown', object: 'ConfigMap stranger' }])
  expect(repair).toMatchObject({
    found: [{ object: 'ConfigMap stranger' }, { object: `Deployment ${cell.slug}` }, { object: 'role app' }],
    remaining: [{ object: 'ConfigMap stranger' }],
  })
  expect(await inSync(cell.slug)).toBe('false')
})

test('a unit in sync has nothing to repair, and nothing of it is touched', async () => {
  const cell = await rig.prepare('unit.reconcile')
  await reconcile(cell)
  rig.region.world.meddled.clear()
  const before = JSON.stringify([
    ...rig.region.world.inventories,
    ...rig.region.world.tenantsFiles,
    ...rig.region.world.fences,
  ])
  expect(await reconcile(cell)).toMatchObject({ state: 'succeeded' })
  expect(await shown(cell.slug)).toMatchObject({ inSync: true, repair: { found: [], remaining: [] } })
  expect(await inSync(cell.slug)).toBe('true')
  expect(
    JSON.stringify([...rig.region.world.inventories, ...rig.region.world.tenantsFiles, ...rig.region.world.fences]),
  ).toBe(before)
})

test('what still differs makes it fail and is named', async () => {
  const cell = await rig.prepare('unit.reconcile')
  const { drift } = rig.region.hands
  rig.region.hands.drift = { ...drift, compare: async () => [changed('Service taken')] }
  const end = await reconcile(cell)
  rig.region.hands.drift = drift
  expect(end).toMatchObject({
    state: 'failed',
    code: 'unit.still-drifts',
    message: expect.stringContaining('Service taken spec is 2 instead of 1'),
  })
  expect(await shown(cell.slug)).toMatchObject({ inSync: false, repair: { remaining: [{ object: 'Service taken' }] } })
})

test('a suspended instance is repaired without starting it; its routes refuse as before', async () => {
  const own = await rig.prepare('tenant.resume', 'instance')
  const [unit] = await rig.rows('select unit_id as id from tenants where slug = $1', [own.slug])
  const id = String(unit?.['id'])
  const { world } = rig.region
  const names = unitNames('instance', own.slug)
  world.meddled.set(id, [changed('ResourceQuota'), { ...changed('HTTPRoute'), tenantId: own.tenantId }])
  world.edge.delete(`${own.slug}.localhost`)
  const file = world.tenantsFiles.get(`${names.namespace}/tenants`)
  if (file === undefined) throw new Error('the instance has no tenants file')
  world.tenantsFiles.set(`${names.namespace}/tenants`, { ...file, revision: 900, tenants: [] })
  expect(
    await rig.ended(String((await rig.call('POST', `/v1/units/${id}/reconcile`)).body['operationId'])),
  ).toMatchObject({
    state: 'succeeded',
    code: null,
  })
  expect(await shown(own.slug)).toMatchObject({ inSync: true })
  const pods = world.inventories.get(`${own.slug}.none.workload`)?.objects.find(({ kind }) => kind === 'Deployment')
  expect(pods?.['spec']).toEqual({ replicas: 0 })
  expect(world.edge.get(`${own.slug}.localhost`)).toMatchObject({ refusing: true, closed: false })
  expect(world.tenantsFiles.get(`${names.namespace}/tenants`)).toMatchObject({
    revision: 901,
    tenants: [{ slug: own.slug, state: 'suspended' }],
  })
  expect(world.logins.get(names.appRole)).toBeDefined()
})

test('one whose unit was retired while it waited touches nothing', async () => {
  const cell = await rig.prepare('unit.reconcile')
  const steps = Promise.withResolvers<void>()
  rig.hooks.beforeEffect = async ({ step }) => {
    if (step === 'find-drift') await steps.promise
  }
  const operationId = await rig.ask('unit.reconcile', cell)
  await rig.rows(`update units set state = 'failed' where id = $1`, [cell.cellId])
  steps.resolve()
  const end = await rig.ended(operationId)
  delete rig.hooks.beforeEffect
  expect(end).toMatchObject({ state: 'failed', code: 'unit.not-in-service' })
  expect(rig.region.world.meddled.get(cell.cellId)).toHaveLength(2)
})

test('a stack has its parts repaired before what runs on them, and both are told', async () => {
  const own = await rig.prepare('unit.reconcile', 'stack')
  expect(await reconcile(own)).toMatchObject({ state: 'succeeded', code: null })
  const { repair, differences } = await shown(own.slug)
  expect(repair).toMatchObject({
    found: [
      { object: 'PostgresCluster db', protected: true },
      { object: 'ConfigMap stranger' },
      { object: `Deployment ${own.slug}` },
      { object: 'role app' },
    ],
    remaining: [{ object: 'ConfigMap stranger' }],
  })
  expect(differences).toMatchObject([{ object: 'ConfigMap stranger' }])
})

test('what of a stack holds data and is gone is refused by name, and nothing of it is touched', async () => {
  const own = await rig.prepare('unit.reconcile', 'stack')
  const { meddled } = rig.region.world
  const lost = { ...changed('PostgresCluster db'), what: 'missing', path: null, protected: true } as const
  meddled.set(`stack ${own.slug}`, [lost])
  expect(await reconcile(own)).toMatchObject({
    state: 'failed',
    code: 'stack.protected',
    message: expect.stringContaining('PostgresCluster db'),
  })
  expect(meddled.get(own.cellId)).toHaveLength(2)
  expect(await shown(own.slug)).toMatchObject({ differences: [lost], stack: { fault: null } })
  expect(await inSync(own.slug)).toBe('false')
})
