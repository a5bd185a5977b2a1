import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testApi, type LoggedIn, type TestApi } from '../../../test/support/api.ts'
import { createCursors } from '../../platform/pagination.ts'
import { newId } from '../../platform/ids.ts'
import { createAuditAppend } from '../audit/audit.service.ts'
import { sessionsService } from './sessions.service.ts'

let api: TestApi
let ada: LoggedIn
beforeAll(async () => void (api = await testApi()))
afterAll(() => api.close())
beforeEach(async () => {
  api.clock.moveTo(undefined)
  ada = await api.login('sre')
})

const codeOf = async (token: string) => (await api.call('GET', '/v1/whoami', { token })).body['code'] ?? 'fine'
const eventsOf = async (sessionId: string) =>
  (await api.call('GET', `/v1/audit?subject=session:${sessionId}`)).body['items']

test('a session opens what its operator may, and says until when', async () => {
  const { token, sessionId } = await api.session(ada.operatorId)
  const { body } = await api.call('GET', '/v1/whoami', { token })
  expect(body).toMatchObject({ name: ada.name, role: 'sre', tokenId: sessionId, credential: 'session' })
  expect(body['verbs']).toContain('cells:create')
})

test('it ends after its time however it is used, and earlier when it is not used', async () => {
  const start = Date.parse('2031-05-01T08:00:00Z')
  const at = (minutes: number) => api.clock.moveTo(new Date(start + minutes * 60_000))
  at(0)
  const { token } = await api.session(ada.operatorId, { expiresAt: new Date(start + 120 * 60_000), idleSeconds: 1800 })
  const seen: unknown[] = []
  for (const minute of [29, 58, 87, 116, 120]) {
    at(minute)
    seen.push(await codeOf(token))
  }
  expect(seen).toEqual(['fine', 'fine', 'fine', 'fine', 'access.session-expired'])
  at(0)
  const { token: idle } = await api.session(ada.operatorId, { idleSeconds: 1800 })
  at(30)
  expect(await codeOf(idle)).toBe('access.session-expired')
})

test('signing out ends the session at once, once, on record; a token does not sign out', async () => {
  const { token, sessionId } = await api.session(ada.operatorId)
  expect(await codeOf(token)).toBe('fine')
  expect((await api.call('POST', '/v1/sign-out', { token })).status).toBe(204)
  await expect.poll(() => codeOf(token), { timeout: 1000, interval: 20 }).toBe('access.session-ended')
  expect(await eventsOf(sessionId)).toMatchObject([{ action: 'session.sign-out', actorId: ada.operatorId }])
  expect((await api.call('POST', '/v1/sign-out', { token: ada.token })).body).toMatchObject({
    status: 409,
    code: 'session.none',
  })
})

test('one’s own sessions are listed and ended; those of others only with the verb, and as if they did not exist without', async () => {
  const [mine, other] = [await api.session(ada.operatorId), await api.login('viewer')]
  const { token: theirs, sessionId } = await api.session(other.operatorId)
  const listed = await api.call('GET', '/v1/sessions?state=live', { token: mine.token })
  expect(listed.body['items']).toMatchObject([{ id: mine.sessionId, operator: ada.name, client: 'cli', amr: ['pwd'] }])
  const headers = { 'x-request-id': 'the-same-id' }
  const [foreign, missing] = await Promise.all(
    [sessionId, newId()].map((id) => api.call('POST', `/v1/sessions/${id}/revoke`, { token: mine.token, headers })),
  )
  expect([foreign?.status, foreign?.text]).toEqual([404, missing?.text])
  expect(await codeOf(theirs)).toBe('fine')
  const filtered = await api.call('GET', `/v1/sessions?operator=${other.name}`)
  expect(filtered.body['items']).toMatchObject([{ id: sessionId, operator: other.name, state: 'live' }])
  const ended = await api.call('POST', `/v1/sessions/${sessionId}/revoke`)
  expect(ended.body).toMatchObject({ state: 'ended', endedBy: 'revoked' })
  await expect.poll(() => codeOf(theirs), { timeout: 1000, interval: 20 }).toBe('access.session-ended')
  expect((await api.call('POST', `/v1/sessions/${sessionId}/revoke`)).body).toEqual(ended.body)
  expect(await eventsOf(sessionId)).toMatchObject([
    { action: 'session.revoke', detail: { operatorId: other.operatorId } },
  ])
})

test('a session that ended by itself is noted once, however many processes look', async () => {
  const { sessionId } = await api.session(ada.operatorId, { expiresAt: new Date(Date.now() - 1000) })
  const { sessionId: alive } = await api.session(ada.operatorId)
  const service = sessionsService({
    database: api.operator,
    cursors: createCursors(randomBytes(32)),
    audit: createAuditAppend({ clock: api.clock }),
    clock: api.clock,
    times: { longestSeconds: 60, idleSeconds: 60 },
  })
  await Promise.all([service.noteExpired(), service.noteExpired(), service.noteExpired()])
  expect(await eventsOf(sessionId)).toMatchObject([{ action: 'session.expire', actorId: null }])
  expect(await eventsOf(alive)).toEqual([])
})
