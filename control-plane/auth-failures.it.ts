import { afterEach, beforeEach, expect, test } from 'vitest'
import { testApi, type CallOptions, type TestApi } from '../test/support/api.ts'
import { withClient } from '../test/support/postgres.ts'
import { newSecret } from './platform/secret.ts'

const COUNT = 3
/** Never over while a test runs, however busy the machine; for the way back there is a short one. */
const LONG_MS = 600_000
const SHORT_MS = 2000

let api: TestApi
const open = async (windowMs: number) => (api = await testApi({ authFailures: { count: COUNT, windowMs } }))
beforeEach(() => open(LONG_MS))
afterEach(() => api.close())

const EVIL = '203.0.113.7'
const OTHER = '203.0.113.8'
const ask = (options: CallOptions, url = '/v1/plans') => api.call('GET', url, { address: EVIL, ...options })
const guess = (address = EVIL) => ask({ token: newSecret('token'), address })
const spoil = async (address = EVIL) => {
  for (let n = 0; n < COUNT; n++) expect((await guess(address)).status).toBe(401)
}
const sqlOn = (statement: string, values: unknown[] = []) =>
  withClient(api.database.url(), (client) => client.query(statement, values))

test('whoever guesses is put off and told how long', async () => {
  await spoil()
  const { status, headers, body } = await guess()
  expect([status, body['code'], body['retryable']]).toEqual([429, 'auth.too-many-failures', true])
  const seconds = Number(headers['retry-after'])
  expect(seconds).toBeGreaterThanOrEqual(1)
  expect(seconds).toBeLessThanOrEqual(LONG_MS / 1000)
  expect(body['retryAfterSeconds']).toBe(seconds)
  expect(headers['www-authenticate']).toBeUndefined()
})

test('when the window is over one may try again, and is put off again', async () => {
  await api.close()
  await open(SHORT_MS)
  const status = async () => (await guess()).status
  for (const expected of [429, 401, 429]) await expect.poll(status, { timeout: 20_000, interval: 20 }).toBe(expected)
})

test('while one is put off nothing is looked up, and no body is read', async () => {
  await spoil()
  const asked: string[] = []
  const { transaction, statement } = api.operator
  api.operator.transaction = (...args) => {
    asked.push('transaction')
    return transaction(...args)
  }
  api.operator.statement = (work) => {
    asked.push('statement')
    return statement(work)
  }
  const { token } = await api.login('viewer')
  expect((await ask({ token })).status).toBe(429)
  const posted = await api.call('POST', '/v1/tenants', { token, address: EVIL, payload: '{not json' })
  expect(posted.body['code']).toBe('auth.too-many-failures')
  expect(asked).toEqual([])
  expect((await ask({ token, address: OTHER })).status).toBe(200)
  expect(asked).toContain('statement')
})

test('a good token is good from any other address, and from that one when it was good there before', async () => {
  const [before, after] = [await api.login('viewer'), await api.login('viewer')]
  expect((await ask({ token: before.token })).status).toBe(200)
  await spoil()
  expect((await ask({ token: after.token })).status).toBe(429)
  expect((await ask({ token: after.token, address: OTHER })).status).toBe(200)
  expect((await ask({ token: before.token })).status).toBe(200)
  expect((await ask({ token: after.token })).status).toBe(200) // good elsewhere: nobody guessed it
})

test('requests without a token, to public routes and refused for want of a verb are no failures', async () => {
  const { token } = await api.login('viewer')
  for (let n = 0; n < 3 * COUNT; n++) {
    expect((await ask({ token: null })).status).toBe(401)
    expect((await ask({ token: null }, '/healthz')).status).toBe(200)
    expect((await api.call('POST', '/v1/cells', { token, address: EVIL, body: {} })).status).toBe(403)
  }
  expect((await guess()).status).toBe(401)
})

test('a token that is refused is put off by its id, wherever it comes from, and spoils no address', async () => {
  const revoked = await api.login('viewer')
  await sqlOn('update operator_tokens set revoked_at = now() where id = $1', [revoked.tokenId])
  const from = (n: number) => ask({ token: revoked.token, address: `198.51.100.${n}` })
  for (let n = 0; n < COUNT; n++) expect((await from(n)).body['code']).toBe('access.token-revoked')
  const late = await from(COUNT)
  expect([late.status, late.body['code'], Number(late.headers['retry-after']) > 0]).toEqual([
    429,
    'auth.too-many-failures',
    true,
  ])
  const { token } = await api.login('viewer')
  expect((await ask({ token, address: '198.51.100.0' })).status).toBe(200)
})

test('who was shut out and is let in again is let in at once, however often it was refused', async () => {
  const who = await api.login('viewer')
  const disable = (at: string) => sqlOn(`update operators set disabled_at = ${at} where id = $1`, [who.operatorId])
  await disable('now()')
  for (let n = 0; n < 2 * COUNT; n++) await ask({ token: who.token })
  expect((await ask({ token: who.token })).status).toBe(429)
  await disable('null')
  await expect.poll(async () => (await ask({ token: who.token })).status, { timeout: 1000, interval: 20 }).toBe(200)
})

test('sessions are held to the same', async () => {
  const who = await api.login('viewer')
  const { token, sessionId } = await api.session(who.operatorId)
  await sqlOn(`update operator_sessions set ended_at = now(), ended_by = 'revoked' where id = $1`, [sessionId])
  const codes: unknown[] = []
  for (let n = 0; n <= COUNT; n++) codes.push((await ask({ token })).body['code'])
  expect(codes).toEqual([...Array.from({ length: COUNT }, () => 'access.session-ended'), 'auth.too-many-failures'])
  for (let n = 0; n < COUNT; n++) await ask({ token: newSecret('session'), address: OTHER })
  expect((await ask({ token: newSecret('session'), address: OTHER })).status).toBe(429)
})

test('what was put off is on record like every refusal: counted, by token or by the hash of the address', async () => {
  await spoil()
  for (let n = 0; n < 50; n++) await guess()
  const revoked = await api.login('viewer')
  await sqlOn('update operator_tokens set revoked_at = now() where id = $1', [revoked.tokenId])
  for (let n = 0; n < COUNT + 20; n++) await ask({ token: revoked.token, address: OTHER })
  await api.app.close()
  const { rows } = await sqlOn(
    `select subject, actor_id, canonical::jsonb #>> '{detail,code}' as code, sum((canonical::jsonb #>> '{detail,count}')::int)::int as count
       from audit_events where stream = 'refusals' and canonical::jsonb #>> '{detail,code}' = 'auth.too-many-failures'
      group by 1, 2, 3 order by actor_id nulls first`,
  )
  expect(rows).toMatchObject([
    { subject: expect.stringMatching(/^address:[0-9a-f]{16}$/), actor_id: null, count: 50 },
    { subject: `operator:${revoked.operatorId}`, actor_id: revoked.operatorId, count: 20 },
  ])
})
