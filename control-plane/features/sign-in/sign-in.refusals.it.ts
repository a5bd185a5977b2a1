import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApi, type TestApi } from '../../../test/support/api.ts'
import { identityProvider, type TestProvider } from '../../../test/support/identity-provider.ts'
import { withClient } from '../../../test/support/postgres.ts'
import { newSecret } from '../../platform/secret.ts'

let idp: TestProvider
let api: TestApi
beforeAll(async () => {
  idp = await identityProvider('http://127.0.0.1:1/v1/sign-in/callback')
  api = await testApi({ signInWith: idp.settings('http://127.0.0.1:1') })
})
afterAll(async () => {
  await api.close()
  await idp.close()
})

test('sign-ins that fail are on record like every refusal: counted, by the hash of the address, without what was brought', async () => {
  const secret = newSecret('signIn')
  const headers = { cookie: `steward-sign-in=${secret}` }
  for (const state of ['forged-state', 'forged-again']) {
    const url = `/v1/sign-in/callback?state=${state}&code=stolen-code`
    const refused = await api.call('GET', url, { token: null, headers })
    expect([refused.status, refused.body['code']]).toEqual([400, 'sign-in.unknown'])
  }
  const body = { secret }
  const device = await api.call('POST', '/v1/sign-in/device/token', { token: null, body })
  expect([device.status, device.body['code']]).toEqual([400, 'sign-in.unknown'])
  const begun = await api.call('POST', '/v1/sign-in/device', { token: null })
  expect(begun.status).toBe(200)
  await api.app.close()
  const rows = await withClient(
    api.database.url(),
    async (client) =>
      (await client.query(`select * from audit_events where stream = 'refusals' order by sequence`)).rows,
  )
  const told = rows.map((row: { subject: string; actor_id: null; canonical: string }) => ({
    ...row,
    detail: (JSON.parse(row.canonical) as { detail: unknown }).detail,
  }))
  const unknown = { code: 'sign-in.unknown', verb: null }
  expect(told).toMatchObject([
    { actor_id: null, detail: { ...unknown, method: 'GET', route: '/v1/sign-in/callback', count: 2 } },
    { actor_id: null, detail: { ...unknown, method: 'POST', route: '/v1/sign-in/device/token', count: 1 } },
  ])
  expect(told[0]?.subject).toMatch(/^address:[0-9a-f]{16}$/)
  expect(JSON.stringify(rows)).not.toMatch(/forged|stolen|sti_|127\.0\.0\.1/)
})
