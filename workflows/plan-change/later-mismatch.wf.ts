import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { unitNames } from '../../control-plane/domain/naming.ts'
import type { OperationKind } from '../../control-plane/domain/operation-kinds.ts'
import { subjectState } from '../../test/support/subject-state.ts'
import type { Subject } from '../../test/support/rig-requests.ts'
import { workflowRig, type WorkflowRig } from '../../test/support/workflow-rig.ts'

/** After its first effect an operation on a stack still writes nothing that somebody else has changed since it was planned. */
let rig: WorkflowRig
beforeAll(async () => {
  rig = await workflowRig()
})
afterAll(() => rig?.close())
afterEach(() => {
  rig.region.world.meddled.clear()
  delete rig.hooks.beforeEffect
  delete rig.hooks.afterEffect
})

type Stack = Subject & { unitId: string }
async function serving(kind: OperationKind): Promise<Stack> {
  const subject = await rig.prepare(kind, 'stack')
  const [unit] = await rig.rows('select id from units where name = $1', [subject.slug])
  const id = String(unit?.['id'])
  return { ...subject, cellId: id, unitId: id }
}
const deployment = ({ slug }: Subject) => `Deployment ${unitNames('stack', slug).namespace}/workload`
const quotaOf = ({ slug }: Subject) => `ResourceQuota ${unitNames('stack', slug).namespace}/instance`
const meddle = ({ unitId }: Stack, object: string) =>
  rig.region.world.meddled.set(unitId, [
    { what: 'changed', object, tenantId: null, path: 'spec.x', wanted: '2', found: '5' },
  ])
/** Somebody changes the object in the moment in which the step is about to write it. */
const meddleBefore = (subject: Stack, at: string, object: string) => {
  rig.hooks.beforeEffect = ({ step, attempt }) => {
    if (step === at && attempt === 1) meddle(subject, object)
  }
}
async function again(operationId: string) {
  const { body } = await rig.call('POST', `/v1/operations/${operationId}/retry`)
  return rig.ended(String(body['operationId']))
}

test('a deployment leaves pods that somebody changed after its migration, says so, and asked again finds them', async () => {
  const subject = await serving('tenant.suspend')
  const before = await subjectState(rig, subject)
  meddleBefore(subject, 'roll-pods', deployment(subject))
  const operationId = await rig.ask('unit.deploy', subject)
  const ended = await rig.ended(operationId)
  expect(ended).toMatchObject({ state: 'failed', code: 'plan.stale' })
  for (const said of [deployment(subject), 'roll-pods', 'done before it: check-release, expand-database', 'retry'])
    expect(ended.message).toContain(said)
  expect(rig.region.world.meddled.get(subject.unitId)).toHaveLength(1) // also not by the way back
  expect(rig.region.world.quarantined.size).toBe(0)
  rig.region.world.meddled.clear()
  expect(await subjectState(rig, subject)).toEqual(before)
  const [unit] = await rig.rows('select version, confirmed_version from units where id = $1', [subject.unitId])
  expect(unit).toEqual({ version: '1.0.0', confirmed_version: '1.0.0' })

  meddle(subject, deployment(subject))
  delete rig.hooks.beforeEffect
  expect(await again(operationId)).toMatchObject({ state: 'succeeded' })
  const [now] = await rig.rows('select confirmed_version from units where id = $1', [subject.unitId])
  expect(now).toEqual({ confirmed_version: '1.1.0' })
})

test('an update whose quota somebody changed while the stack grew gives size and terms back, and converges when asked again', async () => {
  const subject = await serving('tenant.update')
  const object = quotaOf(subject)
  meddleBefore(subject, 'apply-quota', object)
  const operationId = await rig.ask('tenant.update', subject)
  expect(await rig.ended(operationId)).toMatchObject({
    state: 'failed',
    code: 'plan.stale',
    message: expect.stringContaining(object),
  })
  expect(rig.region.world.meddled.get(subject.unitId)).toHaveLength(1)
  expect(rig.region.world.stacks.get(subject.slug)).toMatch(/^team-dedicated /)
  const [terms] = await rig.rows('select plan, confirmed ->> $2 as confirmed from tenants where slug = $1', [
    subject.slug,
    'plan',
  ])
  expect(terms).toEqual({ plan: 'team-dedicated', confirmed: 'team-dedicated' })
  delete rig.hooks.beforeEffect
  expect(await again(operationId)).toMatchObject({ state: 'succeeded' })
  expect(rig.region.world.stacks.get(subject.slug)).toBe('roomier-dedicated 75')
})

test('a repair stops before what changed once more, and the next one makes it good', async () => {
  const subject = await serving('unit.reconcile')
  const object = deployment(subject)
  const [found] = rig.region.world.meddled.get(`stack ${subject.slug}`) ?? []
  expect(found).toBeDefined() // something of the stack itself is repaired first
  meddle(subject, quotaOf(subject))
  rig.hooks.beforeEffect = ({ step, attempt }) => {
    if (step === 'repair-workload' && attempt === 1) meddle(subject, object)
  }
  const ended = await rig.ended(await rig.ask('unit.reconcile', subject))
  expect(ended).toMatchObject({ state: 'failed', code: 'plan.stale', message: expect.stringContaining(object) })
  expect(ended.message).toContain('which stays')
  expect(rig.region.world.meddled.get(subject.unitId)).toHaveLength(1)
  delete rig.hooks.beforeEffect
  expect(await rig.ended(await rig.ask('unit.reconcile', subject))).toMatchObject({ state: 'succeeded' })
  expect(rig.region.world.meddled.get(subject.unitId)).toEqual([])
})

test('what an attempt wrote that was cut off is no mismatch, whatever became of it since', async () => {
  const subject = await serving('tenant.suspend')
  const cut: string[] = []
  rig.hooks.afterEffect = ({ step, attempt }) => {
    if (attempt > 1 || !['expand-database', 'roll-pods'].includes(step)) return
    cut.push(step)
    if (step === 'roll-pods') meddle(subject, deployment(subject))
    throw new Error('cut off')
  }
  expect(await rig.ended(await rig.ask('unit.deploy', subject))).toMatchObject({ state: 'succeeded', code: null })
  expect(cut).toEqual(['expand-database', 'roll-pods'])
})

test('a retirement does not destroy a stack in which somebody has just changed something; asked again it does', async () => {
  const subject = await serving('tenant.move-retire')
  meddleBefore(subject, 'destroy-stack', deployment(subject))
  const ended = await rig.ended(await rig.ask('tenant.move-retire', subject))
  expect(ended).toMatchObject({
    state: 'failed',
    code: 'plan.stale',
    message: expect.stringContaining(deployment(subject)),
  })
  expect(rig.region.world.stacks.has(subject.slug)).toBe(true)
  delete rig.hooks.beforeEffect
  expect(await rig.ended(await rig.ask('tenant.move-retire', subject))).toMatchObject({ state: 'succeeded' })
  expect(rig.region.world.stacks.has(subject.slug)).toBe(false)
})
