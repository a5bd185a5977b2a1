import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { unitNames } from '../../control-plane/domain/naming.ts'
import type { OperationKind } from '../../control-plane/domain/operation-kinds.ts'
import { runnerProblems } from '../../stacks/dedicated/runner/runner.errors.ts'
import { seenPlan, type SeenPlan } from '../../test/support/seen-plan.ts'
import { subjectState } from '../../test/support/subject-state.ts'
import type { Subject } from '../../test/support/rig-requests.ts'
import { workflowRig, type WorkflowRig } from '../../test/support/workflow-rig.ts'

/** Every change of a stack is planned first, goes on by itself where nobody is asked, and is held to its plan. */
let rig: WorkflowRig
beforeAll(async () => {
  rig = await workflowRig()
})
afterAll(() => rig?.close())
afterEach(async () => {
  rig.region.world.meddled.clear()
  delete rig.region.world.stacks.replaces
  delete rig.hooks.beforeEffect
  await rig.rows(`update plans set approvals = '{"decommission": "none"}' where name like '%-dedicated'`)
})

/** So often a plan is tried where somebody waits to look at it. */
const SOON = 6

const planOf = (operationId: string) => seenPlan(rig, operationId)
const deployment = (slug: string) => `Deployment ${unitNames('stack', slug).namespace}/workload`
const changesIn = ({ content }: SeenPlan) =>
  content.objects.flatMap(({ object, action, fields }) =>
    action === 'keep'
      ? []
      : fields.length === 0
        ? [`${action} ${object}`]
        : fields.map(({ path, before, after }) => `${object} ${path}: ${before} → ${after}`),
  )
/** A stack in service; deployments and repairs are asked of its unit. */
async function serving(kind: OperationKind = 'tenant.suspend'): Promise<Subject> {
  const subject = await rig.prepare(kind, 'stack')
  const [unit] = await rig.rows('select id from units where name = $1', [subject.slug])
  return { ...subject, cellId: String(unit?.['id']) }
}
async function done(kind: OperationKind, subject: Subject): Promise<SeenPlan> {
  const operationId = await rig.ask(kind, subject)
  const plan = await planOf(operationId)
  expect(plan.state).toBe('ready')
  expect(await rig.ended(operationId)).toMatchObject({ state: 'succeeded', code: null })
  return plan
}

describe('each is planned, and then done without being asked', () => {
  test('a suspension takes the pods and their room, a resumption gives them back', async () => {
    const subject = await serving()
    const stop = await done('tenant.suspend', subject)
    expect(stop.content).toMatchObject({ change: 'stop', cluster: 'compared', resources: [], findings: [] })
    expect(changesIn(stop)).toContain(`${deployment(subject.slug)} spec.replicas: 2 → 0`)
    expect(changesIn(stop).some((change) => /ResourceQuota.*pods: .* → "0"/.test(change))).toBe(true)
    const start = await done('tenant.resume', subject)
    expect(start.content.change).toBe('start')
    expect(changesIn(start)).toContain(`${deployment(subject.slug)} spec.replicas: 0 → 2`)
  })

  test('an update says terms, price and the size of the stack, and brings it there', async () => {
    const subject = await serving('tenant.update')
    const { content } = await done('tenant.update', subject)
    const sized = { resource: `${subject.slug}-db`, action: 'update', changed: ['size'], protected: true }
    expect(content).toMatchObject({ change: 'update', resources: [sized], findings: [] })
    expect(content.terms).toEqual(
      expect.arrayContaining([
        { path: 'plan', before: '"team-dedicated"', after: '"roomier-dedicated"' },
        expect.objectContaining({ path: 'limits.burst', after: '77' }),
      ]),
    )
    expect(content.price.toMinor - content.price.fromMinor).toBe(5000)
    expect(rig.region.world.stacks.get(subject.slug)).toBe('roomier-dedicated 75')
  })

  test('other limits of the same plan change nothing of what it is made of', async () => {
    const subject = await serving('tenant.update')
    const asked = await rig.call('PATCH', `/v1/tenants/${subject.slug}`, { body: { limits: { burst: 55 } } })
    expect(asked.body['state']).toBe('waiting')
    const operationId = String(asked.body['operationId'])
    expect((await planOf(operationId)).content).toMatchObject({
      resources: [],
      price: { fromMinor: 190_000, toMinor: 190_000 },
    })
    expect(await rig.ended(operationId)).toMatchObject({ state: 'succeeded' })
  })

  test('a deployment says both versions, its migration and what becomes of the pods', async () => {
    const subject = await serving()
    const plan = await done('unit.deploy', subject)
    expect(plan.content).toMatchObject({
      change: 'deploy',
      terms: [{ path: 'version', before: '"1.0.0"', after: '"1.1.0"' }],
    })
    expect(changesIn(plan)).toContain(`create migration ${unitNames('stack', subject.slug).namespace}/migration`)
    expect(changesIn(plan).some((change) => change.includes('stable.version: "1.0.0" → "1.1.0"'))).toBe(true)
  })

  test('a repair says what it gives back, of the stack and of what runs in it', async () => {
    const subject = await serving('unit.reconcile')
    const object = deployment(subject.slug)
    rig.region.world.meddled.set(subject.cellId, [
      { what: 'changed', object, tenantId: null, path: 'spec.replicas', wanted: '2', found: '5' },
    ])
    const plan = await done('unit.reconcile', subject)
    expect(plan.content.resources).toMatchObject([
      { resource: 'db', action: 'update', changed: ['standbys'], protected: true },
    ])
    expect(changesIn(plan)).toEqual([`${object} spec.replicas: 5 → 2`])
  })
})

