import { afterEach, beforeEach, expect, test } from 'vitest'
import { testApi, type TestApi } from '../../../test/support/api.ts'
import { withClient } from '../../../test/support/postgres.ts'
import { newId } from '../../platform/ids.ts'
import { openDatabase, type Database } from '../../platform/database.ts'
import { createAuditAppend } from '../audit/audit.service.ts'
import { sessionsStore } from '../sessions/sessions.store.ts'
import { tokensHost } from '../tokens/tokens.host.ts'
import { operatorsHost } from './operators.host.ts'

let api: TestApi
let owner: Database
beforeEach(async () => {
  api = await testApi()
  owner = openDatabase({ url: api.database.url('steward_owner'), applicationName: 'test-host' })
})
afterEach(async () => {
  await owner.close()
  await api.close()
})

/** Breaks the glass as the administrator command does; answers the token. */
async function breakGlass(name: string): Promise<string> {
  const { clock } = api
  const { issue: issueToken, revokeAll: revokeTokens } = tokensHost({ clock })
  const host = operatorsHost({
    database: owner,
    audit: createAuditAppend({ clock }),
    clock,
    issueToken,
    revokeTokens,
    endSessions: (tx, operatorId) => sessionsStore.endAll(tx, operatorId, clock.now().toISOString()),
  })
  let token = ''
  await host.breakGlass({ name, minutes: 60, reason: 'nobody is there', account: 'root' }, async (secret) => {
    token = secret
  })
  return token
}
const who = async (token: string) => {
  const { body } = await api.call('GET', '/v1/whoami', { token })
  return body['code'] ?? body['role']
}
const expectSoon = (token: string) => expect.poll(() => who(token), { timeout: 2000, interval: 20 })
const later = (minutes: number) => api.clock.moveTo(new Date(Date.now() + minutes * 60_000))

test('a disabled administrator is let in for the time only, and what it had before stays dead', async () => {
  const ada = await api.login('administrator', { name: 'ada' })
  const { token: session } = await api.session(ada.operatorId)
  await api.call('POST', '/v1/operators/ada/disable')
  const token = await breakGlass('ada')
  await expectSoon(token).toBe('administrator')
  await expectSoon(ada.token).toBe('access.token-revoked')
  expect(await who(session)).toBe('access.session-ended')
  const [event] = (await api.call('GET', '/v1/audit?action=operator.break-glass')).body['items'] as object[]
  expect(event).toMatchObject({ detail: { created: false, enabled: true, revoked: [ada.tokenId] } })
  later(61)
  await expectSoon(token).toBe('access.token-expired')
  const out = (await api.call('GET', '/v1/operators/ada')).body
  expect(Date.parse(String(out['expiresAt']))).toBeLessThan(api.clock.now().getTime())
  const enabled = (await api.call('POST', '/v1/operators/ada/enable')).body
  expect(enabled).toMatchObject({ disabledAt: null, expiresAt: null })
  expect(await who(ada.token)).toBe('access.token-revoked')
})

test('an administrator who was not shut out keeps what it has', async () => {
  const ada = await api.login('administrator', { name: 'ada' })
  const token = await breakGlass('ada')
  later(61)
  await expectSoon(token).toBe('access.token-expired')
  expect(await who(ada.token)).toBe('administrator')
})

test('a token that was made behind the glass does not come back with the next one', async () => {
  const made = await api.call('POST', '/v1/tokens', { token: await breakGlass('glass'), body: { name: 'left behind' } })
  const left = String(made.body['secret'])
  expect(await who(left)).toBe('administrator')
  later(61)
  await expectSoon(left).toBe('access.operator-disabled')
  const token = await breakGlass('glass')
  await expectSoon(token).toBe('administrator')
  await expectSoon(left).toBe('access.token-revoked')
})

test('a person whom an administrator has disabled is not let in: its groups would keep the door open afterwards', async () => {
  await withClient(api.database.url(), (client) =>
    client.query(
      `insert into operators (id, name, role, issuer, subject, disabled_at) values ($1, 'eve', 'administrator', 'https://id.example', 'e-1', now())`,
      [newId()],
    ),
  )
  await expect(breakGlass('eve')).rejects.toMatchObject({ code: 'operator.name-taken' })
  expect((await api.call('GET', '/v1/operators/eve')).body['disabledAt']).not.toBeNull()
  expect((await api.call('GET', '/v1/audit?action=operator.break-glass')).body['items']).toEqual([])
})
