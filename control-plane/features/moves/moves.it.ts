import { afterAll, beforeAll, expect, test } from 'vitest'
import { customers, type Customers, type Served } from '../../../test/support/customers.ts'
import { createAuditAppend } from '../audit/audit.service.ts'
import { operationsService } from '../operations/operations.service.ts'
import { lockSubjects } from '../operations/operations.request.ts'
import { featureHooks } from '../../hooks.ts'
import { ruleOfPlans } from '../plans/plans.stack-rule.ts'
import { retireDue } from './moves.schedule.ts'
import { movesStore } from './moves.store.ts'

let plane: Customers
beforeAll(async () => {
  plane = await customers()
  await plane.cell('pool', { tenants: 100, requestsPerSecond: 10_000 })
})
afterAll(() => plane.close())

type Shown = {
  id: string
  state: string
  servedBy: string
  soaksUntil: string | null
  notKept: string[]
  source: { unit: { id: string } }
  target: { unit: { id: string; name: string } }
}
const post = (url: string, body?: unknown) => plane.call('POST', url, body === undefined ? {} : { body })
const move = (slug: string, body: object) => post(`/v1/tenants/${slug}/move`, body)
const tenant = async (slug: string) => (await plane.call('GET', `/v1/tenants/${slug}`)).body
const newest = async (slug: string): Promise<Shown> => {
  const { body } = await plane.call('GET', `/v1/moves?tenant=${slug}&limit=1`)
  const [found] = body['items'] as Shown[] // shape of MovePage
  if (found === undefined) throw new Error(`${slug} has no move`)
  return found
}
const codes = async (answer: Promise<{ status: number; body: Record<string, unknown> }>) => {
  const { status, body } = await answer
  return [status, body['code']]
}
const conditionOf = async (slug: string, type: string) =>
  ((await tenant(slug))['conditions'] as { type: string; status: string; reason: string }[]).find(
    (one) => one.type === type,
  )
/** As the worker switches it. */
const place = (id: string, where: 'source' | 'target') =>
  plane.worker.transaction((tx) => movesStore.place(tx, id, where))
/** A tenant that was moved and can still go back. */
async function soaking(slug: string, plan = 'team-private', soakMinutes = 600): Promise<Served & { move: string }> {
  const served = await plane.customer(slug)
  const { body } = await move(slug, { plan, soakMinutes })
  const { id } = await newest(slug)
  await place(id, 'target')
  await plane.finish(body['operationId'])
  return { ...served, move: id }
}
const scheduled = () => {
  const { operator: database, clock } = plane
  const audit = createAuditAppend({ clock })
  const { request } = operationsService({
    database,
    hooks: featureHooks(lockSubjects, clock),
    audit,
    clock,
    approvalMs: 1000,
  })
  const logger = { warn: () => {} }
  return retireDue({ database, store: movesStore, request, lockSubjects, stackRule: ruleOfPlans, audit, clock, logger })
}

test('a move reserves its new place, names both, and leaves plan and placement alone until the switch', async () => {
  const { unitId } = await plane.customer('acme', { plan: 'team-shared', limits: { burst: 90 } })
  const asked = await move('acme', { plan: 'business-private', soakMinutes: 30 })
  expect(asked.status).toBe(202)
  expect(asked.body).toMatchObject({
    state: 'running',
    tenant: { plan: 'team-shared', unit: { name: 'pool' }, operations: [{ kind: 'tenant.move', state: 'running' }] },
  })
  const shown = await newest('acme')
  expect(shown).toMatchObject({
    state: 'moving',
    servedBy: 'pool',
    source: { plan: 'team-shared', unit: { id: unitId, kind: 'cell' } },
    target: { plan: 'business-private', unit: { kind: 'instance', name: 'acme' } },
    soakMinutes: 30,
    switchedAt: null,
    report: { freezeMs: null, rowsVerified: null },
  })
  expect((await plane.call('GET', '/v1/units/acme')).body).toMatchObject({ state: 'creating', kind: 'instance' })
  expect(await conditionOf('acme', 'Moving')).toMatchObject({ status: 'true', reason: 'Moving' })

  await place(shown.id, 'target')
  expect(await tenant('acme')).toMatchObject({
    plan: 'business-private',
    isolation: 'private',
    unit: { name: 'acme' },
    overrides: { burst: 90 },
    limits: { requestsPerSecond: 500, burst: 90 },
  })
  await plane.finish(asked.body['operationId'])
  expect(await newest('acme')).toMatchObject({ state: 'soaking', servedBy: 'acme', soaksUntil: expect.any(String) })
  expect((await plane.call('GET', '/v1/units/acme')).body).toMatchObject({ state: 'active' })
  expect(await conditionOf('acme', 'Moving')).toMatchObject({ status: 'true', reason: 'Soaking' })
  expect((await plane.call('GET', `/v1/moves/${shown.id}`)).body).toEqual(await newest('acme'))
})