describe('it cannot be planned', () => {
  const planning = (fault: (attempt: number) => Error | undefined) => {
    rig.hooks.beforeEffect = ({ step, attempt }) => {
      const thrown = step === 'make-change-plan' ? fault(attempt) : undefined
      if (thrown !== undefined) throw thrown
    }
  }

  test('for a reason that stays: it ends as failed with that, nothing was done, and asked again it is planned again', async () => {
    const subject = await serving('tenant.update')
    const [before, world] = [await subjectState(rig, subject), rig.region.dump()]
    planning(() => runnerProblems['pulumi.missing']({ detail: 'pulumi cannot be run' }))
    const operationId = await rig.ask('tenant.update', subject)
    expect(await rig.ended(operationId)).toMatchObject({
      state: 'failed',
      code: 'pulumi.missing',
      message: expect.stringContaining('nothing was changed'),
      steps: [],
    })
    expect(rig.region.dump()).toEqual(world)
    expect(await subjectState(rig, subject)).toEqual(before)
    delete rig.hooks.beforeEffect
    const { body } = await rig.call('POST', `/v1/operations/${operationId}/retry`)
    expect(await rig.ended(String(body['operationId']))).toMatchObject({ state: 'succeeded' })
    expect(rig.region.world.stacks.get(subject.slug)).toBe('roomier-dedicated 75')
  })

  test('for a reason that passes: it is tried longer than where somebody waits to look, and goes on', async () => {
    const subject = await serving()
    let tried = 0
    planning((attempt) => ((tried = attempt) <= SOON ? new Error('away') : undefined))
    expect(await rig.ended(await rig.ask('tenant.suspend', subject))).toMatchObject({ state: 'succeeded' })
    expect(tried).toBe(SOON + 1)
  })
})

describe('it is held to its plan', () => {
  const changing = ['tenant.suspend', 'tenant.update', 'unit.deploy'] as const
  test.each(changing)('what moved before %s has begun is found by name, and nothing is done', async (kind) => {
    const subject = await serving(kind === 'unit.deploy' ? 'tenant.suspend' : kind)
    const [before, world] = [await subjectState(rig, subject), rig.region.dump()]
    const network = 'ResourceQuota'
    const object = rig.region.world.inventories
      .get(`${subject.slug}.${subject.tenantId}.stack`)
      ?.objects.find((one) => one.kind === network)?.metadata
    const moved =
      kind === 'tenant.update' ? `${network} ${object?.namespace}/${object?.name}` : deployment(subject.slug)
    let meddled = false
    rig.hooks.beforeEffect = ({ step }) => {
      if (meddled || step === 'make-change-plan') return
      meddled = true
      rig.region.world.meddled.set(subject.cellId, [
        { what: 'changed', object: moved, tenantId: null, path: 'spec.x', wanted: '2', found: '5' },
      ])
    }
    const ended = await rig.ended(await rig.ask(kind, subject))
    expect(ended).toMatchObject({ state: 'failed', code: 'plan.stale', message: expect.stringContaining(moved) })
    expect(rig.region.dump()).toEqual(world)
    expect(rig.region.world.meddled.get(subject.cellId)).toHaveLength(1) // not even taken back by an undo
    rig.region.world.meddled.clear()
    expect(await subjectState(rig, subject)).toEqual(before)
    const [terms] = await rig.rows('select plan, confirmed ->> $2 as confirmed from tenants where slug = $1', [
      subject.slug,
      'plan',
    ])
    expect(terms?.['plan']).toBe(terms?.['confirmed'])
  })

  test('what is asked for in turn is planned in turn, and each finds what the one before has left', async () => {
    const subject = await serving()
    const ids: string[] = []
    for (const kind of ['tenant.suspend', 'tenant.resume', 'tenant.update'] as const)
      ids.push(await rig.ask(kind, subject))
    for (const id of ids) expect(await rig.ended(id)).toMatchObject({ state: 'succeeded', code: null })
    const [tenant] = await rig.rows('select state, plan from tenants where slug = $1', [subject.slug])
    expect(tenant).toEqual({ state: 'active', plan: 'roomier-dedicated' })
  })

  test('of two updates the later holds in the end, and the same asked twice is one', async () => {
    const subject = await serving('tenant.update')
    const ask = async (burst: number) =>
      (await rig.call('PATCH', `/v1/tenants/${subject.slug}`, { body: { limits: { burst } } })).body
    const [first, second, again] = [await ask(61), await ask(62), await ask(62)]
    for (const { operationId } of [first, second])
      expect(await rig.ended(String(operationId))).toMatchObject({ state: 'succeeded' })
    expect(second['operationId']).not.toBe(first['operationId'])
    expect(again['operationId'] ?? second['operationId']).toBe(second['operationId'])
    const [tenant] = await rig.rows(
      `select limits ->> 'burst' as row, confirmed -> 'limits' ->> 'burst' as served from tenants where slug = $1`,
      [subject.slug],
    )
    expect(tenant).toEqual({ row: '62', served: '62' })
  })
})

