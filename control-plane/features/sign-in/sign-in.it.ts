import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testApi, type TestApi } from '../../../test/support/api.ts'
import { browser, identityProvider, type Browser, type TestProvider } from '../../../test/support/identity-provider.ts'
import { freePort, withClient } from '../../../test/support/postgres.ts'
import { newSecret } from '../../platform/secret.ts'

let idp: TestProvider
let api: TestApi
let url: string
let callback: string
beforeAll(async () => {
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  callback = `${url}/v1/sign-in/callback`
  idp = await identityProvider(callback)
  api = await testApi({ signInWith: idp.settings(url) })
  await api.app.listen({ host: '127.0.0.1', port })
})
afterAll(async () => {
  await api.close()
  await idp.close()
})
beforeEach(() => {
  api.clock.moveTo(undefined)
  idp.person = null
})

const rows = (text: string, values: unknown[] = []) =>
  withClient(api.database.url(), async (client) => (await client.query(text, values)).rows as Record<string, unknown>[])
const hostOf = (address: string) => new URL(address).host
const planeCookies = (at: Browser) => at.cookies.get(hostOf(url)) ?? new Map<string, string>()
const codeOf = (text: string): unknown => (JSON.parse(text) as { code?: unknown }).code // an RFC 9457 body
/** Signs in by browser up to where the provider sends it back to, and answers that address. */
const upToCallback = async (at: Browser, more = '') => (await at.go(`${url}/v1/sign-in/start${more}`, callback)).url
const signIn = async (at = browser()) => {
  const returned = await upToCallback(at, '?returnTo=/v1/whoami')
  return { at, returned, ended: await at.go(returned) }
}
const events = async (action: string) =>
  (await api.call('GET', `/v1/audit?action=${action}&limit=200`)).body['items'] as Record<string, never>[] // a page of AuditEvent

test('a person signs in with a browser: operator made, role of its groups, session in a cookie, second factor on record', async () => {
  idp.person = { sub: 'ada-1', email: 'ada@corp.example', groups: ['sales', 'everyone'], amr: ['pwd', 'otp'] }
  const { at, ended } = await signIn()
  expect(ended).toMatchObject({ url: `${url}/v1/whoami`, status: 200 })
  const me = JSON.parse(ended.text) as Record<string, string>
  expect(me).toMatchObject({ name: 'ada@corp.example', role: 'sales-engineer', credential: 'session' })
  expect([...planeCookies(at).keys()]).toEqual(['steward-session'])
  const [operator] = await rows('select issuer, subject, role from operators where id = $1', [me['operatorId']])
  expect(operator).toEqual({ issuer: idp.issuer, subject: 'ada-1', role: 'sales-engineer' })
  const [event] = await events('session.sign-in')
  expect(event).toMatchObject({
    actorId: me['operatorId'],
    subject: `session:${me['tokenId']}`,
    outcome: 'succeeded',
    detail: { client: 'browser', amr: ['pwd', 'otp'], mfa: true, role: 'sales-engineer', issuer: idp.issuer },
  })
  const listed = await api.call('GET', '/v1/sessions?operator=ada@corp.example')
  expect(listed.body['items']).toMatchObject([{ id: me['tokenId'], client: 'browser', amr: ['pwd', 'otp'] }])
  const session = planeCookies(at).get('steward-session') ?? ''
  expect(await rows(`select 1 from operator_sessions t where t::text like $1`, [`%${session.slice(4, 30)}%`])).toEqual(
    [],
  )
  expect(api.log.join('')).not.toContain(session.slice(4, 30))
})

test('without a second factor the record says so', async () => {
  idp.person = { sub: 'bob-1', email: 'bob@corp.example', groups: 'ops', amr: ['pwd'] }
  await signIn()
  expect((await events('session.sign-in'))[0]).toMatchObject({ detail: { mfa: false, amr: ['pwd'], role: 'sre' } })
})

