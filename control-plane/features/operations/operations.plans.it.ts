import { afterAll, beforeAll, expect, test } from 'vitest'
import { customers, type Customers } from '../../../test/support/customers.ts'
import { relayRig } from '../../../test/support/relay-rig.ts'
import type { ChangePlan } from '../../domain/change-plan.ts'
import { changePlans } from './operations.plan-keep.ts'
import { relayRound } from './operations.relay.ts'
import { sweepPlans } from './operations.sweeper.ts'

let plane: Customers
let relay: ReturnType<typeof relayRig>
let other: string
beforeAll(async () => {
  plane = await customers()
  await plane.cell('pool')
  relay = relayRig(plane)
  other = (await plane.login('administrator')).token
})
afterAll(() => plane.close())

const content = (stack: string): ChangePlan => ({
  change: 'destroy',
  stack,
  resources: [
    {
      resource: `${stack}-db`,
      kind: 'PostgresCluster',
      action: 'delete',
      changed: [],
      replacedFor: [],
      wanted: null,
      protected: true,
    },
  ],
  engineHash: 'e1',
  serial: 's1',
  parts: [],
  cluster: 'compared',
  objects: [],
  terms: [],
  price: { fromMinor: 490_000, toMinor: 0, currency: 'EUR', quotedMinor: null },
  blast: { tenants: 0 },
  findings: [{ rule: 'protected-kind', title: 'Protected', resources: [`${stack}-db`] }],
})
const HASH = 'ab'.repeat(32)

/** A dedicated tenant whose removal waits for a second operator. */
async function leaving(slug: string): Promise<string> {
  await plane.customer(slug, { plan: 'enterprise' })
  const { status, body } = await plane.call('DELETE', `/v1/tenants/${slug}`)
  expect({ status, state: body['state'] }).toEqual({ status: 202, state: 'waiting' })
  return String(body['operationId'])
}
const keeper = () => changePlans({ clock: plane.clock, audit: relay.audit })
const at = (id: string) => `/v1/operations/${id}/plan`
const begun = async (id: string) => {
  await relayRound(relay)
  return [...relay.engine.plans.values()].filter(({ operationId }) => operationId === id)
}
/** What the workflow of the latest plan would keep. */
async function planned(id: string, made = { hash: HASH, content: content('x') }): Promise<void> {
  const planId = (await begun(id)).at(-1)?.planId ?? ''
  await plane.worker.transaction((tx) => keeper().keep(tx, planId, made))
}

test('what changes a stack is planned once while it waits, and is then shown', async () => {
  const id = await leaving('first')
  expect((await plane.call('GET', at(id))).body).toMatchObject({ number: 1, state: 'planning', hash: null })
  const [plan, ...more] = await begun(id)
  expect(more).toEqual([])
  expect(plan).toMatchObject({ operationId: id, kind: 'tenant.decommission', unitKind: 'stack', epoch: 0 })
  expect(await begun(id)).toHaveLength(1)
  await planned(id, { hash: HASH, content: content('first') })
  const { body } = await plane.call('GET', at(id))
  expect(body).toMatchObject({ state: 'ready', hash: HASH, content: content('first'), fault: null })
  const events = await plane.rows('select type from operation_events where operation_id = $1 order by sequence', [id])
  expect(events.map(({ type }) => type)).toEqual(['operation.waiting', 'plan.ready'])
})

test('why it could not be made is said, and it is made again from what there is then', async () => {
  const id = await leaving('again')
  const [first] = await begun(id)
  const fault = { code: 'target.unreachable', message: 'The target does not answer' }
  await plane.worker.transaction((tx) => keeper().fail(tx, first?.planId ?? '', fault))
  expect((await plane.call('GET', at(id))).body).toMatchObject({ state: 'failed', fault, content: null })
  expect((await plane.call('POST', at(id))).body).toMatchObject({ number: 2, state: 'planning' })
  await planned(id)
  expect((await plane.call('GET', at(id))).body).toMatchObject({ number: 2, state: 'ready' })
  const kept = await plane.rows(`select canonical from audit_events where action = 'operation.plan'`)
  expect(JSON.stringify(kept)).toContain(id)
})

test('a plan that another has taken the place of is not kept, and neither is a second answer', async () => {
  const id = await leaving('late')
  const [first] = await begun(id)
  await plane.call('POST', at(id))
  const keep = (planId: string, hash: string) =>
    plane.worker.transaction((tx) => keeper().keep(tx, planId, { hash, content: content('late') }))
  await keep(first?.planId ?? '', HASH)
  expect((await plane.call('GET', at(id))).body).toMatchObject({ number: 2, state: 'planning' })
  const [, second] = await begun(id)
  await keep(second?.planId ?? '', HASH)
  await keep(second?.planId ?? '', 'cd'.repeat(32))
  expect((await plane.call('GET', at(id))).body).toMatchObject({ number: 2, hash: HASH })
})

