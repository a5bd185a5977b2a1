import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testApi, SESSION_TIMES, type TestApi } from '../../../test/support/api.ts'
import { withClient } from '../../../test/support/postgres.ts'
import type { Role } from '../../domain/access.ts'
import { newId } from '../../platform/ids.ts'
import { createCursors } from '../../platform/pagination.ts'
import { createAuditAppend } from '../audit/audit.service.ts'
import { sessionsService } from '../sessions/sessions.service.ts'
import { tokensHost } from '../tokens/tokens.host.ts'
import { admitPerson } from './operators.admit.ts'

let api: TestApi
beforeEach(async () => void (api = await testApi()))
afterEach(() => api.close())

const rows = (text: string, values: unknown[] = []) =>
  withClient(api.database.url(), async (client) => (await client.query(text, values)).rows as Record<string, unknown>[])

/** A sign-in of somebody whom the provider has vouched for, as the plane wires it. */
function signIn(subject: string, role: Role | null) {
  const { clock } = api
  const audit = createAuditAppend({ clock })
  const kept = { database: api.operator, audit, clock, cursors: createCursors(randomBytes(32)), times: SESSION_TIMES }
  const { endAll: endSessions } = sessionsService(kept)
  const admit = admitPerson({ audit, clock, endSessions, revokeTokens: tokensHost({ clock }).revokeAll })
  const person = { issuer: 'https://id.example', subject, name: `${subject}@id.example`, role, requestId: newId() }
  return api.operator.transaction((tx) => admit(tx, person))
}
const me = async () => String((await api.call('GET', '/v1/whoami')).body['operatorId'])
const disable = async (operator: string, token?: string) =>
  (await api.call('POST', `/v1/operators/${operator}/disable`, token === undefined ? {} : { token })).body['code'] ??
  'done'

test('an administrator who lost all groups is out, is counted no more, and is back when a group gives a role again', async () => {
  const root = await signIn('root', 'administrator')
  expect(await signIn('root', null)).toEqual({ operatorId: root.operatorId, refused: 'sign-in.no-role' })
  const out = (await api.call('GET', `/v1/operators/${root.operatorId}`)).body
  expect(out).toMatchObject({ role: 'administrator', disabledAt: null, expiresAt: expect.any(String) })
  expect(await disable(await me())).toBe('operator.last-administrator')
  const events = async () =>
    (
      await rows(`select action from audit_events where subject = $1 order by sequence`, [
        `operator:${root.operatorId}`,
      ])
    ).map(({ action }) => action)
  expect(await events()).toEqual(['operator.create', 'operator.shut-out'])
  await signIn('root', null)
  expect(await events()).toHaveLength(2)
  expect(await signIn('root', 'administrator')).toEqual({ operatorId: root.operatorId, role: 'administrator' })
  expect(await events()).toEqual(['operator.create', 'operator.shut-out', 'operator.set-role'])
  expect(await disable(await me())).toBe('done')
})

test('the last administrator who can get in loses neither role nor sessions with its groups', async () => {
  const root = await signIn('root', 'administrator')
  const { token } = await api.session(String(root.operatorId))
  expect(await disable(await me())).toBe('done')
  for (const role of [null, 'viewer'] as const)
    expect(await signIn('root', role)).toEqual({ operatorId: root.operatorId, refused: 'sign-in.last-administrator' })
  expect((await api.call('GET', '/v1/whoami', { token })).body).toMatchObject({ role: 'administrator' })
})

test.each([
  ['never had a token', `delete from operator_tokens where operator_id = $1`],
  ['has a revoked one', `update operator_tokens set revoked_at = now() where operator_id = $1`],
  ['has one that ran out', `update operator_tokens set expires_at = now() - interval '1 s' where operator_id = $1`],
  ['has a narrow one', `update operator_tokens set verbs = '{tenants:read}' where operator_id = $1`],
])('who %s does not count as the administrator who is left', async (_what, change) => {
  const other = await api.login('administrator')
  await rows(change, [other.operatorId])
  expect(await disable(await me())).toBe('operator.last-administrator')
  const root = await signIn('root', 'administrator')
  expect(await disable(await me())).toBe('done')
  expect(await signIn('root', null)).toEqual({ operatorId: root.operatorId, refused: 'sign-in.last-administrator' })
})

test('fifty administrators who lose their groups at once leave exactly one who can get in', async () => {
  const people = Array.from({ length: 50 }, (_, n) => `person-${n}`)
  for (const person of people) await signIn(person, 'administrator')
  expect(await disable(await me())).toBe('done')
  const outcomes = await Promise.all(people.map((person, n) => signIn(person, n % 2 === 0 ? null : 'viewer')))
  const refused = outcomes.map((outcome) => ('refused' in outcome ? outcome.refused : outcome.role))
  expect(refused.filter((what) => what === 'sign-in.last-administrator')).toHaveLength(1)
  const left = await rows(
    `select id from operators where role = 'administrator' and disabled_at is null and expires_at is null`,
  )
  expect(left).toEqual([{ id: outcomes[refused.indexOf('sign-in.last-administrator')]?.operatorId }])
})