test('the place that a tenant leaves goes on listing it, and one that it never went to is not told so by the way back', async () => {
  await plane.customer('astray')
  await move('astray', { plan: 'team-private' })
  const { id, source, target } = await newest('astray')
  const listedBy = async () => (await plane.rows('select guest_unit_id from moves where id = $1', [id]))[0]
  await place(id, 'source') // as a move is taken back that broke off while it copied
  expect(await listedBy()).toEqual({ guest_unit_id: null })
  await place(id, 'target')
  expect(await listedBy()).toEqual({ guest_unit_id: source.unit.id })
  await place(id, 'source')
  expect(await listedBy()).toEqual({ guest_unit_id: target.unit.id })
})

test('both places keep room for the tenant until the move has ended', async () => {
  const used = async () => (await plane.call('GET', '/v1/units/pool')).body['used']
  const before = (await used()) as { tenants: number; requestsPerSecond: number }
  await plane.customer('roomy', { plan: 'team-private' })
  const { body } = await move('roomy', { plan: 'team-shared' })
  const during = { tenants: before.tenants + 1, requestsPerSecond: before.requestsPerSecond + 100 }
  expect(await used()).toEqual(during)
  const { id } = await newest('roomy')
  await place(id, 'target')
  expect(await used()).toEqual(during)
  await plane.finish(body['operationId'])
  expect((await plane.call('GET', '/v1/units/roomy')).body).toMatchObject({ state: 'retiring' })
  const aborting = await post(`/v1/moves/${id}/abort`)
  await place(id, 'source')
  await plane.finish(aborting.body['operationId'])
  expect(await used()).toEqual(before)
  expect((await plane.call('GET', '/v1/units/roomy')).body).toMatchObject({ state: 'active' })
  expect(await newest('roomy')).toMatchObject({ state: 'aborted', servedBy: 'roomy' })
})

test.each([
  ['a plan that there is not', { plan: 'nothing' }, [422, 'plan.unknown']],
  ['no plan', {}, [400, 'request.invalid']],
  ['a plan of the same isolation', { plan: 'team-shared' }, [409, 'move.same-placement']],
  ['a plan that the region cannot keep', { plan: 'regulated-private' }, [409, 'plan.facet-unenforceable']],
  [
    'a limit beyond the new plan',
    { plan: 'team-private', limits: { burst: 9_000_000 } },
    [422, 'limits.out-of-bounds'],
  ],
  ['a soak that never ends', { plan: 'team-private', soakMinutes: 1_000_000 }, [400, 'request.invalid']],
  ['something that is no part of a move', { plan: 'team-private', unit: 'x' }, [400, 'request.invalid']],
])('a move with %s is refused and changes nothing', async (_what, body, refusal) => {
  await plane.customer(`bad-${refusal[0]}-${Math.random().toString(36).slice(2, 8)}`)
  const [{ slug } = { slug: '' }] = (await plane.rows(
    `select slug from tenants where slug like 'bad-%' order by created_at desc limit 1`,
  )) as { slug: string }[]
  const before = await plane.dump()
  expect(await codes(move(slug, body))).toEqual(refusal)
  const { audit_events: _events, audit_streams: _streams, ...after } = await plane.dump()
  const { audit_events: _before, audit_streams: _were, ...were } = before
  expect(after).toEqual(were)
})

