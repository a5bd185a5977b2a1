import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { unitNames } from '../../control-plane/domain/naming.ts'
import { workflowRig, type WorkflowRig } from '../../test/support/workflow-rig.ts'
import { until } from '../../test/support/postgres.ts'

let rig: WorkflowRig
beforeAll(async () => {
  rig = await workflowRig()
})
afterAll(() => rig?.close())
afterEach(() => {
  rig.region.world.stacks.unreachable = false
  delete rig.region.world.stacks.moved
  rig.region.world.meddled.clear()
  delete rig.hooks.beforeEffect
  delete rig.hooks.afterEffect
})

type Plan = {
  number: number
  state: string
  hash: string
  fault: { code: string; message: string } | null
  content: {
    cluster: string
    objects: { object: string; version: string }[]
    findings: { resources: string[] }[]
  } | null
}
/** A stack in service whose removal waits for somebody. */
async function leaving(
  before: () => unknown = () => {},
): Promise<{ operationId: string; unitId: string; slug: string }> {
  const { tenantId, slug } = await rig.prepare('tenant.decommission', 'stack')
  before()
  await rig.rows(`update plans set approvals = '{"decommission": "second-operator"}' where name = 'team-dedicated'`)
  const operationId = await rig.ask('tenant.decommission', { cellId: '', tenantId, slug, unit: 'stack' })
  await rig.rows(`update plans set approvals = '{"decommission": "none"}' where name = 'team-dedicated'`)
  const [unit] = await rig.rows('select id from units where name = $1', [slug])
  return { operationId, unitId: String(unit?.['id']), slug }
}
const made = (operationId: string, number = 1) =>
  until(async () => {
    const { body } = await rig.call('GET', `/v1/operations/${operationId}/plan`)
    if (body['number'] !== number || body['state'] === 'planning') throw new Error('there is no plan yet')
    return body as Plan // as the document says
  }, 60)
const again = async (operationId: string, number: number) => {
  expect((await rig.call('POST', `/v1/operations/${operationId}/plan`)).status).toBe(202)
  return made(operationId, number)
}

test('it says what would go, changes nothing, and finds the same again', async () => {
  const { operationId, slug } = await leaving()
  const before = rig.region.dump()
  const plan = await made(operationId)
  expect(plan).toMatchObject({
    state: 'ready',
    content: {
      change: 'destroy',
      stack: slug,
      cluster: 'compared',
      resources: [{ resource: `${slug}-db`, action: 'delete', protected: true }],
      price: { fromMinor: 190_000, toMinor: 0, currency: 'EUR' },
      blast: { tenants: 0 },
      findings: [{ rule: 'protected-kind', resources: [`${slug}-db`] }],
    },
  })
  expect(plan.content?.objects.map(({ object }) => object)).toContain(
    `Deployment ${unitNames('stack', slug).namespace}/workload`,
  )
  expect(rig.region.dump()).toEqual(before)
  expect((await again(operationId, 2)).hash).toBe(plan.hash)
  const [operation] = await rig.rows('select state, epoch from operations where id = $1', [operationId])
  expect(operation).toEqual({ state: 'waiting', epoch: null })
  expect(await rig.rows('select 1 from operation_steps where operation_id = $1', [operationId])).toEqual([])
})

test('an object that somebody changed makes it another plan', async () => {
  const { operationId, unitId, slug } = await leaving()
  const { hash } = await made(operationId)
  const object = `Deployment ${unitNames('stack', slug).namespace}/workload`
  rig.region.world.meddled.set(unitId, [
    { what: 'changed', object, tenantId: null, path: 'spec.replicas', wanted: '2', found: '5' },
  ])
  expect((await again(operationId, 2)).hash).not.toBe(hash)
})

test('a target that does not answer leaves it waiting with the reason, until it is planned again', async () => {
  const { operationId } = await leaving(() => (rig.region.world.stacks.unreachable = true))
  expect(await made(operationId)).toMatchObject({ state: 'failed', hash: null, fault: { code: 'target.unreachable' } })
  const [operation] = await rig.rows('select state from operations where id = $1', [operationId])
  expect(operation).toEqual({ state: 'waiting' })
  rig.region.world.stacks.unreachable = false
  expect(await again(operationId, 2)).toMatchObject({ state: 'ready', fault: null })
})