test('an engine that is away is asked again', async () => {
  const id = await leaving('patient')
  relay.engine.down = true
  await expect(relayRound(relay)).rejects.toThrow('the engine is down')
  relay.engine.down = false
  expect(await begun(id)).toHaveLength(1)
})

test('a planner that is gone is found, and what it left is planned again, three times and then by a person', async () => {
  const id = await leaving('lost')
  expect(await sweepPlans(relay, 0)).toEqual([]) // nobody was asked to make it yet
  const [first] = await begun(id)
  expect(await sweepPlans(relay, 0)).toEqual([]) // its planner is at work
  const end = (plan?: { planId: string }) => relay.engine.plans.delete(plan?.planId ?? '')
  end(first)
  expect(await sweepPlans(relay, 60_000)).toEqual([]) // one that was just started may not be visible
  expect(await sweepPlans(relay, 0)).toEqual([first?.planId])
  expect((await plane.call('GET', at(id))).body).toMatchObject({ number: 2, state: 'planning' })
  await plane.worker.transaction((tx) =>
    keeper().keep(tx, first?.planId ?? '', { hash: HASH, content: content('lost') }),
  )
  expect((await plane.call('GET', at(id))).body).toMatchObject({ number: 2, state: 'planning' }) // it woke too late
  for (const number of [3, 3]) {
    end((await begun(id)).at(-1))
    expect(await sweepPlans(relay, 0)).toHaveLength(1)
    expect((await plane.call('GET', at(id))).body).toMatchObject({ number })
  }
  expect((await plane.call('GET', at(id))).body).toMatchObject({ state: 'failed', fault: { code: 'plan.lost' } })
  expect(await sweepPlans(relay, 0)).toEqual([])
  expect((await plane.call('POST', at(id))).body).toMatchObject({ number: 4, state: 'planning' })
  await planned(id)
  expect((await plane.call('GET', at(id))).body).toMatchObject({ number: 4, state: 'ready' })
})

test('an engine that does not answer has lost nothing', async () => {
  const id = await leaving('away')
  await begun(id)
  relay.engine.down = true
  await expect(sweepPlans(relay, 0)).rejects.toThrow('the engine is down')
  relay.engine.down = false
  expect((await plane.call('GET', at(id))).body).toMatchObject({ number: 1, state: 'planning' })
})

test('what changes no stack has no plan, and what waits no more is not planned again', async () => {
  await plane.customer('private', { plan: 'business-private' })
  const removal = await plane.call('DELETE', '/v1/tenants/private')
  const id = String(removal.body['operationId'])
  expect(removal.body['state']).toBe('waiting')
  for (const method of ['GET', 'POST'] as const)
    expect((await plane.call(method, at(id))).body).toMatchObject({ status: 404, code: 'plan.none' })
  const nobody = at('0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55')
  expect((await plane.call('GET', nobody)).body['code']).toBe('operation.not-found')
  expect((await plane.call('POST', nobody)).body['code']).toBe('operation.not-found')
  const gone = await leaving('rejected')
  await plane.call('POST', `/v1/operations/${gone}/reject`, { token: other, body: { reason: 'no' } })
  expect((await plane.call('POST', at(gone))).body).toMatchObject({ status: 409, code: 'approval.not-needed' })
})

test('a viewer looks, and has nothing planned', async () => {
  const id = await leaving('seen')
  const { token } = await plane.login('viewer')
  expect((await plane.call('GET', at(id), { token })).status).toBe(200)
  expect((await plane.call('POST', at(id), { token })).status).toBe(403)
})

const approve = (id: string, body?: object, token = other) =>
  plane.call('POST', `/v1/operations/${id}/approve`, { token, ...(body ? { body } : {}) })
const stateOf = async (id: string) => (await plane.call('GET', `/v1/operations/${id}`)).body['state']

