import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testApi, type LoggedIn, type TestApi } from '../../../test/support/api.ts'
import { withClient } from '../../../test/support/postgres.ts'
import { newId } from '../../platform/ids.ts'

let api: TestApi
let robot: LoggedIn
beforeAll(async () => void (api = await testApi()))
afterAll(() => api.close())
beforeEach(async () => {
  api.clock.moveTo(undefined)
  robot = await api.login('sales-engineer')
})

type Made = { secret: string; token: Record<string, unknown> & { id: string } }
const create = async (body: Record<string, unknown>, token?: string) =>
  api.call('POST', '/v1/tokens', { body: { name: 'ci', operator: robot.name, ...body }, ...(token ? { token } : {}) })
const made = async (body: Record<string, unknown> = {}) => (await create(body)).body as Made // shape of TokenCreated
const verbsOf = async (token: string) => (await api.call('GET', '/v1/whoami', { token })).body['verbs']
const count = async () => {
  const found = await withClient(api.database.url(), (client) =>
    client.query('select count(*)::int as n from operator_tokens'),
  )
  return (found.rows[0] as { n: number }).n
}

test('a token is shown once, stored hashed, narrowed by role and verbs, and on record', async () => {
  const answer = await create({ role: 'sre', verbs: ['tenants:read', 'tenants:suspend'], expiresAt: inDays(30) })
  const { secret, token } = answer.body as Made
  expect(answer.status).toBe(201)
  expect(secret).toMatch(/^stw_[A-Za-z0-9_-]{43}$/)
  expect(token).toMatchObject({
    operatorId: robot.operatorId,
    operator: robot.name,
    name: 'ci',
    role: 'sre',
    verbs: ['tenants:read', 'tenants:suspend'],
    state: 'live',
    lastUsedAt: null,
  })
  expect(await verbsOf(secret)).toEqual(['tenants:read', 'tenants:suspend'])
  expect((await api.call('POST', '/v1/tenants', { token: secret, body: {} })).body).toMatchObject({
    code: 'access.forbidden',
    verb: 'tenants:create',
    detail: expect.stringContaining('which your role sales-engineer has, but the token you came with does not'),
  })
  const listed = await api.call('GET', `/v1/tokens?operator=${robot.name}&state=live`)
  expect(listed.body['items']).toMatchObject([
    { id: token.id, lastUsedAt: expect.any(String) },
    { id: robot.tokenId, name: null },
  ])
  expect(listed.text).not.toContain(secret.slice(4))
  const [event] = (await api.call('GET', `/v1/audit?subject=token:${token.id}`)).body['items'] as Record<
    string,
    unknown
  >[]
  expect(event).toMatchObject({ action: 'token.create', detail: { operatorId: robot.operatorId, role: 'sre' } })
  await withClient(api.database.url(), async (client) => {
    for (const table of ['operator_tokens', 'audit_events', 'idempotency_keys']) {
      const found = await client.query(`select 1 from ${table} t where t::text like $1`, [`%${secret.slice(4, 30)}%`])
      expect(found.rowCount, table).toBe(0)
    }
  })
})

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()

test('it lasts ninety days unless said otherwise, a year at most', async () => {
  const { token } = await made()
  const days = (Date.parse(String(token['expiresAt'])) - Date.now()) / 86_400_000
  expect(days).toBeGreaterThan(89.9)
  expect(days).toBeLessThan(90.1)
})

test.each([
  ['a role beyond its operator', { role: 'administrator' }, 422, 'token.exceeds-operator'],
  ['a verb beyond its operator', { verbs: ['cells:create'] }, 422, 'token.exceeds-operator'],
  ['a verb beyond its own role', { role: 'viewer', verbs: ['tenants:create'] }, 422, 'token.exceeds-operator'],
  ['a pattern for a verb', { verbs: ['tenants:*'] }, 400, 'request.invalid'],
  ['no verbs at all', { verbs: [] }, 400, 'request.invalid'],
  ['an end in the past', { expiresAt: '2020-01-01T00:00:00Z' }, 422, 'token.lifetime'],
  ['an end in two years', { expiresAt: inDays(730) }, 422, 'token.lifetime'],
  ['an operator who does not exist', { operator: 'nobody' }, 422, 'token.operator-unknown'],
  ['a secret of one’s own', { secret: `stw_${'a'.repeat(43)}` }, 400, 'request.invalid'],
])('%s is refused and makes nothing', async (_what, body, status, code) => {
  const before = await count()
  const answer = await create(body)
  expect([answer.status, answer.body['code']]).toEqual([status, code])
  expect(await count()).toBe(before)
})

