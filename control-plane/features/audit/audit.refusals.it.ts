import { afterEach, beforeEach, expect, test } from 'vitest'
import { testApi, type TestApi } from '../../../test/support/api.ts'
import { withClient } from '../../../test/support/postgres.ts'
import type { Refusal } from '../../platform/auth.ts'
import { createAuditAppend } from './audit.service.ts'
import { createRefusals, MOST_TALLIES } from './audit.refusals.ts'
import { verifyStream } from './audit.verify.ts'

let api: TestApi
beforeEach(async () => void (api = await testApi()))
afterEach(() => api.close())

type Recorded = { subject: string; actor_id: string | null; detail: Record<string, unknown>; canonical: string }
const recorded = () =>
  withClient(api.database.url(), async (client) => {
    const { rows } = await client.query(
      `select subject, actor_id, canonical, canonical::jsonb -> 'detail' as detail from audit_events where stream = 'refusals' order by sequence`,
    )
    return rows as Recorded[]
  })
const fresh = (transaction: TestApi['operator']['transaction'] = api.operator.transaction) =>
  createRefusals({
    database: { transaction },
    audit: createAuditAppend({ clock: api.clock }),
    clock: api.clock,
    logger: { warn: () => {} },
  })
const refusal = (particulars: Partial<Refusal> = {}): Refusal => ({
  code: 'access.unauthenticated',
  verb: null,
  holder: null,
  method: 'GET',
  route: '/v1/plans',
  address: '203.0.113.7',
  requestId: 'request-1',
  ...particulars,
})

test('refused requests of the API are recorded when it stops: who, what, how often; strangers by the hash of their address', async () => {
  const viewer = await api.login('viewer')
  for (let n = 0; n < 7; n++) await api.call('GET', '/v1/plans', { token: null })
  for (let n = 0; n < 3; n++) await api.call('POST', '/v1/cells', { token: viewer.token, body: {} })
  await api.app.close()
  const found = await recorded()
  expect(found).toMatchObject([
    {
      actor_id: null,
      detail: { code: 'access.unauthenticated', method: 'GET', route: '/v1/plans', count: 7, verb: null },
    },
    {
      actor_id: viewer.operatorId,
      subject: `operator:${viewer.operatorId}`,
      detail: { code: 'access.forbidden', route: '/v1/cells', count: 3, verb: 'cells:create' },
    },
  ])
  expect(found[0]?.subject).toMatch(/^address:[0-9a-f]{16}$/)
  expect(JSON.stringify(found)).not.toContain('127.0.0.1')
  expect(await verifyStream(api.operator, 'refusals')).toEqual({ intact: true, events: 2 })
})

test('what a service refuses only later is recorded like what the route refuses, once', async () => {
  const [narrow, other] = [await api.login('viewer'), await api.login('viewer')]
  const body = { name: 'x', operator: other.name }
  for (let n = 0; n < 3; n++) {
    const refused = await api.call('POST', '/v1/tokens', { token: narrow.token, body })
    expect(refused.body).toMatchObject({ status: 403, code: 'access.forbidden', verb: 'tokens:create' })
  }
  await api.call('GET', '/v1/operations/none', { token: narrow.token })
  await api.app.close()
  expect(await recorded()).toMatchObject([
    {
      actor_id: narrow.operatorId,
      subject: `operator:${narrow.operatorId}`,
      detail: { code: 'access.forbidden', verb: 'tokens:create', method: 'POST', route: '/v1/tokens', count: 3 },
    },
  ])
})

test('each minute is told by itself, once it is over', async () => {
  const refusals = fresh()
  const start = Date.parse('2030-01-01T00:00:30Z')
  for (const seconds of [0, 10, 40]) {
    api.clock.moveTo(new Date(start + seconds * 1000))
    refusals.note(refusal())
  }
  await refusals.flush('past')
  expect((await recorded()).map(({ detail }) => [detail['minute'], detail['count']])).toEqual([
    ['2030-01-01T00:00:00.000Z', 2],
  ])
  await refusals.flush('past')
  expect(await recorded()).toHaveLength(1)
  await refusals.stop()
  expect((await recorded()).map(({ detail }) => detail['count'])).toEqual([2, 1])
})

test('a flood of a million refusals from ever new addresses becomes a bounded number of events, and none is lost', async () => {
  const refusals = fresh()
  api.clock.moveTo(new Date('2030-01-01T00:00:30Z'))
  for (let n = 0; n < 1_000_000; n++)
    refusals.note(refusal({ address: `2001:db8::${n.toString(16)}`, requestId: `r-${n}` }))
  await refusals.flush('all')
  const found = await recorded()
  expect(found.length).toBeLessThanOrEqual(MOST_TALLIES + 1)
  expect(found.reduce((sum, { detail }) => sum + Number(detail['count']), 0)).toBe(1_000_000)
  expect(found.at(-1)).toMatchObject({
    subject: 'address:others',
    detail: { route: '*', count: 1_000_000 - MOST_TALLIES },
  })
})

test('equal addresses have equal hashes, which nobody can compute without the key of the installation', async () => {
  const refusals = fresh()
  refusals.note(refusal())
  refusals.note(refusal({ route: '/v1/regions' }))
  refusals.note(refusal({ address: '203.0.113.8' }))
  await refusals.flush('all')
  const [a, b, c] = (await recorded()).map(({ subject }) => subject)
  expect(a).toBe(b)
  expect(c).not.toBe(a)
})

test('what cannot be recorded now is recorded later', async () => {
  let away = true
  const refusals = fresh((work, options) =>
    away ? Promise.reject(new Error('away')) : api.operator.transaction(work, options),
  )
  refusals.note(refusal())
  await refusals.flush('all')
  refusals.note(refusal())
  away = false
  await refusals.flush('all')
  expect((await recorded()).map(({ detail }) => detail['count'])).toEqual([2])
})