test('a move is refused for a tenant that is not there, not served, or on the way somewhere else', async () => {
  expect(await codes(move('nobody', { plan: 'team-private' }))).toEqual([404, 'tenant.not-found'])
  const { id, unitId } = await plane.customer('busy')
  const update = await plane.call('PATCH', '/v1/tenants/busy', { body: { plan: 'team-shared' } })
  expect(await codes(move('busy', { plan: 'team-private' }))).toEqual([409, 'operation.conflict'])
  await plane.finish(update.body['operationId'])
  const suspension = await post('/v1/tenants/busy/suspend')
  await plane.publish({ id, unitId }, 'suspended')
  await plane.finish(suspension.body['operationId'])
  expect(await codes(move('busy', { plan: 'team-private' }))).toEqual([409, 'tenant.state-forbids'])
  expect(await plane.rows('select 1 from moves where tenant_id = $1', [id])).toEqual([])
  expect((await plane.call('GET', '/v1/units/busy')).status).toBe(404)
})

test('while it moves everything else about the tenant is refused, and its neighbours are not', async () => {
  await plane.customer('away')
  await plane.customer('stays')
  await move('away', { plan: 'team-private' })
  const conflict = [409, 'operation.conflict']
  expect(await codes(move('away', { plan: 'business-private' }))).toEqual([409, 'move.open'])
  expect(await codes(plane.call('PATCH', '/v1/tenants/away', { body: { plan: 'team-shared' } }))).toEqual(conflict)
  expect(await codes(post('/v1/tenants/away/suspend'))).toEqual(conflict)
  expect(await codes(plane.call('DELETE', '/v1/tenants/away'))).toEqual(conflict)
  expect((await plane.call('PATCH', '/v1/tenants/stays', { body: { limits: { burst: 50 } } })).status).toBe(202)
  expect(await codes(post('/v1/units/pool/deploy', { version: '1.1.0' }))).toEqual([409, 'unit.tenant-moving'])
  expect(await codes(post(`/v1/moves/${(await newest('away')).id}/abort`))).toEqual(conflict)
})

test('the same request twice under one key is one move; under another key the second is refused', async () => {
  await plane.customer('twice')
  const asked = () =>
    plane.call('POST', '/v1/tenants/twice/move', {
      body: { plan: 'team-private' },
      headers: { 'idempotency-key': 'move-twice' },
    })
  const [first, second] = [await asked(), await asked()]
  expect(second.body['operationId']).toBe(first.body['operationId'])
  expect(
    await plane.rows(`select 1 from moves m join tenants t on t.id = m.tenant_id where slug = 'twice'`),
  ).toHaveLength(1)
})

test('a move that was taken back can be repeated, and one that was not is stuck until it is aborted', async () => {
  const { id: tenantId } = await plane.customer('again')
  const first = await move('again', { plan: 'team-private' })
  const { id } = await newest('again')
  await plane.worker.transaction((tx) => movesStore.noteTakenBack(tx, id))
  await plane.finish(first.body['operationId'], 'failed')
  expect(await newest('again')).toMatchObject({ state: 'aborted', servedBy: 'pool' })
  expect((await plane.call('GET', '/v1/units/again')).body).toMatchObject({ state: 'retired' })

  const second = await post(`/v1/operations/${String(first.body['operationId'])}/retry`)
  expect(second.status, JSON.stringify(second.body)).toBe(202)
  expect(await newest('again')).toMatchObject({ id, state: 'moving' })
  expect((await plane.call('GET', '/v1/units/again')).body).toMatchObject({ state: 'creating' })
  await plane.finish(second.body['operationId'], 'failed') // nothing says that it was taken back
  expect(await newest('again')).toMatchObject({ id, state: 'stuck' })
  expect((await plane.call('GET', '/v1/units/again')).body).toMatchObject({ state: 'failed' })
  expect(await codes(post(`/v1/operations/${String(second.body['operationId'])}/retry`))).toEqual([409, 'move.open'])
  expect(await codes(post(`/v1/moves/${id}/retire`))).toEqual([409, 'move.state-forbids'])
  expect(await codes(move('again', { plan: 'team-private' }))).toEqual([409, 'move.open'])
  const abort = await post(`/v1/moves/${id}/abort`)
  expect(abort.status).toBe(202)
  await plane.finish(abort.body['operationId'])
  expect(await newest('again')).toMatchObject({ state: 'aborted' })
  expect((await plane.call('GET', '/v1/units/again')).body).toMatchObject({ state: 'retired' })
  expect((await move('again', { plan: 'business-private' })).status).toBe(202)
  expect((await plane.rows('select 1 from moves where tenant_id = $1', [tenantId])).length).toBe(2)
})

