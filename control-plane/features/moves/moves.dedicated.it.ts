import { afterAll, beforeAll, expect, test } from 'vitest'
import { customers, type Customers } from '../../../test/support/customers.ts'
import { relayRig } from '../../../test/support/relay-rig.ts'
import { REGION_SETTINGS } from '../../../test/support/region-settings.ts'
import type { ChangePlan } from '../../domain/change-plan.ts'
import { changePlans } from '../operations/operations.plan-keep.ts'
import { relayRound } from '../operations/operations.relay.ts'
import { movesStore } from './moves.store.ts'

let plane: Customers
let relay: ReturnType<typeof relayRig>
let other: string
beforeAll(async () => {
  plane = await customers()
  await plane.cell('pool', { tenants: 100, requestsPerSecond: 10_000 })
  relay = relayRig(plane)
  other = (await plane.login('administrator')).token
})
afterAll(() => plane.close())

const HASH = 'ab'.repeat(32)
const planOf = (change: 'build' | 'destroy'): ChangePlan => ({
  change,
  stack: 'x',
  resources: [],
  engineHash: 'e1',
  serial: 's1',
  parts: [],
  cluster: 'none',
  objects: [],
  terms: [],
  price: { fromMinor: 0, toMinor: 1, currency: 'EUR', quotedMinor: null },
  blast: { tenants: 0 },
  findings: change === 'build' ? [] : [{ rule: 'protected-kind', title: 'Protected', resources: ['x-db'] }],
})

type Shown = { id: string; state: string; servedBy: string; source: Place; target: Place }
type Place = { unit: { id: string; kind: string; name: string }; plan: string }
const post = (url: string, body?: unknown, token?: string) =>
  plane.call('POST', url, { ...(body === undefined ? {} : { body }), ...(token === undefined ? {} : { token }) })
const newest = async (slug: string): Promise<Shown> => {
  const { body } = await plane.call('GET', `/v1/moves?tenant=${slug}&limit=1`)
  const [found] = body['items'] as Shown[] // shape of MovePage
  if (found === undefined) throw new Error(`${slug} has no move`)
  return found
}
const unit = async (name: string) => (await plane.call('GET', `/v1/units/${name}`)).body
const operation = async (id: string) => (await plane.call('GET', `/v1/operations/${id}`)).body
/** Asks for what waits for its plan. */
async function waiting(url: string, body?: unknown): Promise<string> {
  const asked = await post(url, body)
  expect([asked.status, asked.body['state']], JSON.stringify(asked.body)).toEqual([202, 'waiting'])
  return String(asked.body['operationId'])
}
const move = (slug: string, plan: string) => waiting(`/v1/tenants/${slug}/move`, { plan, soakMinutes: 600 })
/** What its workflow would keep as the plan; what may start then starts. */
async function planned(id: string, change: 'build' | 'destroy'): Promise<void> {
  await relayRound(relay)
  const plan = [...relay.engine.plans.values()].filter(({ operationId }) => operationId === id).at(-1)
  const keeper = changePlans({ clock: plane.clock, audit: relay.audit })
  await plane.worker.transaction((tx) => keeper.keep(tx, plan?.planId ?? '', { hash: HASH, content: planOf(change) }))
  await relayRound(relay)
}
const approve = (id: string, release: string[] = []) =>
  post(`/v1/operations/${id}/approve`, { plan: HASH, release }, other)
const place = (id: string, where: 'source' | 'target') =>
  plane.worker.transaction((tx) => movesStore.place(tx, id, where))
/** A tenant that was moved and can still go back. */
async function soaking(slug: string, from: string, plan: string): Promise<Shown> {
  await plane.customer(slug, { plan: from })
  const asked = await post(`/v1/tenants/${slug}/move`, { plan, soakMinutes: 600 })
  await place((await newest(slug)).id, 'target')
  await plane.finish(asked.body['operationId'])
  return newest(slug)
}

