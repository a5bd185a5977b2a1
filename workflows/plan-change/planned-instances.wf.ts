import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { unitNames } from '../../control-plane/domain/naming.ts'
import type { OperationKind } from '../../control-plane/domain/operation-kinds.ts'
import type { UnitKind } from '../../control-plane/domain/unit-kinds.ts'
import { seenPlan, type SeenPlan } from '../../test/support/seen-plan.ts'
import { subjectState } from '../../test/support/subject-state.ts'
import type { Subject } from '../../test/support/rig-requests.ts'
import { workflowRig, type WorkflowRig } from '../../test/support/workflow-rig.ts'

/** Changes of private instances are planned when somebody wishes it, and wait then until another operator agrees to the plan. */
let rig: WorkflowRig
beforeAll(async () => {
  rig = await workflowRig()
})
afterAll(() => rig?.close())
afterEach(() => {
  rig.region.world.meddled.clear()
  delete rig.hooks.beforeEffect
})

type Instance = Subject & { unitId: string }
async function serving(kind: OperationKind, on: UnitKind = 'instance'): Promise<Instance> {
  const subject = await rig.prepare(kind, on)
  const [unit] = await rig.rows('select unit_id as id from tenants where id = $1', [subject.tenantId])
  return { ...subject, unitId: String(unit?.['id']) }
}
const deployment = ({ slug }: Subject) => `Deployment ${unitNames('instance', slug).namespace}/workload`
const REQUESTS = {
  'tenant.update': ({ slug }: Instance) => ['PATCH', `/v1/tenants/${slug}`, { limits: { burst: 77 } }] as const,
  'tenant.suspend': ({ slug }: Instance) => ['POST', `/v1/tenants/${slug}/suspend`, undefined] as const,
  'tenant.resume': ({ slug }: Instance) => ['POST', `/v1/tenants/${slug}/resume`, undefined] as const,
  'unit.deploy': ({ unitId }: Instance) => ['POST', `/v1/units/${unitId}/deploy`, { version: '1.1.0' }] as const,
  'unit.reconcile': ({ unitId }: Instance) => ['POST', `/v1/units/${unitId}/reconcile`, undefined] as const,
}
type Kind = keyof typeof REQUESTS
async function asked(kind: Kind, subject: Instance) {
  const [method, url, body] = REQUESTS[kind](subject)
  return rig.call(method, `${url}?planned=true`, body === undefined ? {} : { body })
}
const planOf = (operationId: string) => seenPlan(rig, operationId)
async function approve(operationId: string): Promise<SeenPlan> {
  const plan = await planOf(operationId)
  expect(plan.state).toBe('ready')
  const { token } = await rig.login('administrator')
  const body = { plan: plan.hash, release: [] }
  expect((await rig.call('POST', `/v1/operations/${operationId}/approve`, { token, body })).status).toBe(202)
  return plan
}
const stateOf = async (operationId: string) => (await rig.call('GET', `/v1/operations/${operationId}`)).body['state']

describe('it waits until another operator agrees, and then does what was shown', () => {
  const SHOWN: Readonly<Record<Kind, (subject: Instance) => object>> = {
    'tenant.update': () => ({ change: 'update', terms: [{ path: 'limits.burst', after: '77' }] }),
    'tenant.suspend': () => ({ change: 'stop', terms: [] }),
    'tenant.resume': () => ({ change: 'start', terms: [] }),
    'unit.deploy': () => ({ change: 'deploy', terms: [{ path: 'version', before: '"1.0.0"', after: '"1.1.0"' }] }),
    'unit.reconcile': () => ({ change: 'repair', terms: [] }),
  }
  test.each(Object.keys(REQUESTS) as Kind[])('%s', async (kind) => {
    const subject = await serving(kind === 'unit.deploy' || kind === 'unit.reconcile' ? 'tenant.suspend' : kind)
    const object = deployment(subject)
    if (kind === 'unit.reconcile')
      rig.region.world.meddled.set(subject.unitId, [
        { what: 'changed', object, tenantId: null, path: 'spec.replicas', wanted: '2', found: '5' },
      ])
    const world = rig.region.dump()
    const { status, body } = await asked(kind, subject)
    expect([status, body['state']]).toEqual([202, 'waiting'])
    const operationId = String(body['operationId'])
    const plan = await planOf(operationId)
    expect(plan.content).toMatchObject({
      cluster: 'compared',
      resources: [],
      blast: { tenants: 0 },
      ...SHOWN[kind](subject),
    })
    const own = { body: { plan: plan.hash, release: [] } }
    const refused = await rig.call('POST', `/v1/operations/${operationId}/approve`, own)
    expect(refused.body).toMatchObject({ status: 403, code: 'approval.same-operator' })
    expect(await stateOf(operationId)).toBe('waiting')
    expect(rig.region.dump()).toEqual(world)
    await approve(operationId)
    expect(await rig.ended(operationId)).toMatchObject({ state: 'succeeded', code: null })
    expect(rig.region.world.meddled.get(subject.unitId) ?? []).toEqual([])
  })
})