test('an answer of the provider opens one session, for the browser that asked, once', async () => {
  idp.person = { sub: 'ada-1', email: 'ada@corp.example', groups: ['sales'] }
  const count = async () => (await rows('select from operator_sessions')).length
  const victim = browser()
  const returned = await upToCallback(victim)
  const before = await count()
  const stranger = await browser().go(returned)
  expect([stranger.status, codeOf(stranger.text)]).toEqual([400, 'sign-in.unknown'])
  const attacker = browser()
  await upToCallback(attacker)
  const mixed = await attacker.go(returned)
  expect([mixed.status, codeOf(mixed.text)]).toEqual([400, 'sign-in.unknown'])
  const secret = planeCookies(victim).get('steward-sign-in') ?? ''
  expect(secret).toMatch(/^sti_/)
  await victim.go(returned)
  expect(await count()).toBe(before + 1)
  planeCookies(victim).set('steward-sign-in', secret) // kept by whoever replays
  const replayed = await victim.go(returned)
  expect([replayed.status, codeOf(replayed.text)]).toEqual([400, 'sign-in.unknown'])
  const forged = browser()
  await upToCallback(forged)
  const wrong = await forged.go(returned.replace(/state=[^&]+/, 'state=another'))
  expect(codeOf(wrong.text)).toBe('sign-in.unknown')
  expect(await count()).toBe(before + 1)
})

test('a sign-in that took too long is over', async () => {
  idp.person = { sub: 'ada-1', email: 'ada@corp.example', groups: ['sales'] }
  const at = browser()
  const returned = await upToCallback(at)
  api.clock.moveTo(new Date(Date.now() + 11 * 60_000))
  expect(codeOf((await at.go(returned)).text)).toBe('sign-in.unknown')
})

test('a code that was made up proves nothing; a person who says no is told so', async () => {
  idp.person = { sub: 'ada-1', groups: ['sales'] }
  const at = browser()
  const returned = await upToCallback(at)
  const made = await at.go(returned.replace(/code=[^&]+/, 'code=made-up'))
  expect([made.status, codeOf(made.text)]).toEqual([400, 'sign-in.failed'])
  idp.person = null
  const denied = await signIn()
  expect([denied.ended.status, codeOf(denied.ended.text)]).toEqual([403, 'sign-in.denied'])
})

test('other groups are another role at the next sign-in; none are no access, and what was left behind ends', async () => {
  idp.person = { sub: 'eve-1', email: 'eve@corp.example', groups: ['sales'] }
  const first = JSON.parse((await signIn()).ended.text) as Record<string, string>
  idp.person = { ...idp.person, groups: ['ops'] }
  const { ended, at } = await signIn()
  expect(JSON.parse(ended.text)).toMatchObject({ operatorId: first['operatorId'], role: 'sre' })
  expect((await events('operator.set-role'))[0]).toMatchObject({
    subject: `operator:${first['operatorId']}`,
    detail: { before: { role: 'sales-engineer' }, after: { role: 'sre' }, by: 'groups' },
  })
  idp.person = { ...idp.person, groups: ['everyone'] }
  const refused = (await signIn()).ended
  expect([refused.status, codeOf(refused.text)]).toEqual([403, 'sign-in.no-role'])
  const who = async () => codeOf((await at.go(`${url}/v1/whoami`)).text)
  await expect.poll(who, { timeout: 1000, interval: 20 }).toBe('access.session-ended')
  expect((await events('session.sign-in'))[0]).toMatchObject({
    outcome: 'refused',
    subject: `operator:${first['operatorId']}`,
    detail: { reason: 'sign-in.no-role' },
    personal: { name: 'eve@corp.example', subject: 'eve-1' },
  })
})