test('a move to a stack reserves it, waits for its change plan and then starts where nobody has to agree', async () => {
  await plane.customer('quick')
  const id = await move('quick', 'team-dedicated')
  expect(await unit('quick')).toMatchObject({ kind: 'stack', state: 'creating' })
  expect(await newest('quick')).toMatchObject({ state: 'moving', servedBy: 'pool' })
  const steps = (await operation(id))['steps'] as { step: string }[]
  expect(steps.slice(0, 2).map(({ step }) => step)).toEqual(['inspect-move', 'build-stack'])
  expect((await post('/v1/tenants/quick/move', { plan: 'team-private' })).body['code']).toBe('move.open')
  expect((await plane.call('DELETE', '/v1/tenants/quick')).body['code']).toBe('move.open')
  expect((await post('/v1/units/pool/deploy', { version: '1.1.0' })).body['code']).toBe('unit.tenant-moving')
  await planned(id, 'build')
  expect(await operation(id)).toMatchObject({ state: 'running', approval: { decision: 'approved', decidedBy: null } })
})

test('where the plan of the stack wants a second operator it waits for one; rejected it leaves nothing and can be repeated', async () => {
  await plane.customer('slow')
  const id = await move('slow', 'enterprise')
  await planned(id, 'build')
  expect((await operation(id))['state']).toBe('waiting')
  await post(`/v1/operations/${id}/reject`, { reason: 'too dear' }, other)
  await relayRound(relay)
  expect((await operation(id))['state']).toBe('cancelled')
  expect(await newest('slow')).toMatchObject({ state: 'aborted', servedBy: 'pool' })
  expect(await unit('slow')).toMatchObject({ state: 'retired' })
  const again = await waiting(`/v1/operations/${id}/retry`)
  expect(await newest('slow')).toMatchObject({ state: 'moving' })
  expect(await unit('slow')).toMatchObject({ state: 'creating' })
  await planned(again, 'build')
  expect((await approve(again)).status).toBe(202)
  await relayRound(relay)
  expect((await operation(again))['state']).toBe('running')
})

test('what the tenant gets while its move waits is what it goes back to', async () => {
  const { id: tenantId } = await plane.customer('changed')
  const id = await move('changed', 'team-dedicated')
  const update = await plane.call('PATCH', '/v1/tenants/changed', { body: { limits: { burst: 33 } } })
  expect(update.status).toBe(202)
  await plane.finish(update.body['operationId'])
  await planned(id, 'build')
  expect((await operation(id))['state']).toBe('running')
  const [kept] = await plane.rows('select before from moves where tenant_id = $1', [tenantId])
  expect(kept?.['before']).toMatchObject({ overrides: { burst: 33 }, limits: { burst: 33 } })
})

test('a tenant that was suspended while its move waited does not move, and the reason is the outcome', async () => {
  const { id: tenantId, unitId } = await plane.customer('paused')
  const id = await move('paused', 'team-dedicated')
  const suspension = await post('/v1/tenants/paused/suspend')
  await plane.publish({ id: tenantId, unitId }, 'suspended')
  await plane.finish(suspension.body['operationId'])
  await planned(id, 'build')
  expect(await operation(id)).toMatchObject({ state: 'failed', error: { code: 'tenant.state-forbids' } })
  expect(await newest('paused')).toMatchObject({ state: 'aborted' })
  expect(await unit('paused')).toMatchObject({ state: 'retired' })
  expect((await post('/v1/tenants/paused/move', { plan: 'enterprise' })).body['code']).toBe('tenant.state-forbids')
})

test('beside an instance its stack has a name of its own, and each place is taken up again under its name', async () => {
  const there = await soaking('wanderer', 'team-private', 'team-dedicated')
  expect(there.source.unit).toMatchObject({ kind: 'instance', name: 'wanderer' })
  expect(there.target.unit).toMatchObject({ kind: 'stack', name: 'wanderer-unit-2' })
  const retired = await post(`/v1/moves/${there.id}/retire`)
  expect(retired.body['state']).toBe('running') // the old place is an instance: nothing to plan
  await plane.finish(retired.body['operationId'])

  const back = await post('/v1/tenants/wanderer/move', { plan: 'team-private', soakMinutes: 600 })
  const home = await newest('wanderer')
  expect(home.target.unit).toEqual(there.source.unit)
  await place(home.id, 'target')
  await plane.finish(back.body['operationId'])
  const leaving = await waiting(`/v1/moves/${home.id}/retire`)
  await planned(leaving, 'destroy')
  await plane.finish(leaving)
  expect(await newest('wanderer')).toMatchObject({ state: 'retired', servedBy: 'wanderer' })

  await move('wanderer', 'enterprise')
  expect((await newest('wanderer')).target.unit).toEqual(there.target.unit)
})