test('an approval names the plan that was looked at and what of it goes; nothing less is one', async () => {
  const id = await leaving('held')
  expect((await approve(id, { plan: HASH })).body).toMatchObject({ status: 409, code: 'plan.not-ready' })
  await planned(id)
  for (const [body, code] of [
    [undefined, 'plan.hash-required'],
    [{ release: ['x-db'] }, 'plan.hash-required'],
    [{ plan: 'cd'.repeat(32), release: ['x-db'] }, 'plan.stale'],
    [{ plan: HASH }, 'plan.release-required'],
    [{ plan: HASH, release: ['x-key'] }, 'plan.release-required'],
  ] as const)
    expect((await approve(id, body)).body).toMatchObject({ status: 409, code, plan: HASH, release: ['x-db'] })
  for (const body of [{ plan: 'short' }, { plan: HASH, relase: [] }, { release: 'x-db' }])
    expect((await approve(id, body)).status).toBe(400)
  const right = { plan: HASH, release: ['x-db'] }
  expect((await plane.call('POST', `/v1/operations/${id}/approve`, { body: right })).body['code']).toBe(
    'approval.same-operator',
  )
  await relayRound(relay)
  expect(await stateOf(id)).toBe('waiting')
  expect((await approve(id, right)).body).toMatchObject({ merged: false })
  expect((await approve(id, right)).body).toMatchObject({ merged: true })
  expect((await approve(id, { ...right, plan: 'cd'.repeat(32) })).body['code']).toBe('plan.stale')
  await relayRound(relay)
  expect(await stateOf(id)).toBe('running')
  const approved = await plane.worker.transaction((tx) => keeper().approved(tx, id))
  expect(approved).toMatchObject({ hash: HASH, release: ['x-db'], begun: false })
})

test('a plan that another has taken the place of can be approved no more', async () => {
  const id = await leaving('replanned')
  await planned(id)
  await plane.call('POST', at(id))
  expect((await approve(id, { plan: HASH, release: ['x-db'] })).body['code']).toBe('plan.not-ready')
  await planned(id, { hash: 'cd'.repeat(32), content: content('x') })
  expect((await approve(id, { plan: HASH, release: ['x-db'] })).body['code']).toBe('plan.stale')
})

test('where nothing is planned no plan can be named, and an approval without a body is one', async () => {
  await plane.customer('unplanned', { plan: 'business-private' })
  const id = String((await plane.call('DELETE', '/v1/tenants/unplanned')).body['operationId'])
  expect((await approve(id, { plan: HASH })).body).toMatchObject({ status: 404, code: 'plan.none' })
  expect((await approve(id)).status).toBe(202)
})

const building = (slug: string): ChangePlan => ({ ...content(slug), change: 'build', resources: [], findings: [] })
const create = async (slug: string, plan: string) => {
  const { status, body } = await plane.call('POST', '/v1/tenants', { body: { slug, plan } })
  expect({ status, state: body['state'] }).toEqual({ status: 202, state: 'waiting' })
  return String(body['operationId'])
}

test('a stack is built when it was planned, at once where nobody has to agree', async () => {
  const id = await create('quick', 'team-dedicated')
  await relayRound(relay)
  expect(await stateOf(id)).toBe('waiting')
  await planned(id, { hash: HASH, content: building('quick') })
  await relayRound(relay)
  expect(await stateOf(id)).toBe('running')
  const { body } = await plane.call('GET', `/v1/operations/${id}`)
  expect(body['approval']).toMatchObject({ decision: 'approved', decidedBy: null })
})

const FAULT = { code: 'target.unreachable', message: 'The target does not answer' }
/** What the workflow of the latest plan would keep of why there is none. */
async function unplanned(id: string): Promise<void> {
  const planId = (await begun(id)).at(-1)?.planId ?? ''
  await plane.worker.transaction((tx) => keeper().fail(tx, planId, FAULT))
}

test('what nobody has to agree to ends with why it could not be planned, and is planned anew when it is asked for again', async () => {
  const id = await create('unreached', 'team-dedicated')
  expect((await begun(id)).map(({ unasked }) => unasked)).toEqual([true])
  await unplanned(id)
  await relayRound(relay)
  await relayRound(relay)
  const { body } = await plane.call('GET', `/v1/operations/${id}`)
  expect(body).toMatchObject({ state: 'failed', error: { code: FAULT.code } })
  expect(JSON.stringify(body['error'])).toContain(FAULT.message)
  expect((await plane.call('GET', at(id))).body).toMatchObject({ state: 'failed', fault: FAULT })
  expect((await plane.call('GET', '/v1/tenants/unreached')).body['state']).toBe('failed')
  expect((await plane.call('POST', at(id))).body['code']).toBe('approval.not-needed')
  const again = String((await plane.call('POST', `/v1/operations/${id}/retry`)).body['operationId'])
  await planned(again, { hash: HASH, content: building('unreached') })
  await relayRound(relay)
  expect(await stateOf(again)).toBe('running')
})

