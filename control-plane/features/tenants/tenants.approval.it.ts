import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { customers, type Customers } from '../../../test/support/customers.ts'
import { relayRig } from '../../../test/support/relay-rig.ts'
import { relayRound } from '../operations/operations.relay.ts'

/** Removing a tenant of a plan that asks a second operator, over the API. */
let plane: Customers
let second: { token: string; operatorId: string }
beforeAll(async () => {
  plane = await customers()
  await plane.cell('main')
  second = await plane.login('administrator')
})
beforeEach(() => plane.clock.moveTo(undefined))
afterAll(() => plane.close())

const relay = () => relayRound(relayRig(plane))
const remove = (slug: string) => plane.call('DELETE', `/v1/tenants/${slug}`)
const get = async (slug: string) => (await plane.call('GET', `/v1/tenants/${slug}`)).body
const operation = async (id: unknown) => (await plane.call('GET', `/v1/operations/${String(id)}`)).body
const decide = (id: unknown, act: 'approve' | 'reject', token = second.token, body?: unknown) =>
  plane.call('POST', `/v1/operations/${String(id)}/${act}`, { token, ...(body === undefined ? {} : { body }) })
const conditionsOf = (tenant: Record<string, unknown>) =>
  (tenant['conditions'] as { type: string; status: string; reason: string }[]).map(
    ({ type, status, reason }) => `${type} ${status} ${reason}`,
  )

test('waits for a second operator while the tenant stays as it is, then runs', async () => {
  await plane.customer('guarded', { plan: 'team-shared' })
  const before = await get('guarded')
  const asked = await remove('guarded')
  expect([asked.status, asked.body['state'], asked.body['merged']]).toEqual([202, 'waiting', false])
  const id = asked.body['operationId']
  const meanwhile = await get('guarded')
  expect([meanwhile['state'], meanwhile['readyAt']]).toEqual(['active', before['readyAt']])
  expect(conditionsOf(meanwhile)).toContain('WaitingForApproval true SecondOperator')
  expect(conditionsOf(meanwhile)).toContain('Serving true Probed')
  expect(meanwhile['operations']).toEqual([{ id, kind: 'tenant.decommission', state: 'waiting' }])
  expect(await operation(id)).toMatchObject({
    state: 'waiting',
    approval: { decision: null, decidedBy: null, expiresAt: expect.any(String) },
    cancellable: true,
    retryable: false,
  })
  const listed = await plane.call('GET', '/v1/operations?state=waiting')
  expect(listed.body['items']).toMatchObject([{ id, subject: 'guarded' }])

  const again = await remove('guarded')
  expect(again.body).toMatchObject({ operationId: id, state: 'waiting', merged: true })
  expect((again.body['tenant'] as { generation: number }).generation).toBe(meanwhile['generation'])

  expect((await decide(id, 'approve')).body).toMatchObject({ operationId: id, state: 'waiting', merged: false })
  await relay()
  expect(await get('guarded')).toMatchObject({ state: 'decommissioning' })
  expect(await operation(id)).toMatchObject({
    state: 'running',
    approval: { decision: 'approved', decidedBy: second.operatorId },
  })
  await plane.finish(id)
  expect(await get('guarded')).toMatchObject({ state: 'decommissioned' })
  expect((await decide(id, 'approve')).body).toMatchObject({ code: 'operation.finished', state: 'succeeded' })
})

test('is not decided by the one who asked, by who may not, nor by who was disabled; nothing changes', async () => {
  await plane.customer('stubborn', { plan: 'team-shared' })
  const id = (await remove('stubborn')).body['operationId']
  const gone = await plane.login('administrator')
  const viewer = await plane.login('viewer')
  await plane.rows('update operators set disabled_at = now() where id = $1', [gone.operatorId])
  const before = await plane.dump()
  const own = await plane.call('POST', `/v1/operations/${String(id)}/approve`)
  expect([own.status, own.body['code']]).toEqual([403, 'approval.same-operator'])
  const powerless = await decide(id, 'approve', viewer.token)
  expect([powerless.status, powerless.body['code']]).toEqual([403, 'access.forbidden'])
  const disabled = await decide(id, 'approve', gone.token)
  expect([disabled.status, disabled.body['code']]).toEqual([401, 'access.operator-disabled'])
  for (const body of [undefined, {}, { reason: '' }, { reason: '   ' }, { reason: 'x'.repeat(501) }, { why: 'no' }]) {
    expect((await decide(id, 'reject', second.token, body)).status).toBe(400)
  }
  expect((await decide('not-an-id', 'approve')).status).toBe(400)
  expect(await plane.dump()).toEqual(before)
  await plane.call('POST', `/v1/operations/${String(id)}/cancel`)
  await relay()
  expect(conditionsOf(await get('stubborn'))).toContain('WaitingForApproval false Withdrawn')
})

test('rejected or out of time, the tenant goes on as before', async () => {
  await plane.customer('kept', { plan: 'team-shared' })
  const rejected = (await remove('kept')).body['operationId']
  await decide(rejected, 'reject', second.token, { reason: 'The contract runs on' })
  await relay()
  expect(await operation(rejected)).toMatchObject({
    state: 'cancelled',
    error: { code: 'approval.rejected', message: expect.stringContaining('The contract runs on') },
    approval: { decision: 'rejected', reason: 'The contract runs on' },
  })
  const late = (await remove('kept')).body['operationId']
  plane.clock.moveTo(new Date(Date.now() + 25 * 3_600_000))
  await relay()
  expect(await operation(late)).toMatchObject({ state: 'cancelled', error: { code: 'approval.expired' } })
  expect(await get('kept')).toMatchObject({ state: 'active', operations: [] })
  const { items } = (await plane.call('GET', `/v1/audit?subject=operation:${String(late)}`)).body
  expect(items).toMatchObject([{ action: 'operation.expire', actorId: null }])
})