test.each(['beforeEffect', 'afterEffect'] as const)(
  'one that is cut off %s is made all the same, once',
  async (when) => {
    let cut = 0
    const cutOff = ({ step }: { step: string }) => {
      if (step !== 'make-change-plan' || cut++ > 0) return
      throw new Error('cut off')
    }
    const { operationId } = await leaving(() => (rig.hooks[when] = cutOff))
    expect(await made(operationId)).toMatchObject({ number: 1, state: 'ready' })
    await expect.poll(() => cut, { timeout: 30_000 }).toBe(2)
    const events = await rig.rows(`select type from operation_events where operation_id = $1 and type like 'plan.%'`, [
      operationId,
    ])
    expect(events).toEqual([{ type: 'plan.ready' }])
  },
)

test('one whose workflow was terminated by hand is made by another, and the late answer of the first is not kept', async () => {
  const begun = Promise.withResolvers<void>()
  const free = Promise.withResolvers<void>()
  let late = 0
  const { operationId } = await leaving(() => {
    rig.hooks.beforeEffect = async ({ step }) => {
      if (step !== 'make-change-plan' || late++ > 0) return
      begun.resolve()
      await free.promise
    }
  })
  await begun.promise
  const [plan] = await rig.rows('select id from change_plans where operation_id = $1', [operationId])
  const first = String(plan?.['id'])
  expect(await rig.sweepPlans()).not.toContain(first)
  await rig.client.workflow.getHandle(first).terminate('test')
  await until(async () => expect(await rig.sweepPlans()).toContain(first), 30)
  free.resolve()
  expect(await made(operationId, 2)).toMatchObject({ state: 'ready', fault: null })
  const all = await rig.rows(
    'select number, state, fault_code from change_plans where operation_id = $1 order by number',
    [operationId],
  )
  expect(all).toEqual([
    { number: 1, state: 'failed', fault_code: 'plan.lost' },
    { number: 2, state: 'ready', fault_code: null },
  ])
})

/** Agreed to by somebody else than who asked. */
async function approve(operationId: string): Promise<void> {
  const { content, hash } = await made(operationId)
  const release = content?.findings.flatMap(({ resources }) => resources)
  const { token } = await rig.login('administrator')
  const body = { plan: hash, release }
  expect((await rig.call('POST', `/v1/operations/${operationId}/approve`, { token, body })).status).toBe(202)
}

test('what was approved is done, also when it is cut off amid its effect', async () => {
  const { operationId, slug } = await leaving()
  let cut = 0
  rig.hooks.afterEffect = ({ step }) => {
    if (step === 'destroy-stack' && cut++ === 0) throw new Error('cut off')
  }
  await approve(operationId)
  expect(await rig.ended(operationId)).toMatchObject({ state: 'succeeded' })
  expect(cut).toBe(2)
  expect(rig.region.world.stacks.has(slug)).toBe(false)
})

test('what moved after it was planned is found before the first effect, by name, and asked again it is planned again', async () => {
  const { operationId, unitId, slug } = await leaving()
  await made(operationId)
  const before = rig.region.dump()
  const object = `Deployment ${unitNames('stack', slug).namespace}/workload`
  rig.region.world.meddled.set(unitId, [
    { what: 'changed', object, tenantId: null, path: 'spec.replicas', wanted: '2', found: '5' },
  ])
  await approve(operationId)
  const ended = await rig.ended(operationId)
  expect(ended).toMatchObject({ state: 'failed', code: 'plan.stale', message: expect.stringContaining(object) })
  expect(rig.region.dump()).toEqual(before)
  const { body: repeat } = await rig.call('POST', `/v1/operations/${operationId}/retry`)
  expect(repeat['state']).toBe('waiting')
  const next = String(repeat['operationId'])
  await approve(next)
  expect(await rig.ended(next)).toMatchObject({ state: 'succeeded' })
  expect(rig.region.world.stacks.has(slug)).toBe(false)
})

test('what the engine finds moved under its lock stops it before anything is destroyed', async () => {
  const { operationId, slug } = await leaving()
  await made(operationId)
  rig.hooks.beforeEffect = ({ step }) => {
    if (step === 'destroy-stack') rig.region.world.stacks.moved = slug
  }
  await approve(operationId)
  expect(await rig.ended(operationId)).toMatchObject({ state: 'failed', code: 'plan.stale' })
  expect(rig.region.world.stacks.has(slug)).toBe(true)
})