test('the price of another plan is in it, and one that is rejected leaves everything as it was', async () => {
  const subject = await serving('tenant.update')
  const before = await subjectState(rig, subject)
  const url = `/v1/tenants/${subject.slug}?planned=true`
  const { body } = await rig.call('PATCH', url, { body: { plan: 'business-private' } })
  const operationId = String(body['operationId'])
  const { content } = await planOf(operationId)
  expect(content.price.toMinor).toBeGreaterThan(content.price.fromMinor)
  expect(content.objects.some(({ object, action }) => object.startsWith('ResourceQuota') && action === 'update')).toBe(
    true,
  )
  const { token } = await rig.login('administrator')
  const answer = { token, body: { reason: 'too dear' } }
  expect((await rig.call('POST', `/v1/operations/${operationId}/reject`, answer)).status).toBe(202)
  expect((await rig.ended(operationId)).state).toBe('cancelled')
  expect(await subjectState(rig, subject)).toEqual(before)
})

test('what moved before it begins is refused, what moves later stops it, and each retry is planned and agreed to anew', async () => {
  const subject = await serving('tenant.suspend')
  const object = deployment(subject)
  const meddle = () =>
    rig.region.world.meddled.set(subject.unitId, [
      { what: 'changed', object, tenantId: null, path: 'spec.replicas', wanted: '2', found: '5' },
    ])
  const { body } = await asked('unit.deploy', subject)
  const first = String(body['operationId'])
  await planOf(first)
  meddle()
  await approve(first)
  expect(await rig.ended(first)).toMatchObject({ state: 'failed', code: 'plan.stale', steps: [{ state: 'failed' }] })
  rig.region.world.meddled.clear()

  const again = await rig.call('POST', `/v1/operations/${first}/retry`)
  expect(again.body['state']).toBe('waiting')
  const second = String(again.body['operationId'])
  rig.hooks.beforeEffect = ({ step, attempt }) => {
    if (step === 'roll-pods' && attempt === 1) meddle()
  }
  await approve(second)
  const ended = await rig.ended(second)
  expect(ended).toMatchObject({ state: 'failed', code: 'plan.stale', message: expect.stringContaining(object) })
  expect(rig.region.world.meddled.get(subject.unitId)).toHaveLength(1)
  delete rig.hooks.beforeEffect
  const { body: third } = await rig.call('POST', `/v1/operations/${second}/retry`)
  await approve(String(third['operationId']))
  expect(await rig.ended(String(third['operationId']))).toMatchObject({ state: 'succeeded' })
})

test('it is planned when what was asked for before it has been done', async () => {
  const subject = await serving('tenant.suspend')
  const suspended = await rig.ask('tenant.suspend', subject)
  const { body } = await asked('tenant.resume', subject)
  const plan = await approve(String(body['operationId']))
  expect((await rig.ended(suspended)).state).toBe('succeeded')
  expect(plan.content.objects.find(({ object }) => object === deployment(subject))?.fields).toMatchObject([
    { path: 'spec.replicas', before: '0', after: '2' },
  ])
  expect(await rig.ended(String(body['operationId']))).toMatchObject({ state: 'succeeded' })
})

test('what is in a cell is refused with what to do, and nothing is changed or asked for', async () => {
  const subject = await serving('tenant.update', 'cell')
  const before = await subjectState(rig, subject)
  for (const kind of ['tenant.update', 'tenant.suspend', 'unit.deploy', 'unit.reconcile'] as const) {
    const { status, body } = await asked(kind, subject)
    expect([kind, status, body['code']]).toEqual([kind, 409, 'plan.not-offered'])
    expect(body['detail']).toContain('ask for it without a plan, or move the tenant')
  }
  expect(await subjectState(rig, subject)).toEqual(before)
  const open = await rig.rows('select 1 from operations where tenant_id = $1 and finished_at is null', [
    subject.tenantId,
  ])
  expect(open).toEqual([])
})
