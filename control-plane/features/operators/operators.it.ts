import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApi, type TestApi } from '../../../test/support/api.ts'
import { withClient } from '../../../test/support/postgres.ts'
import { newId } from '../../platform/ids.ts'

let api: TestApi
beforeAll(async () => void (api = await testApi()))
afterAll(() => api.close())

const rows = (text: string, values: unknown[] = []) =>
  withClient(api.database.url(), async (client) => (await client.query(text, values)).rows as Record<string, unknown>[])
const made = async (name: string, role = 'viewer') =>
  (await api.call('POST', '/v1/operators', { body: { name, role } })).body as { id: string; generation: number } // shape of Operator
const eventsOf = async (operatorId: string) =>
  (
    (await api.call('GET', `/v1/audit?subject=operator:${operatorId}`)).body['items'] as Record<string, unknown>[]
  ).toReversed() // a page of AuditEvent

test('an operator is made, found, changed, shut out and let in again, each on record with before and after', async () => {
  const answer = await api.call('POST', '/v1/operators', { body: { name: 'billing robot', role: 'viewer' } })
  expect(answer).toMatchObject({
    status: 201,
    headers: { etag: '"1"', location: expect.stringMatching(/^\/v1\/operators\/[0-9a-f-]{36}$/) },
    body: { name: 'billing robot', role: 'viewer', issuer: null, disabledAt: null, lastUsedAt: null, generation: 1 },
  })
  const id = String(answer.body['id'])
  expect((await api.call('GET', '/v1/operators/billing%20robot')).body).toEqual(answer.body)
  expect((await api.call('GET', `/v1/operators/${id.toUpperCase()}`)).body).toEqual(answer.body)
  for (const filter of ['name=BILLING', 'name=robot&role=viewer', 'state=enabled&name=billing'])
    expect((await api.call('GET', `/v1/operators?${filter}`)).body['items']).toEqual([answer.body])
  const changed = await api.call('PATCH', `/v1/operators/${id}`, { body: { role: 'sre' } })
  expect(changed).toMatchObject({ status: 200, headers: { etag: '"2"' }, body: { role: 'sre', generation: 2 } })
  const shutOut = await api.call('POST', `/v1/operators/${id}/disable`)
  expect(shutOut.body).toMatchObject({ disabledAt: expect.any(String), generation: 3 })
  expect((await api.call('POST', `/v1/operators/${id}/disable`)).body).toEqual(shutOut.body)
  expect((await api.call('GET', '/v1/operators?state=disabled')).body['items']).toEqual([shutOut.body])
  expect((await api.call('POST', `/v1/operators/${id}/enable`)).body).toMatchObject({ disabledAt: null, generation: 4 })
  expect(await eventsOf(id)).toMatchObject([
    { action: 'operator.create', detail: { role: 'viewer' }, personal: { name: 'billing robot' } },
    { action: 'operator.set-role', detail: { before: { role: 'viewer' }, after: { role: 'sre' } } },
    { action: 'operator.disable', detail: { before: { enabled: true }, after: { enabled: false } } },
    { action: 'operator.enable', detail: { before: { enabled: false }, after: { enabled: true } } },
  ])
})

test.each([
  ['a taken name', 'POST', '/v1/operators', { name: 'taken', role: 'viewer' }, 409, 'operator.name-taken'],
  ['an id as a name', 'POST', '/v1/operators', { name: newId(), role: 'viewer' }, 409, 'operator.name-taken'],
  ['an unknown role', 'POST', '/v1/operators', { name: 'x', role: 'emperor' }, 400, 'request.invalid'],
  ['a name with a line break', 'POST', '/v1/operators', { name: 'a\nb', role: 'viewer' }, 400, 'request.invalid'],
  ['an unknown field', 'POST', '/v1/operators', { name: 'x', role: 'viewer', verbs: [] }, 400, 'request.invalid'],
  ['nobody', 'POST', '/v1/operators/nobody/disable', undefined, 404, 'operator.not-found'],
  ['nobody to promote', 'PATCH', `/v1/operators/${newId()}`, { role: 'sre' }, 404, 'operator.not-found'],
  ['no role', 'PATCH', '/v1/operators/taken', {}, 400, 'request.invalid'],
] as const)('%s is refused and nothing changes', async (_what, method, url, body, status, code) => {
  await made('taken')
  const before = await rows('select * from operators order by id')
  const answer = await api.call(method, url, body === undefined ? {} : { body })
  expect([answer.status, answer.body['code']]).toEqual([status, code])
  expect(await rows('select * from operators order by id')).toEqual(before)
})

