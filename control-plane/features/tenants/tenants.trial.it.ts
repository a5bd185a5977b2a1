import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { customers, mustBe, type Customers } from '../../../test/support/customers.ts'
import { createAuditAppend } from '../audit/audit.service.ts'
import { lockSubjects } from '../operations/operations.request.ts'
import { operationsService } from '../operations/operations.service.ts'
import { featureHooks } from '../../hooks.ts'
import { APPROVAL_MS } from '../../../test/support/api.ts'
import { tenantsStore } from './tenants.store.ts'
import { lookAtTrials } from './tenants.trial-schedule.ts'

const DAY = 86_400_000
let plane: Customers
let look: () => Promise<number>
beforeAll(async () => {
  plane = await customers()
  await plane.cell('main', { tenants: 50, requestsPerSecond: 2000 })
  const { operator: database, clock } = plane
  const audit = createAuditAppend({ clock })
  const hooks = featureHooks(lockSubjects, clock)
  const { request } = operationsService({ database, hooks, audit, clock, approvalMs: APPROVAL_MS })
  const logger = { warn: (...line: unknown[]) => void plane.log.push(JSON.stringify(line)) }
  const deps = { database, store: tenantsStore, request, lockSubjects, audit, clock, noticeMs: 3 * DAY, logger }
  look = () => lookAtTrials(deps)
})
afterEach(async () => {
  plane.clock.moveTo(undefined)
  await plane.rows(`update tenants set trial_ends_at = null, trial_plan = null`) // what one test leaves is none of the next one's
})
afterAll(() => plane.close())

const inDays = (days: number) => plane.clock.moveTo(new Date(Date.now() + days * DAY))
const tenant = async (slug: string) => (await plane.call('GET', `/v1/tenants/${slug}`)).body
const ending = async (slug: string) =>
  ((await tenant(slug))['conditions'] as { type: string }[]).find(({ type }) => type === 'TrialEnding') // shape of Tenant
const trial = (slug: string) => plane.customer(slug, { plan: 'trial-shared' })
const extend = (slug: string, body: unknown, headers: Record<string, string> = {}) =>
  plane.call('POST', `/v1/tenants/${slug}/extend-trial`, { body, headers })
const suspensions = (id: string) =>
  plane.rows(`select id, state, requested_by from operations where tenant_id = $1 and kind = 'tenant.suspend'`, [id])

test('a tenant of a trial plan is told when it ends, and one of another plan has no end', async () => {
  await trial('trying')
  await plane.customer('paying')
  const { trialEndsAt, createdAt } = await tenant('trying')
  const days = (Date.parse(String(trialEndsAt)) - Date.parse(String(createdAt))) / DAY
  expect(days).toBeCloseTo(14, 3)
  expect((await tenant('paying'))['trialEndsAt']).toBeNull()
})

test('three days before its end it is said, at its end the plane asks once for its suspension, as itself', async () => {
  const { id, unitId } = await trial('ends')
  await look()
  expect(await ending('ends')).toBeUndefined()
  inDays(11.5)
  expect(await look()).toBe(0)
  expect(await ending('ends')).toMatchObject({ status: 'true', reason: 'EndsSoon' })
  inDays(14.1)
  expect(await look()).toBe(1)
  expect(await look()).toBe(0)
  const [operation, ...more] = await suspensions(id)
  expect([operation, more]).toMatchObject([{ state: 'running', requested_by: null }, []])
  expect((await tenant('ends'))['state']).toBe('suspending')
  const [event] = await plane.rows(
    `select actor_id, canonical from audit_events where action = 'tenant.suspend' and tenant_id = $1`,
    [id],
  )
  expect(event).toMatchObject({ actor_id: null, canonical: expect.stringContaining('trialEndsAt') })
  await plane.publish({ id, unitId }, 'suspended')
  await plane.finish(operation?.['id'])
  await look()
  expect(await ending('ends')).toMatchObject({ status: 'true', reason: 'Ended' })
  // resumed by hand it stays: the plane does not argue with an operator
  const resumed = mustBe(202, await plane.call('POST', '/v1/tenants/ends/resume'))
  await plane.publish({ id, unitId }, 'active')
  await plane.finish(resumed['operationId'])
  expect(await look()).toBe(0)
  expect(await suspensions(id)).toHaveLength(1)
})

test('of several processes that look at once one asks', async () => {
  const { id } = await trial('looked')
  inDays(15)
  const asked = await Promise.all(Array.from({ length: 6 }, () => look()))
  expect(asked.reduce((all, one) => all + one, 0)).toBe(1)
  expect(await suspensions(id)).toHaveLength(1)
})

test('it waits behind what is under way', async () => {
  const { id } = await trial('busy')
  const update = mustBe(202, await plane.call('PATCH', '/v1/tenants/busy', { body: { limits: { burst: 30 } } }))
  inDays(15)
  await look()
  expect(await suspensions(id)).toMatchObject([{ state: 'queued' }])
  await plane.finish(update['operationId'])
  expect(await suspensions(id)).toMatchObject([{ state: 'running' }])
})