test('an update that could not be planned leaves the terms that hold, and what was asked for after it is planned then', async () => {
  await plane.customer('unchanged', { plan: 'team-dedicated' })
  const before = (await plane.call('GET', '/v1/tenants/unchanged')).body['limits']
  const ask = async (burst: number) =>
    String((await plane.call('PATCH', '/v1/tenants/unchanged', { body: { limits: { burst } } })).body['operationId'])
  const [first, second] = [await ask(61), await ask(62)]
  expect(await begun(second)).toEqual([])
  await unplanned(first)
  await relayRound(relay) // ends it after it has looked whose turn it is
  expect([await stateOf(first), await stateOf(second)]).toEqual(['failed', 'waiting'])
  await unplanned(second)
  await relayRound(relay)
  expect(await stateOf(second)).toBe('failed')
  expect((await plane.call('GET', '/v1/tenants/unchanged')).body['limits']).toEqual(before)
})

test('one that is planned again before it has ended goes on, and one that somebody is asked for waits', async () => {
  const quick = await create('mended', 'team-dedicated')
  await unplanned(quick)
  await plane.call('POST', at(quick))
  const slow = await create('watched', 'enterprise')
  expect((await begun(slow)).map(({ unasked }) => unasked)).toEqual([false])
  await unplanned(slow)
  await relayRound(relay)
  expect([await stateOf(quick), await stateOf(slow)]).toEqual(['waiting', 'waiting'])
})

test('a cancellation of what could not be planned is one, and two relays end it once', async () => {
  const cancelled = await create('given-up', 'team-dedicated')
  await unplanned(cancelled)
  await plane.call('POST', `/v1/operations/${cancelled}/cancel`)
  const id = await create('twice', 'team-dedicated')
  await unplanned(id)
  await Promise.all([relayRound(relay), relayRound(relay)])
  expect([await stateOf(cancelled), await stateOf(id)]).toEqual(['cancelled', 'failed'])
  const ends = await plane.rows(
    `select type from operation_events where operation_id = any($1) and type in ('operation.failed', 'operation.cancelled')`,
    [[cancelled, id]],
  )
  expect(ends).toHaveLength(2)
})

test('one whose planner was lost three times ends as that', async () => {
  const id = await create('forsaken', 'team-dedicated')
  for (const _time of [1, 2, 3]) {
    relay.engine.plans.delete((await begun(id)).at(-1)?.planId ?? '')
    await sweepPlans(relay, 0)
  }
  await relayRound(relay)
  const { body } = await plane.call('GET', `/v1/operations/${id}`)
  expect(body).toMatchObject({ state: 'failed', error: { code: 'plan.lost' } })
})

test('where somebody has to agree it waits, and so it does where something protected would go', async () => {
  const asked = await create('slow', 'enterprise')
  await planned(asked, { hash: HASH, content: building('slow') })
  const replacing = await create('replacing', 'team-dedicated')
  await planned(replacing, { hash: HASH, content: { ...content('x'), change: 'build' } })
  await relayRound(relay)
  expect([await stateOf(asked), await stateOf(replacing)]).toEqual(['waiting', 'waiting'])
  expect((await approve(asked, { plan: HASH })).status).toBe(202)
  expect((await approve(replacing, { plan: HASH, release: ['x-db'] })).status).toBe(202)
  await relayRound(relay)
  expect([await stateOf(asked), await stateOf(replacing)]).toEqual(['running', 'running'])
})

test('a stack whose plan was rejected is not built, its tenant says so, and asking again plans again', async () => {
  const id = await create('refused', 'enterprise')
  await planned(id, { hash: HASH, content: building('refused') })
  await plane.call('POST', `/v1/operations/${id}/reject`, { token: other, body: { reason: 'too dear' } })
  await relayRound(relay)
  expect(await stateOf(id)).toBe('cancelled')
  expect((await plane.call('GET', '/v1/tenants/refused')).body['state']).toBe('failed')
  const again = await plane.call('POST', `/v1/operations/${id}/retry`)
  expect(again.body['state']).toBe('waiting')
  expect((await plane.call('GET', at(String(again.body['operationId'])))).body).toMatchObject({
    number: 1,
    state: 'planning',
  })
})

test('what failed after its plan was approved is planned and approved anew', async () => {
  const id = await create('unlucky', 'enterprise')
  await planned(id, { hash: HASH, content: building('unlucky') })
  await approve(id, { plan: HASH })
  await relayRound(relay)
  await plane.finish(id, 'failed')
  expect((await plane.call('POST', `/v1/operations/${id}/retry`)).body['state']).toBe('waiting')
})