test.each(['acme-unit-2', 'a-unit-9'])('nobody else can have the slug %s', async (slug) => {
  const refused = await post('/v1/tenants', { slug, plan: 'team-private' })
  expect([refused.status, refused.body['code']]).toEqual([422, 'slug.reserved'])
})

test('a stack that a tenant has left goes after its plan; with protected parts somebody else agrees where its plan says so', async () => {
  const easy = await soaking('easy', 'team-dedicated', 'team-shared')
  const retiring = await waiting(`/v1/moves/${easy.id}/retire`)
  await planned(retiring, 'destroy')
  expect((await operation(retiring))['state']).toBe('running')

  const strict = await soaking('strict', 'enterprise', 'team-shared')
  const asked = await waiting(`/v1/moves/${strict.id}/retire`)
  await planned(asked, 'destroy')
  expect((await operation(asked))['state']).toBe('waiting')
  expect((await approve(asked)).body['code']).toBe('plan.release-required')
  expect((await approve(asked, ['x-db'])).status).toBe(202)
  await relayRound(relay)
  expect((await operation(asked))['state']).toBe('running')
})

test('to give up a stack somebody else agrees, too, where the tenant has gone to a stricter plan since', async () => {
  const { id } = await soaking('grown', 'team-shared', 'team-dedicated')
  const update = await plane.call('PATCH', '/v1/tenants/grown', { body: { plan: 'enterprise' } })
  await plane.finish(update.body['operationId'])
  const abort = await waiting(`/v1/moves/${id}/abort`)
  await planned(abort, 'destroy')
  expect((await operation(abort))['state']).toBe('waiting')
})

test('a retirement that waits does not stop an abort, and is refused when it is approved after it', async () => {
  const { id } = await soaking('torn', 'enterprise', 'team-shared')
  const retiring = await waiting(`/v1/moves/${id}/retire`)
  await planned(retiring, 'destroy')
  const abort = await post(`/v1/moves/${id}/abort`)
  expect(abort.body['state']).toBe('running') // the new place is in a cell
  await place(id, 'source')
  await plane.finish(abort.body['operationId'])
  await approve(retiring, ['x-db'])
  await relayRound(relay)
  expect(await operation(retiring)).toMatchObject({ state: 'failed', error: { code: 'move.state-forbids' } })
  expect(await newest('torn')).toMatchObject({ state: 'aborted', servedBy: 'torn' })
  expect(await unit('torn')).toMatchObject({ state: 'active' })
})

test('a move within dedicated plans, or to where no stack can be built, is refused and changes nothing', async () => {
  await plane.customer('stays', { plan: 'team-dedicated' })
  await plane.customer('small')
  await plane.rows(`update regions set settings = settings || '{"stackTarget": null}' where name = 'local-1'`)
  try {
    const before = await plane.dump()
    const same = await post('/v1/tenants/stays/move', { plan: 'enterprise' })
    expect([same.status, same.body['code']]).toEqual([409, 'move.same-placement'])
    const nowhere = await post('/v1/tenants/small/move', { plan: 'enterprise' })
    expect([nowhere.status, nowhere.body['code']]).toEqual([409, 'region.builds-no-stacks'])
    expect(await plane.dump()).toEqual(before)
  } finally {
    const { stackTarget } = REGION_SETTINGS
    await plane.rows(`update regions set settings = settings || $1 where name = 'local-1'`, [
      JSON.stringify({ stackTarget }),
    ])
  }
})