test('cancelled before it began a move leaves nothing', async () => {
  await plane.customer('early')
  const deploy = await post('/v1/units/pool/attest')
  const { body } = await move('early', { plan: 'team-private' })
  expect(body).toMatchObject({ state: 'queued' })
  await plane.finish(body['operationId'], 'cancelled')
  await plane.finish(deploy.body['operationId'])
  expect(await newest('early')).toMatchObject({ state: 'aborted', servedBy: 'pool' })
  expect((await plane.call('GET', '/v1/units/early')).body).toMatchObject({ state: 'retired' })
})

test('during the soak it can be retired or aborted, changed, but not removed or moved again', async () => {
  const { move: id, unitId } = await soaking('soaked')
  expect(await codes(plane.call('DELETE', '/v1/tenants/soaked'))).toEqual([409, 'move.open'])
  expect(await codes(move('soaked', { plan: 'team-shared' }))).toEqual([409, 'move.open'])
  expect(await codes(plane.call('DELETE', `/v1/cells/${unitId}`))).toEqual([409, 'cell.occupied'])
  const update = await plane.call('PATCH', '/v1/tenants/soaked', { body: { plan: 'business-private' } })
  expect(update.status).toBe(202)
  expect(await codes(post(`/v1/moves/${id}/abort`))).toEqual([409, 'operation.conflict'])
  const retire = await post(`/v1/moves/${id}/retire`)
  expect(retire.body).toMatchObject({ state: 'queued' })
  expect(await codes(post(`/v1/moves/${id}/abort`))).toEqual([409, 'operation.conflict'])
  await plane.finish(update.body['operationId'])
  await plane.finish(retire.body['operationId'])
  expect(await newest('soaked')).toMatchObject({ state: 'retired', servedBy: 'soaked' })
  expect(await tenant('soaked')).toMatchObject({ plan: 'business-private', unit: { name: 'soaked' } })
  expect(await codes(post(`/v1/moves/${id}/abort`))).toEqual([409, 'move.state-forbids'])
  expect(await conditionOf('soaked', 'Moving')).toMatchObject({ status: 'false', reason: 'Moved' })
})

/** Changes limits of a tenant that soaks, as far as its operation goes. */
async function sell(slug: string, limits: object, outcome?: 'failed'): Promise<void> {
  const { status, body } = await plane.call('PATCH', `/v1/tenants/${slug}`, { body: { limits } })
  expect({ slug, status }).toEqual({ slug, status: 202 })
  await plane.finish(body['operationId'], outcome)
}
async function takenBack(slug: string, id: string) {
  const { status, body } = await post(`/v1/moves/${id}/abort`)
  expect(status).toBe(202)
  await place(id, 'source')
  await plane.finish(body['operationId'])
  return tenant(slug)
}

test('limits that were sold while it soaked stay sold when it is taken back, with those it had before', async () => {
  const { move: id } = await soaking('seller')
  await sell('seller', { burst: 150, requestsPerSecond: 60 })
  await sell('seller', { statementTimeoutMs: 7000 })
  await sell('seller', { burst: 160 }, 'failed') // and is not sold
  await sell('seller', { requestsPerSecond: null })
  const { body: before } = await plane.call('GET', '/v1/plans/starter-shared')
  const back = await takenBack('seller', id)
  expect(back).toMatchObject({
    plan: 'starter-shared',
    unit: { name: 'pool' },
    limits: { ...(before['limits'] as object), burst: 150, statementTimeoutMs: 7000 },
  })
  expect(await newest('seller')).toMatchObject({ state: 'aborted', notKept: [] })
  expect(
    (await plane.rows('select confirmed -> $2 as o from tenants where slug = $1', ['seller', 'overrides']))[0],
  ).toEqual({
    o: { burst: 150, statementTimeoutMs: 7000 },
  })
})