test('a change may name the generation it was decided on, and is done once under one key', async () => {
  const { id } = await made('generations')
  const stale = await api.call('PATCH', `/v1/operators/${id}`, {
    body: { role: 'sre' },
    headers: { 'if-match': '"7"' },
  })
  expect(stale.body).toMatchObject({ code: 'generation.stale', generation: 1 })
  const once = { body: { name: 'only one', role: 'viewer' }, headers: { 'idempotency-key': 'create-only-one' } }
  const first = await api.call('POST', '/v1/operators', once)
  const again = await api.call('POST', '/v1/operators', once)
  expect([again.status, again.body, again.headers['idempotency-replayed']]).toEqual([201, first.body, 'true'])
})

test('nobody makes an operator who may more than they, directly or by a change', async () => {
  const narrow = await api.login('administrator', {
    verbs: ['operators:create', 'operators:set-role', 'operators:enable'],
  })
  const asNarrow = { token: narrow.token }
  const { id } = await made('climber')
  for (const answer of [
    await api.call('POST', '/v1/operators', { ...asNarrow, body: { name: 'boss', role: 'administrator' } }),
    await api.call('PATCH', `/v1/operators/${id}`, { ...asNarrow, body: { role: 'administrator' } }),
    await api.call('POST', `/v1/operators/${id}/enable`, asNarrow),
  ])
    expect(answer.body).toMatchObject({ status: 403, code: 'operator.role-exceeds-yours' })
})

test('the role of a person follows its groups, so it is not changed here; shutting out works', async () => {
  const id = newId()
  await rows(
    `insert into operators (id, name, role, issuer, subject) values ($1, 'ada@id.example', 'sre', 'https://id.example', 's-1')`,
    [id],
  )
  const refused = await api.call('PATCH', `/v1/operators/${id}`, { body: { role: 'viewer' } })
  expect(refused.body).toMatchObject({ status: 409, code: 'operator.role-from-groups' })
  expect((await api.call('POST', `/v1/operators/${id}/disable`)).body['disabledAt']).not.toBeNull()
})

test('who is shut out is refused at once, and its sessions do not come back with it; its tokens do', async () => {
  const sre = await api.login('sre')
  const { token: session } = await api.session(sre.operatorId)
  const status = async (token: string) => (await api.call('GET', '/v1/whoami', { token })).body['code'] ?? 'fine'
  expect([await status(sre.token), await status(session)]).toEqual(['fine', 'fine'])
  await api.call('POST', `/v1/operators/${sre.operatorId}/disable`)
  await expect.poll(() => status(sre.token), { timeout: 1000, interval: 20 }).toBe('access.operator-disabled')
  await api.call('POST', `/v1/operators/${sre.operatorId}/enable`)
  await expect.poll(() => status(sre.token), { timeout: 1000, interval: 20 }).toBe('fine')
  expect(await status(session)).toBe('access.session-ended')
})

test('the last administrator can neither be disabled nor demoted', async () => {
  const last = await testApi()
  try {
    const { body: me } = await last.call('GET', '/v1/whoami')
    const id = String(me['operatorId'])
    const glass = newId()
    await withClient(last.database.url(), (client) =>
      client.query(
        `insert into operators (id, name, role, expires_at) values ($1, 'break-glass', 'administrator', now() + interval '1 hour')`,
        [glass],
      ),
    )
    for (const attempt of [
      () => last.call('POST', `/v1/operators/${id}/disable`),
      () => last.call('PATCH', `/v1/operators/${id}`, { body: { role: 'viewer' } }),
    ])
      expect((await attempt()).body).toMatchObject({ status: 409, code: 'operator.last-administrator' })
    expect((await last.call('POST', `/v1/operators/${glass}/disable`)).status).toBe(200)
    expect((await last.call('PATCH', `/v1/operators/${id}`, { body: { role: 'administrator' } })).status).toBe(200)
  } finally {
    await last.close()
  }
})

test('fifty administrators who shut each other out at once leave exactly one', async () => {
  const many = await testApi()
  try {
    const { body: me } = await many.call('GET', '/v1/whoami')
    const others = await Promise.all(Array.from({ length: 24 }, () => many.login('administrator')))
    const ids = [String(me['operatorId']), ...others.map(({ operatorId }) => operatorId)]
    const tokens = [undefined, ...others.map(({ token }) => token)]
    const answers = await Promise.all(
      ids.flatMap((id, n) => {
        const by = tokens[(n + 1) % tokens.length]
        const asker = by === undefined ? {} : { token: by }
        return [
          many.call('POST', `/v1/operators/${id}/disable`, asker),
          many.call('PATCH', `/v1/operators/${id}`, { ...asker, body: { role: 'viewer' } }),
        ]
      }),
    )
    expect(answers).toHaveLength(50)
    for (const { status, body } of answers) expect([200, 401, 403, 409], JSON.stringify(body)).toContain(status)
    const left = await withClient(many.database.url(), (client) =>
      client.query(`select id from operators where role = 'administrator' and disabled_at is null`),
    )
    expect(left.rowCount).toBe(1)
  } finally {
    await many.close()
  }
})