test('a change of the tenant while it waits is carried out, and the removal after it', async () => {
  await plane.customer('changing', { plan: 'team-shared' })
  const id = (await remove('changing')).body['operationId']
  const suspended = await plane.call('POST', '/v1/tenants/changing/suspend')
  expect(suspended.body).toMatchObject({ state: 'running', tenant: { state: 'suspending' } })
  await decide(id, 'approve')
  await relay()
  expect(await operation(id)).toMatchObject({ state: 'queued', behind: suspended.body['operationId'] })
  await plane.finish(suspended.body['operationId'])
  expect(await get('changing')).toMatchObject({ state: 'decommissioning' })
})

test('approved for a tenant that is gone already fails with the reason', async () => {
  await plane.customer('vanishing', { plan: 'team-shared' })
  const id = (await remove('vanishing')).body['operationId']
  await plane.finish(
    (await plane.call('PATCH', '/v1/tenants/vanishing', { body: { plan: 'starter-shared' } })).body['operationId'],
  )
  plane.clock.moveTo(new Date(Date.now() + 23.9 * 3_600_000))
  await plane.rows(`update tenants set loosened_at = loosened_at - interval '1 hour' where slug = 'vanishing'`)
  const unasked = await remove('vanishing') // its plan asks nobody, and the one before is long enough ago
  expect(unasked.body).toMatchObject({ state: 'running' })
  await plane.finish(unasked.body['operationId'])
  await decide(id, 'approve')
  await relay()
  expect(await operation(id)).toMatchObject({ state: 'failed', error: { code: 'tenant.state-forbids' } })
  expect(await get('vanishing')).toMatchObject({ state: 'decommissioned' })
})

test('a plan that asks nobody asks nobody', async () => {
  await plane.customer('loose')
  expect((await remove('loose')).body).toMatchObject({ state: 'running' })
  const { body } = await plane.call('GET', '/v1/plans')
  const rules = (body['items'] as { name: string; approvals: { decommission: string } }[]).map(
    ({ name, approvals }) => `${name}: ${approvals.decommission}`,
  )
  expect(rules).toEqual(
    expect.arrayContaining([
      'starter-shared: none',
      'team-shared: second-operator',
      'business-private: second-operator',
    ]),
  )
})

test('a cell in service is retired by two, unless it was made otherwise; tenants are still placed in it meanwhile', async () => {
  const make = async (name: string, more: Record<string, unknown> = {}) => {
    const made = await plane.call('POST', '/v1/cells', { body: { name, region: 'local-2', ...more } })
    expect(made.body['cell']).toMatchObject({ retireApproval: more['retireApproval'] ?? 'second-operator' })
    return made.body['operationId']
  }
  const retire = (name: string) => plane.call('DELETE', `/v1/cells/${name}`)
  await plane.finish(await make('formal'))
  const asked = await retire('formal')
  expect(asked.body).toMatchObject({ state: 'waiting', cell: { state: 'active' } })
  await decide(asked.body['operationId'], 'approve')
  await relay()
  expect((await plane.call('GET', '/v1/cells/formal')).body).toMatchObject({ state: 'retiring' })

  await plane.finish(await make('informal', { retireApproval: 'none' }))
  expect((await retire('informal')).body).toMatchObject({ state: 'running' })
  await make('stillborn')
  expect((await retire('stillborn')).body['state']).toBe('queued') // it never served anybody
  expect((await plane.call('POST', '/v1/cells', { body: { name: 'odd', retireApproval: 'two' } })).status).toBe(400)
})

test('a plan that asks nobody is no way round: the one before is asked for as long as an approval lasts', async () => {
  await plane.customer('evading', { plan: 'team-shared' })
  const moved = await plane.call('PATCH', '/v1/tenants/evading', { body: { plan: 'starter-shared' } })
  await plane.finish(moved.body['operationId'])
  const asked = await remove('evading')
  expect(asked.body).toMatchObject({ state: 'waiting' })
  await plane.call('POST', `/v1/operations/${String(asked.body['operationId'])}/cancel`)
  await relay()
  plane.clock.moveTo(new Date(Date.now() + 24.1 * 3_600_000))
  expect((await remove('evading')).body).toMatchObject({ state: 'running' })
})

test('a change of plan that failed and is asked for again is no way round either', async () => {
  await plane.customer('stubbornly', { plan: 'team-shared' })
  const moved = await plane.call('PATCH', '/v1/tenants/stubbornly', { body: { plan: 'starter-shared' } })
  await plane.finish(moved.body['operationId'], 'failed')
  await plane.rows(`update tenants set loosened_at = null where slug = 'stubbornly'`)
  const again = await plane.call('POST', `/v1/operations/${String(moved.body['operationId'])}/retry`)
  await plane.finish(again.body['operationId'])
  expect(await get('stubbornly')).toMatchObject({ plan: 'starter-shared' })
  expect((await remove('stubbornly')).body).toMatchObject({ state: 'waiting' })
})