test('who is disabled stays out, also with the right groups', async () => {
  idp.person = { sub: 'mallory-1', email: 'mallory@corp.example', groups: ['ops'] }
  const me = JSON.parse((await signIn()).ended.text) as Record<string, string>
  await api.call('POST', `/v1/operators/${me['operatorId']}/disable`)
  const { ended } = await signIn()
  expect([ended.status, codeOf(ended.text)]).toEqual([403, 'sign-in.operator-disabled'])
})

test('groups do not take the last administrator away: the sign-in is refused and nothing changes', async () => {
  idp.person = { sub: 'root-1', email: 'root@corp.example', groups: ['admins'] }
  const me = JSON.parse((await signIn()).ended.text) as Record<string, string>
  const others = `update operators set disabled_at = $1 where role = 'administrator' and id <> $2`
  await rows(others, [new Date(), me['operatorId']])
  idp.person = { ...idp.person, groups: ['sales'] }
  const { ended } = await signIn()
  await rows(others, [null, me['operatorId']])
  expect([ended.status, codeOf(ended.text)]).toEqual([409, 'sign-in.last-administrator'])
  expect(await rows('select role from operators where id = $1', [me['operatorId']])).toEqual([
    { role: 'administrator' },
  ])
})

test('a person is known by issuer and subject, never by a name that somebody else has', async () => {
  const boss = await api.login('administrator', { name: 'boss@corp.example' })
  idp.person = { sub: 'not-the-boss', email: 'boss@corp.example', groups: ['sales'] }
  const me = JSON.parse((await signIn()).ended.text) as Record<string, string>
  expect(me['operatorId']).not.toBe(boss.operatorId)
  expect(me).toMatchObject({ role: 'sales-engineer', name: expect.stringMatching(/^boss@corp\.example \(.+\)$/) })
})

test('the session of a browser changes nothing for pages of other sites', async () => {
  idp.person = { sub: 'ada-1', email: 'ada@corp.example', groups: ['sales'] }
  const { at } = await signIn()
  const cookie = `steward-session=${planeCookies(at).get('steward-session')}`
  const out = (headers: Record<string, string>) =>
    api.call('POST', '/v1/sign-out', { token: null, headers: { cookie, ...headers } })
  for (const headers of [
    {},
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
  ])
    expect((await out(headers)).body).toMatchObject({ status: 403, code: 'access.cross-site' })
  expect((await out({ 'sec-fetch-site': 'same-origin' })).status).toBe(204)
})

test.each(['//evil.example', '/\\evil.example', 'https://evil.example', '/a b', '/%2f/evil.example'])(
  'after signing in nobody is sent to %s',
  async (returnTo) => {
    const answer = await api.call('GET', `/v1/sign-in/start?returnTo=${encodeURIComponent(returnTo)}`, { token: null })
    expect(answer.body).toMatchObject({ status: 400, code: 'request.invalid' })
  },
)

const post = (path: string, body?: unknown) =>
  api.call('POST', `/v1/sign-in${path}`, { token: null, ...(body === undefined ? {} : { body }) })

test('a command line signs in: waits while nobody has agreed, gets its session once', async () => {
  idp.person = { sub: 'cli-1', email: 'cleo@corp.example', groups: ['ops'], amr: ['hwk'] }
  const begun = (await post('/device')).body as Record<string, string>
  const ask = () => post('/device/token', { secret: begun['secret'] })
  expect(await ask()).toMatchObject({ status: 202, body: { state: 'pending', intervalSeconds: 5 } })
  expect((await ask()).body).toMatchObject({ state: 'pending' })
  await browser().go(begun['verificationUriComplete'] ?? '')
  api.clock.moveTo(new Date(Date.now() + 6000))
  const [one, two] = await Promise.all([ask(), ask()])
  const answers = [one, two].map(({ body }) => body['state'] ?? body['code'])
  expect(answers).toContain('signed-in')
  expect(answers.filter((state) => state === 'signed-in')).toHaveLength(1)
  const session = String([one, two].find(({ body }) => body['state'] === 'signed-in')?.body['token'])
  api.clock.moveTo(undefined)
  const me = await api.call('GET', '/v1/whoami', { token: session })
  expect(me.body).toMatchObject({ name: 'cleo@corp.example', role: 'sre', credential: 'session' })
  expect((await ask()).body).toMatchObject({ status: 400, code: 'sign-in.unknown' })
  expect((await post('/device/token', { secret: newSecret('signIn') })).body['code']).toBe('sign-in.unknown')
  expect((await events('session.sign-in'))[0]).toMatchObject({ detail: { client: 'cli', mfa: true } })
  const stored = await rows(`select sealed from sign_ins where client = 'cli' and sealed is not null`)
  expect(stored.length).toBeGreaterThan(0)
  expect(
    await rows(`select 1 from sign_ins t where t::text like $1`, [`%${String(begun['secret']).slice(4, 30)}%`]),
  ).toEqual([])
})

