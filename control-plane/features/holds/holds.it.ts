import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { customers, mustBe, type Customers } from '../../../test/support/customers.ts'

const DAY = 86_400_000
let plane: Customers
beforeAll(async () => {
  plane = await customers()
  await plane.cell('main', { tenants: 60, requestsPerSecond: 3000 })
})
afterEach(() => plane.clock.moveTo(undefined))
afterAll(() => plane.close())

const inDays = (days: number) => new Date(Date.now() + days * DAY)
const hold = (slug: string, body: unknown = { reason: 'matter 7' }, more: object = {}) =>
  plane.call('POST', `/v1/tenants/${slug}/holds`, { body, ...more })
const release = (slug: string, id: string, more: object = {}) =>
  plane.call('POST', `/v1/tenants/${slug}/holds/${id}/release`, { body: { reason: 'settled' }, ...more })
const remove = (slug: string) => plane.call('DELETE', `/v1/tenants/${slug}`)
const placed = async (slug: string, body?: unknown): Promise<{ id: string; stopped: unknown }> => {
  const { hold: one, stopped } = mustBe(201, await hold(slug, body))
  return { id: (one as { id: string }).id, stopped } // shape of HoldPlaced
}
const operation = async (id: unknown) =>
  (await plane.rows('select state, cancel_requested_at is not null as stopping from operations where id = $1', [id]))[0]

test('a tenant on hold is not removed, and nothing changes; released it is', async () => {
  await plane.customer('kept')
  const { id, stopped } = await placed('kept')
  expect(stopped).toBeNull()
  const before = await plane.dump()
  const refused = await remove('kept')
  expect([refused.status, refused.body]).toEqual([
    409,
    expect.objectContaining({ code: 'tenant.on-hold', holdId: id, until: null }),
  ])
  expect(await plane.dump()).toEqual(before)
  expect((await release('kept', id)).body).toMatchObject({ state: 'released', releaseReason: 'settled' })
  expect((await remove('kept')).status).toBe(202)
})

test('everything else may be done with a tenant on hold', async () => {
  await plane.customer('lively')
  await placed('lively')
  expect((await plane.call('POST', '/v1/tenants/lively/suspend')).status).toBe(202)
})

test('of two holds the other one still holds', async () => {
  await plane.customer('twice')
  const [first, second] = [await placed('twice'), await placed('twice', { reason: 'matter 8', until: inDays(9) })]
  await release('twice', first.id)
  expect((await remove('twice')).body).toMatchObject({ code: 'tenant.on-hold', holdId: second.id })
  const listed = await plane.call('GET', '/v1/tenants/twice/holds?limit=1')
  expect(listed.body).toMatchObject({ items: [{ id: second.id, state: 'in-force', reason: 'matter 8' }] })
  const rest = await plane.call('GET', `/v1/tenants/twice/holds?limit=1&cursor=${String(listed.body['nextCursor'])}`)
  expect(rest.body).toMatchObject({ items: [{ id: first.id, state: 'released' }], nextCursor: null })
})

test('a hold with an end holds until then and not longer', async () => {
  await plane.customer('for-a-while')
  const { id } = await placed('for-a-while', { reason: 'matter 9', until: inDays(10) })
  plane.clock.moveTo(inDays(9.9))
  expect((await remove('for-a-while')).status).toBe(409)
  plane.clock.moveTo(inDays(10.1))
  const late = await release('for-a-while', id)
  expect([late.status, late.body]).toEqual([409, expect.objectContaining({ code: 'hold.ended', state: 'expired' })])
  expect((await remove('for-a-while')).status).toBe(202)
})

test('a removal that waits or runs turns back when a hold is placed, and one that destroys cannot be held', async () => {
  await plane.customer('in-time')
  const running = mustBe(202, await remove('in-time'))['operationId']
  await plane.begin(running, 'close-edge')
  expect(await placed('in-time')).toMatchObject({ stopped: running })
  expect(await operation(running)).toMatchObject({ state: 'running', stopping: true })

  await plane.customer('waiting', { plan: 'team-shared' })
  const waiting = mustBe(202, await remove('waiting'))['operationId']
  expect(await placed('waiting')).toMatchObject({ stopped: waiting })

  await plane.customer('too-late')
  const destroying = mustBe(202, await remove('too-late'))['operationId']
  await plane.begin(destroying, 'erase-rows')
  const before = await plane.dump()
  const refused = await hold('too-late')
  expect([refused.status, refused.body['code']]).toEqual([409, 'hold.too-late'])
  expect(await plane.dump()).toEqual(before)
  await plane.finish(destroying)
  expect((await hold('too-late')).body['code']).toBe('hold.too-late')
})

test('what was asked for before the hold is not asked for again under it', async () => {
  await plane.customer('approved')
  const asked = mustBe(202, await remove('approved'))['operationId']
  await plane.finish(asked, 'cancelled')
  await placed('approved')
  const retried = await plane.call('POST', `/v1/operations/${String(asked)}/retry`)
  expect([retried.status, retried.body['code']]).toEqual([409, 'tenant.on-hold'])
})

test('a hold and a removal at the same moment: either the removal is refused or it turns back', async () => {
  for (let round = 0; round < 8; round++) {
    const slug = `race-${round}`
    await plane.customer(slug)
    const [held, removed] = await Promise.all([hold(slug), remove(slug)])
    expect(held.status).toBe(201)
    if (removed.status === 202) expect(held.body['stopped']).toBe(removed.body['operationId'])
    else expect(removed.body['code']).toBe('tenant.on-hold')
  }
})

test.each([
  ['no reason', {}, 400],
  ['an empty one', { reason: '   ' }, 400],
  ['an end that is no time', { reason: 'matter', until: 'tomorrow' }, 400],
  ['something unknown', { reason: 'matter', forever: true }, 400],
])('%s is refused by name and changes nothing', async (name, body, status) => {
  const slug = `bad-${name.replaceAll(' ', '-').slice(0, 20)}`
  await plane.customer(slug)
  const before = await plane.dump()
  const answer = await hold(slug, body)
  expect([answer.status, await plane.dump()]).toEqual([status, before])
})

test('an end in the past, an unknown tenant and an unknown hold are refused', async () => {
  await plane.customer('exact')
  const past = await hold('exact', { reason: 'matter', until: inDays(-1) })
  expect([past.status, past.body]).toEqual([
    422,
    expect.objectContaining({
      code: 'hold.ends-in-the-past',
      errors: [expect.objectContaining({ pointer: '/until' })],
    }),
  ])
  expect((await hold('nobody')).body['code']).toBe('tenant.not-found')
  const other = await plane.customer('another')
  const { id } = await placed(other.slug)
  expect((await release('exact', id)).body['code']).toBe('hold.not-found')
})

test('only administrators hold and release; the same key holds once', async () => {
  await plane.customer('guarded')
  for (const role of ['sales-engineer', 'sre', 'release-operator', 'viewer'] as const) {
    const { token } = await plane.login(role)
    expect((await hold('guarded', undefined, { token })).status).toBe(403)
    expect((await plane.call('GET', '/v1/tenants/guarded/holds', { token })).status).toBe(200)
  }
  const headers = { 'idempotency-key': 'hold-guarded' }
  const [first, again] = [await hold('guarded', undefined, { headers }), await hold('guarded', undefined, { headers })]
  expect(again.body).toEqual(first.body)
  const { items } = (await plane.call('GET', '/v1/tenants/guarded/holds')).body
  expect(items).toHaveLength(1)
})
