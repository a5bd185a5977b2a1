import { afterAll, beforeAll, expect, test } from 'vitest'
import { customers, type Customers } from '../../../test/support/customers.ts'
import { fakeEngine, fakeLog } from '../../../test/support/operations.ts'
import type { ChangePlan } from '../../domain/change-plan.ts'
import { featureHooks } from '../../hooks.ts'
import { createAuditAppend } from '../audit/audit.service.ts'
import { changePlans } from './operations.plan-keep.ts'
import { relayRound, type RelayDeps } from './operations.relay.ts'
import { lockSubjects } from './operations.request.ts'

let plane: Customers
let relay: RelayDeps & { engine: ReturnType<typeof fakeEngine> }
let other: string
beforeAll(async () => {
  plane = await customers()
  await plane.cell('pool')
  relay = {
    database: plane.operator,
    hooks: featureHooks(lockSubjects, plane.clock),
    engine: fakeEngine(),
    clock: plane.clock,
    audit: createAuditAppend({ clock: plane.clock }),
    logger: fakeLog().logger,
  }
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
  price: { fromMinor: 490_000, toMinor: 0, currency: 'EUR' },
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
const at = (id: string) => `/v1/operations/${id}/plan`
const begun = async (id: string) => {
  await relayRound(relay)
  return [...relay.engine.plans.values()].filter(({ operationId }) => operationId === id)
}
/** What the workflow of the latest plan would keep. */
async function planned(id: string, made = { hash: HASH, content: content('x') }): Promise<void> {
  const planId = (await begun(id)).at(-1)?.planId ?? ''
  await plane.worker.transaction((tx) => changePlans(plane).keep(tx, planId, made))
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
  await plane.worker.transaction((tx) => changePlans(plane).fail(tx, first?.planId ?? '', fault))
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
    plane.worker.transaction((tx) => changePlans(plane).keep(tx, planId, { hash, content: content('late') }))
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