test('what the old plan or the old cell cannot grant is named by the move, on record, and given up by an abort', async () => {
  const [own] = await plane.rows(
    `select (limits ->> 'burst')::int * 5 as most from plans where name = 'starter-shared'`,
  )
  const most = Number(own?.['most'])
  const { move: id, unitId } = await soaking('outgrown')
  await plane.rows(`update units set capacity = jsonb_set(capacity, '{requestsPerSecond}', '1') where id = $1`, [
    unitId,
  ])
  await sell('outgrown', { burst: most + 1, requestsPerSecond: 45, statementTimeoutMs: 7000 })
  await plane.rows(`update units set capacity = jsonb_set(capacity, '{requestsPerSecond}', '10000') where id = $1`, [
    unitId,
  ])
  expect(await newest('outgrown')).toMatchObject({ notKept: ['requestsPerSecond', 'burst'] })
  const [event] = await plane.rows(
    `select canonical from audit_events where action = 'tenant.update' and tenant_id = $1 order by sequence desc limit 1`,
    [(await tenant('outgrown'))['id']],
  )
  expect(event?.['canonical']).toContain('"notKeptByAbort":["requestsPerSecond","burst"]')
  await sell('outgrown', { burst: most }) // which can be granted
  expect(await newest('outgrown')).toMatchObject({ notKept: ['requestsPerSecond'] })
  const back = await takenBack('outgrown', id)
  expect(back['limits']).toMatchObject({ burst: most, statementTimeoutMs: 7000 })
  expect((back['limits'] as { requestsPerSecond: number }).requestsPerSecond).not.toBe(45)
  expect(await conditionOf('outgrown', 'Moving')).toMatchObject({
    reason: 'TakenBack',
    message: expect.stringContaining('given up of what was sold meanwhile: requestsPerSecond'),
  })
})

test('the old cell keeps room for what was sold meanwhile', async () => {
  const { move: id } = await soaking('reserved')
  const used = async () => {
    const [row] = await plane.rows(
      `select (before -> 'limits' ->> 'requestsPerSecond')::int as rate from moves where id = $1`,
      [id],
    )
    return row?.['rate']
  }
  const before = Number(await used())
  await sell('reserved', { requestsPerSecond: before + 7 })
  expect(await used()).toBe(before + 7)
})

test('a suspended tenant is not taken back, but its old place may go', async () => {
  const { id, move: moveId } = await soaking('paused')
  const [placed] = await plane.rows('select unit_id as "unitId" from tenants where id = $1', [id])
  const suspension = await post('/v1/tenants/paused/suspend')
  await plane.publish({ id, unitId: placed?.['unitId'] }, 'suspended')
  await plane.finish(suspension.body['operationId'])
  expect(await codes(post(`/v1/moves/${moveId}/abort`))).toEqual([409, 'move.tenant-not-served'])
  expect((await post(`/v1/moves/${moveId}/retire`)).status).toBe(202)
})

test('when its soak is over the plane itself retires it, once', async () => {
  await soaking('short', 'team-private', 0)
  await soaking('long', 'team-private', 600)
  expect(await scheduled()).toBe(1)
  const [operation] = await plane.rows(
    `select o.id, o.requested_by from operations o join tenants t on t.id = o.tenant_id where t.slug = 'short' and o.kind = 'tenant.move-retire'`,
  )
  expect(operation).toMatchObject({ requested_by: null })
  await plane.finish(operation?.['id'], 'failed')
  expect(await scheduled()).toBe(0)
  expect(await newest('short')).toMatchObject({ state: 'soaking' })
  expect((await post(`/v1/moves/${(await newest('short')).id}/retire`)).status).toBe(202)
})

test('who may only look sees moves and asks for none', async () => {
  const { token } = await plane.login('viewer')
  expect((await plane.call('GET', '/v1/moves', { token })).status).toBe(200)
  expect(await codes(plane.call('POST', '/v1/tenants/acme/move', { body: { plan: 'team-shared' }, token }))).toEqual([
    403,
    'access.forbidden',
  ])
  const { id } = await newest('acme')
  expect(await codes(plane.call('POST', `/v1/moves/${id}/abort`, { token }))).toEqual([403, 'access.forbidden'])
  expect(await codes(plane.call('GET', '/v1/moves/01a223a4-a5c5-7077-8f2b-fb40f73c0174'))).toEqual([
    404,
    'move.not-found',
  ])
})