test('what could not be suspended is tried again after an hour, what was cancelled by hand is not', async () => {
  const [failed, stopped] = [await trial('stubborn'), await trial('spared')]
  inDays(15)
  expect(await look()).toBe(2)
  const [first] = await suspensions(failed.id)
  const [second] = await suspensions(stopped.id)
  await plane.finish(first?.['id'], 'failed')
  await plane.finish(second?.['id'], 'cancelled')
  await plane.rows(`update operations set finished_at = $2 where id = $1`, [first?.['id'], plane.clock.now()])
  await plane.rows(`update tenants set state = 'active' where id = any ($1)`, [[failed.id, stopped.id]])
  expect(await look()).toBe(0)
  plane.clock.moveTo(new Date(plane.clock.now().getTime() + 3_600_001))
  expect(await look()).toBe(1)
  expect(await suspensions(failed.id)).toHaveLength(2)
  expect(await suspensions(stopped.id)).toHaveLength(1)
})

test('extended in time it goes on, and is said to', async () => {
  const { id } = await trial('longer')
  const before = await tenant('longer')
  inDays(12)
  await look()
  expect(await ending('longer')).toMatchObject({ reason: 'EndsSoon' })
  const changed = await extend('longer', { days: 30 }, { 'if-match': '"1"' })
  expect([changed.status, changed.headers['etag']]).toEqual([200, '"2"'])
  expect(Date.parse(String(changed.body['trialEndsAt'])) - Date.parse(String(before['trialEndsAt']))).toBe(30 * DAY)
  inDays(15)
  expect(await look()).toBe(0)
  expect(await ending('longer')).toMatchObject({ status: 'false', reason: 'NotSoon' })
  expect(await suspensions(id)).toEqual([])
  inDays(45)
  expect(await look()).toBe(1)
})

test('extended after its end it counts from now, and ends again', async () => {
  const { id, unitId } = await trial('late')
  inDays(20)
  await look()
  const [first] = await suspensions(id)
  await plane.publish({ id, unitId }, 'suspended')
  await plane.finish(first?.['id'])
  const changed = mustBe(200, await extend('late', { days: 5 }))
  expect(Date.parse(String(changed['trialEndsAt'])) - plane.clock.now().getTime()).toBe(5 * DAY)
  expect(changed['state']).toBe('suspended')
  const resumed = mustBe(202, await plane.call('POST', '/v1/tenants/late/resume'))
  await plane.publish({ id, unitId }, 'active')
  await plane.finish(resumed['operationId'])
  expect(await look()).toBe(0)
  inDays(26)
  expect(await look()).toBe(1)
  expect(await suspensions(id)).toHaveLength(2)
})

test('another plan ends the trial; a conversion that fails brings it back', async () => {
  const { id } = await trial('convert')
  const unlucky = mustBe(202, await plane.call('PATCH', '/v1/tenants/convert', { body: { plan: 'starter-shared' } }))
  expect(unlucky['tenant']).toMatchObject({ trialEndsAt: null, price: { minor: 4900 } })
  inDays(15)
  expect(await look()).toBe(0)
  await plane.finish(unlucky['operationId'], 'failed')
  expect(await tenant('convert')).toMatchObject({ plan: 'trial-shared', trialEndsAt: expect.any(String) })
  const lucky = mustBe(202, await plane.call('PATCH', '/v1/tenants/convert', { body: { plan: 'starter-shared' } }))
  await plane.finish(lucky['operationId'])
  expect(await look()).toBe(0)
  expect(await suspensions(id)).toEqual([])
  expect((await extend('convert', { days: 5 })).body).toMatchObject({ status: 409, code: 'trial.none' })
})

test('bad input is refused and changes nothing', async () => {
  await trial('bounds')
  await plane.customer('regular')
  const before = await plane.dump()
  for (const body of [{}, { days: 0 }, { days: 91 }, { days: 1.5 }, { days: 5, until: 'x' }])
    expect((await extend('bounds', body)).body, JSON.stringify(body)).toMatchObject({ code: 'request.invalid' })
  expect((await extend('nobody', { days: 5 })).body).toMatchObject({ code: 'tenant.not-found' })
  expect((await extend('bounds', { days: 5 }, { 'if-match': '"9"' })).body).toMatchObject({ code: 'generation.stale' })
  expect((await extend('regular', { days: 5 })).body).toMatchObject({ code: 'trial.none' })
  const late = await plane.call('PATCH', '/v1/tenants/regular', { body: { plan: 'trial-shared' } })
  expect(late.body).toMatchObject({ status: 409, code: 'trial.new-tenants-only', errors: [{ pointer: '/plan' }] })
  expect(await plane.dump()).toEqual(before)
  const { token } = await plane.login('sre')
  expect((await plane.call('POST', '/v1/tenants/bounds/extend-trial', { token, body: { days: 5 } })).status).toBe(403)
})
