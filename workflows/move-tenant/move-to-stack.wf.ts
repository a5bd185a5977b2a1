import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { unitNames } from '../../control-plane/domain/naming.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import { workflowRig, type WorkflowRig } from '../../test/support/workflow-rig.ts'

let rig: WorkflowRig
beforeAll(async () => {
  rig = await workflowRig()
})
afterAll(() => rig?.close())
afterEach(() => {
  delete rig.hooks.beforeEffect
  rig.region.world.meddled.clear()
})

const broken = () => new Problem('test.fault', { status: 500, retryable: false, title: 'It broke on purpose' })
const moveOf = async (tenantId: string) => {
  const [move] = await rig.rows('select state, rows from moves where tenant_id = $1 order by id desc limit 1', [
    tenantId,
  ])
  return move
}
const unitOf = async (tenantId: string) => {
  const [unit] = await rig.rows(
    'select u.kind, u.state from tenants t join units u on u.id = t.unit_id where t.id = $1',
    [tenantId],
  )
  return unit
}

test.each(['build-stack', 'deploy'])(
  'a move that stuck because %s and its undo failed is aborted, whether its stack is there or not',
  async (step) => {
    const subject = await rig.prepare('tenant.move', 'stack')
    rig.hooks.beforeEffect = (call) => {
      if (call.step === step || call.step === 'undo-build-stack') throw broken()
    }
    const ended = await rig.ended(await rig.ask('tenant.move', subject))
    expect(ended).toMatchObject({ state: 'failed', code: 'test.fault' })
    expect(await moveOf(subject.tenantId)).toMatchObject({ state: 'stuck', rows: 'none' })
    expect(rig.region.world.stacks.has(subject.slug)).toBe(step !== 'build-stack')
    delete rig.hooks.beforeEffect
    expect((await rig.ended(await rig.ask('tenant.move-abort', subject))).state).toBe('succeeded')
    expect(await moveOf(subject.tenantId)).toMatchObject({ state: 'aborted' })
    expect(rig.region.world.stacks.has(subject.slug)).toBe(false)
    expect(await unitOf(subject.tenantId)).toEqual({ kind: 'cell', state: 'active' })
  },
)

test('a stack with rows that are nowhere else is not destroyed by an undo that goes on behind one that failed', async () => {
  const subject = await rig.prepare('tenant.move', 'stack')
  rig.hooks.beforeEffect = (call) => {
    if (call.step === 'probe-serving' || call.step === 'undo-switch-tenant' || call.step === 'undo-copy-rows')
      throw broken()
  }
  expect(await rig.ended(await rig.ask('tenant.move', subject))).toMatchObject({ state: 'failed' })
  expect(await moveOf(subject.tenantId)).toMatchObject({ state: 'stuck', rows: 'copying' })
  expect(rig.region.world.stacks.has(subject.slug)).toBe(true)
  expect(await unitOf(subject.tenantId)).toMatchObject({ kind: 'stack' })
  delete rig.hooks.beforeEffect
  expect((await rig.ended(await rig.ask('tenant.move-abort', subject))).state).toBe('succeeded')
  expect(rig.region.world.stacks.has(subject.slug)).toBe(false)
  expect(await unitOf(subject.tenantId)).toEqual({ kind: 'cell', state: 'active' })
})

test('what moved between the plan of a retirement and its beginning stops it before a row is erased', async () => {
  const subject = await rig.prepare('tenant.move-retire', 'stack')
  const [unit] = await rig.rows('select id from units where name = $1', [subject.slug])
  const object = `Deployment ${unitNames('stack', subject.slug).namespace}/workload`
  rig.hooks.beforeEffect = (call) => {
    if (call.step !== 'verify-rows' || call.attempt > 1) return
    rig.region.world.meddled.set(String(unit?.['id']), [
      { what: 'changed', object, tenantId: null, path: 'spec', wanted: '1', found: '2' },
    ])
  }
  const ended = await rig.ended(await rig.ask('tenant.move-retire', subject))
  expect(ended).toMatchObject({ state: 'failed', code: 'plan.stale' })
  expect(await moveOf(subject.tenantId)).toMatchObject({ state: 'soaking', rows: 'copying' })
  expect(rig.region.world.stacks.has(subject.slug)).toBe(true)
})

test('limits that were sold while it soaked are those it is served under after an abort', async () => {
  const subject = await rig.prepare('tenant.move-abort', 'instance')
  const { body: asked } = await rig.call('PATCH', `/v1/tenants/${subject.slug}`, { body: { limits: { burst: 66 } } })
  expect((await rig.ended(String(asked['operationId']))).state).toBe('succeeded')
  expect((await rig.ended(await rig.ask('tenant.move-abort', subject))).state).toBe('succeeded')
  const { edge, tenantsFiles } = rig.region.world
  const served = [...tenantsFiles.values()]
    .flatMap(({ tenants }) => tenants)
    .filter(({ id }) => id === subject.tenantId)
  expect(served).toMatchObject([{ limits: { burst: 66 } }])
  expect([...edge.values()].find(({ tenant }) => tenant === subject.tenantId)).toMatchObject({ limits: { burst: 66 } })
  const { body } = await rig.call('GET', `/v1/tenants/${subject.slug}`)
  expect(body).toMatchObject({ limits: { burst: 66 }, unit: { kind: 'cell' } })
})