test('where no provider is configured, or it does not answer, that is what is said', async () => {
  const plain = await testApi()
  const lonely = await testApi({ signInWith: { ...idp.settings(url), issuer: `http://127.0.0.1:${await freePort()}` } })
  try {
    const start = { token: null }
    expect((await plain.call('GET', '/v1/sign-in/start', start)).body).toMatchObject({
      status: 404,
      code: 'sign-in.not-configured',
    })
    expect((await lonely.call('GET', '/v1/sign-in/start', start)).body).toMatchObject({
      status: 503,
      code: 'sign-in.provider-away',
    })
  } finally {
    await Promise.all([plain.close(), lonely.close()])
  }
})

test.each([
  ['beginning', 60, '/v1/sign-in/device', undefined],
  ['asking how it stands', 600, '/v1/sign-in/device/token', { secret: newSecret('signIn') }],
] as const)('%s too often is put off by network: %i in a minute', async (_what, count, path, body) => {
  const plain = await testApi()
  try {
    const from = (address: string) =>
      plain.call('POST', path, { token: null, address, ...(body === undefined ? {} : { body }) })
    const codes: unknown[] = []
    for (let n = 0; n <= count; n++) codes.push((await from(`2001:db8:0:1::${n.toString(16)}`)).body['code'])
    expect(codes.slice(0, count)).toEqual(Array.from({ length: count }, () => 'sign-in.not-configured'))
    expect(codes.at(-1)).toBe('sign-in.too-many')
    expect(Number((await from('2001:db8:0:1::1')).headers['retry-after'])).toBeGreaterThan(0)
    for (const other of ['2001:db8:0:2::1', '203.0.113.7'])
      expect((await from(other)).body['code']).toBe('sign-in.not-configured')
  } finally {
    await plain.close()
  }
})

test.each([
  ['another secret', { clientSecret: 'known to nobody' }],
  ['no secret', { clientSecret: undefined }],
  ['an unknown client', { clientId: 'nobody', clientSecret: 'known to nobody' }],
])('a provider that refuses the plane itself, for %s, is not the fault of who signs in', async (_what, wrong) => {
  const refused = await testApi({ signInWith: { ...idp.settings(url), ...wrong } })
  const expected = { status: 502, body: { code: 'sign-in.client-refused', retryable: false } }
  try {
    expect(await refused.call('POST', '/v1/sign-in/device', { token: null })).toMatchObject(expected)
    if (!('clientId' in wrong)) {
      idp.person = { sub: 'ada-1', groups: ['sales'] }
      const start = await refused.call('GET', '/v1/sign-in/start', { token: null })
      const cookie = String(start.headers['set-cookie']).split(';')[0] ?? ''
      const returned = (await browser().go(String(start.headers['location']), callback)).url.slice(url.length)
      expect(await refused.call('GET', returned, { token: null, headers: { cookie } })).toMatchObject(expected)
    }
    expect(refused.log.join('')).toContain('sign-in.client-refused')
    expect(refused.log.join('')).not.toContain('known to nobody')
  } finally {
    await refused.close()
  }
})
