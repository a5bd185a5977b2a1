import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApi, type TestApi } from '../../../test/support/api.ts'
import { withClient } from '../../../test/support/postgres.ts'
import { keyIdOf } from '../../proof/signatures.ts'
import type { SigningKey } from './keys.schema.ts'

let api: TestApi
beforeAll(async () => void (api = await testApi()))
afterAll(() => api.close())

const listed = async () => (await api.call('GET', '/v1/signing-keys')).body['items'] as SigningKey[]
const rotate = (options: Parameters<TestApi['call']>[2]) => api.call('POST', '/v1/signing-keys', options)
const events = () =>
  withClient(api.database.url(), async (client) => {
    const { rows } = await client.query(
      `select actor_id, subject, canonical::jsonb -> 'detail' as detail from audit_events where action = 'signing-key.rotate' order by sequence`,
    )
    return rows as { actor_id: string | null; subject: string; detail: unknown }[]
  })

test('a key is replaced and recorded; the list shows public halves only', async () => {
  expect(await listed()).toEqual([])
  const first = await rotate({ body: { purpose: 'evidence' } })
  const second = await rotate({ body: { purpose: 'evidence' } })
  expect([first.status, second.status]).toEqual([201, 201])
  const [old, now, ...more] = await listed()
  expect(more).toEqual([])
  expect(keyIdOf(old?.publicKey ?? '')).toBe(old?.id)
  expect([old?.retiredAt, now?.retiredAt]).toEqual([expect.any(String), null])
  expect([now?.endorsedBy, now]).toEqual([old?.id, second.body])
  expect(await events()).toMatchObject([
    { subject: `signing-key:${old?.id}`, detail: { purpose: 'evidence', retired: null, endorsed: false } },
    { subject: `signing-key:${now?.id}`, detail: { purpose: 'evidence', retired: old?.id, endorsed: true } },
  ])
})

test('an unknown purpose and one who may only read change nothing', async () => {
  const before = await listed()
  const { status, body } = await rotate({ body: { purpose: 'wishes' } })
  expect([status, body['code'], body['errors']]).toMatchObject([400, 'request.invalid', [{ pointer: '/purpose' }]])
  const { token } = await api.login('viewer')
  expect((await rotate({ token, body: { purpose: 'evidence' } })).body['code']).toBe('access.forbidden')
  expect((await api.call('GET', '/v1/signing-keys', { token })).status).toBe(200)
  expect(await listed()).toEqual(before)
})

test('whoever holds the owner’s login makes new keys for all purposes, and that is recorded too', async () => {
  const admin = (args: string[], sealing: Record<string, string>) =>
    promisify(execFile)(process.execPath, ['control-plane/admin.ts', ...args], {
      env: { PATH: process.env['PATH'], DATABASE_OWNER_URL: api.database.url('steward_owner'), ...sealing },
    })
  const STEWARD_SEALING_KEY = randomBytes(32).toString('base64url')
  const { stdout } = await admin(['rotate-signing-keys'], { STEWARD_SEALING_KEY })
  expect(stdout).toMatch(
    /^audit: [0-9a-f]{32}, endorsed by no key before it\nevidence: [0-9a-f]{32}, endorsed by no key/,
  )
  expect((await events()).slice(-2).map(({ actor_id }) => actor_id)).toEqual([null, null])
  const before = await listed()
  const none = await admin(['rotate-signing-keys'], {}).catch((error: unknown) => error)
  expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('STEWARD_SEALING_KEY is not set') as string })
  const stray = await admin(['rotate-signing-keys', '--file', '/tmp/x'], { STEWARD_SEALING_KEY }).catch(
    (e: unknown) => e,
  )
  expect(stray).toMatchObject({ code: 2, stderr: expect.stringContaining('usage:') as string })
  expect(await listed()).toEqual(before)
})