test('two live tokens of one operator never share a name; revoked, the name is free again', async () => {
  const { token } = await made()
  expect((await create({})).body).toMatchObject({ status: 409, code: 'token.name-taken' })
  await api.call('POST', `/v1/tokens/${token.id}/revoke`)
  expect((await create({})).status).toBe(201)
})

test('a token that may make tokens makes none that may more than itself', async () => {
  const narrow = await api.login('administrator', { verbs: ['tokens:create', 'plans:read'] })
  expect((await create({}, narrow.token)).body).toMatchObject({ status: 403, code: 'token.exceeds-yours' })
  expect((await create({ verbs: ['plans:read'] }, narrow.token)).status).toBe(201)
})

test('without the verb one makes tokens of one’s own only, and only where one has signed in', async () => {
  const own = { operator: robot.operatorId, name: 'mine' }
  expect((await create(own, robot.token)).body).toMatchObject({ status: 403, code: 'token.needs-session' })
  const { token: session } = await api.session(robot.operatorId)
  expect((await create(own, session)).status).toBe(201)
  const other = await api.login('viewer')
  const refused = [await create({ operator: other.name }, session), await create({ operator: 'nobody' }, session)]
  for (const { body } of refused)
    expect(body).toMatchObject({ status: 403, code: 'access.forbidden', verb: 'tokens:create' })
})

test('what is done with the token of a person is told of that person: nobody else makes one', async () => {
  await withClient(api.database.url(), (client) =>
    client.query(`update operators set issuer = 'https://id.example', subject = $1 where id = $1::uuid`, [
      robot.operatorId,
    ]),
  )
  expect((await create({})).body).toMatchObject({ status: 409, code: 'token.of-a-person' })
})

test('a revoked token is refused at once and for ever; again it changes nothing', async () => {
  const { secret, token } = await made()
  expect(await verbsOf(secret)).toContain('tenants:create')
  const revoked = await api.call('POST', `/v1/tokens/${token.id}/revoke`)
  expect(revoked.body).toMatchObject({ id: token.id, state: 'revoked', revokedAt: expect.any(String) })
  const code = async () => (await api.call('GET', '/v1/whoami', { token: secret })).body['code']
  await expect.poll(code, { timeout: 1000, interval: 20 }).toBe('access.token-revoked')
  expect((await api.call('POST', `/v1/tokens/${token.id}/revoke`)).body).toEqual(revoked.body)
  const events = (await api.call('GET', `/v1/audit?subject=token:${token.id}`)).body['items']
  expect(events).toMatchObject([{ action: 'token.revoke' }, { action: 'token.create' }])
})

test('without the verb one sees and revokes one’s own, and others are as if they did not exist', async () => {
  const { token } = await made()
  const other = await api.login('viewer')
  const seen = await api.call('GET', '/v1/tokens', { token: other.token })
  expect(seen.body['items']).toMatchObject([{ id: other.tokenId }])
  expect((await api.call('GET', `/v1/tokens?operator=${robot.name}`, { token: other.token })).body['items']).toEqual([])
  const headers = { 'x-request-id': 'the-same-id' }
  const [foreign, missing] = await Promise.all(
    [token.id, newId()].map((id) => api.call('POST', `/v1/tokens/${id}/revoke`, { token: other.token, headers })),
  )
  expect([foreign?.status, foreign?.text]).toEqual([404, missing?.text])
  const own = await api.call('POST', `/v1/tokens/${other.tokenId}/revoke`, { token: other.token })
  expect(own.body).toMatchObject({ state: 'revoked' })
})

test('lists go page by page and tell what has expired', async () => {
  const names = ['a', 'b', 'c']
  for (const name of names) await made({ name, expiresAt: inDays(1) })
  api.clock.moveTo(new Date(inDays(2)))
  const url = `/v1/tokens?operator=${robot.name}&state=expired&limit=2`
  const first = await api.call('GET', url)
  const second = await api.call('GET', `${url}&cursor=${String(first.body['nextCursor'])}`)
  const items = [first, second].flatMap(({ body }) => body['items'] as { name: string; state: string }[]) // pages of Token
  expect(items.map(({ name, state }) => [name, state])).toEqual(names.toReversed().map((name) => [name, 'expired']))
  expect(second.body['nextCursor']).toBeNull()
})