describe('somebody is asked', () => {
  const asking = `update plans set approvals = approvals || '{"change": "second-operator"}' where name = 'team-dedicated'`
  const approve = async (operationId: string, release: readonly string[] = []) => {
    const { hash } = await planOf(operationId)
    const { token } = await rig.login('administrator')
    return rig.call('POST', `/v1/operations/${operationId}/approve`, { token, body: { plan: hash, release } })
  }
  const stateOf = async (operationId: string) =>
    (await rig.rows('select state from operations where id = $1', [operationId]))[0]?.['state']

  test('where the plan says so, before another size or version and not before a pause', async () => {
    const subject = await serving('tenant.update')
    await rig.rows(asking)
    for (const kind of ['unit.deploy', 'tenant.update'] as const) {
      const operationId = await rig.ask(kind, subject)
      await planOf(operationId)
      expect([kind, await stateOf(operationId)]).toEqual([kind, 'waiting'])
      expect((await approve(operationId)).status).toBe(202)
      expect(await rig.ended(operationId)).toMatchObject({ state: 'succeeded' })
    }
    await done('tenant.suspend', subject)
  })

  test('who leaves the stricter plan cannot make the next change alone while that waits', async () => {
    const subject = await serving('tenant.update')
    await rig.rows(asking)
    const first = await rig.ask('tenant.update', subject)
    await planOf(first)
    const { body } = await rig.call('PATCH', `/v1/tenants/${subject.slug}`, { body: { limits: { burst: 12 } } })
    await planOf(String(body['operationId']))
    expect(await stateOf(String(body['operationId']))).toBe('waiting')
    for (const id of [first, String(body['operationId'])]) await rig.cancel(id)
    for (const id of [first, String(body['operationId'])]) expect((await rig.ended(id)).state).toBe('cancelled')
    const [tenant] = await rig.rows('select plan from tenants where slug = $1', [subject.slug])
    expect(tenant).toEqual({ plan: 'team-dedicated' })
  })

  test('before something protected is replaced, whoever else is asked, and by its name', async () => {
    const subject = await serving('tenant.update')
    rig.region.world.stacks.replaces = subject.slug
    const operationId = await rig.ask('tenant.update', subject)
    const name = `${subject.slug}-db`
    expect((await planOf(operationId)).content).toMatchObject({
      resources: [{ resource: name, action: 'replace' }],
      findings: [{ rule: 'protected-kind', resources: [name] }],
    })
    expect(await stateOf(operationId)).toBe('waiting')
    expect((await approve(operationId)).body).toMatchObject({ status: 409, code: 'plan.release-required' })
    expect((await approve(operationId, [name])).status).toBe(202)
    expect(await rig.ended(operationId)).toMatchObject({ state: 'succeeded' })
  })

  test('before a month becomes dearer than the customer was quoted, whoever else is asked', async () => {
    const slug = `quoted-${Date.now().toString(36)}`
    const { body: quote } = await rig.call('POST', '/v1/quotes', { body: { slug, plan: 'team-dedicated' } })
    const made = await rig.call('POST', '/v1/tenants', { body: { slug, quote: quote['id'] } })
    const building = await planOf(String(made.body['operationId']))
    expect(building.content).toMatchObject({ price: { toMinor: 190_000, quotedMinor: 190_000 }, findings: [] })
    expect(await rig.ended(String(made.body['operationId']))).toMatchObject({ state: 'succeeded' })
    const asked = await rig.call('PATCH', `/v1/tenants/${slug}`, { body: { plan: 'roomier-dedicated' } })
    const operationId = String(asked.body['operationId'])
    expect((await planOf(operationId)).content).toMatchObject({
      price: { fromMinor: 190_000, toMinor: 195_000, quotedMinor: 190_000 },
      findings: [{ rule: 'price-above-quote', resources: ['price'] }],
    })
    expect(await stateOf(operationId)).toBe('waiting')
    expect((await approve(operationId)).body).toMatchObject({ status: 409, code: 'plan.release-required' })
    expect((await approve(operationId, ['price'])).status).toBe(202)
    expect(await rig.ended(operationId)).toMatchObject({ state: 'succeeded' })
  })
})
