import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testApi, type TestApi } from '../../../test/support/api.ts'
import { testDatabase } from '../../../test/support/database.ts'
import { withClient } from '../../../test/support/postgres.ts'
import { openDatabase } from '../../platform/database.ts'
import { verifyStream } from '../audit/audit.verify.ts'
import { newSecret } from '../../platform/secret.ts'

let api: TestApi
beforeAll(async () => void (api = await testApi()))
afterAll(() => api.close())
beforeEach(() => api.clock.moveTo(undefined))

const sqlOn = (statement: string, values: unknown[] = []) =>
  withClient(api.database.url(), (client) => client.query(statement, values))
const whoAmI = (token: string | null, headers?: Record<string, string>) =>
  api.call('GET', '/v1/whoami', { token, ...(headers ? { headers } : {}) })

test('a token says who it belongs to and what it may do', async () => {
  const viewer = await api.login('viewer', { name: 'Vera' })
  const { status, body } = await whoAmI(viewer.token)
  expect(status).toBe(200)
  expect(body).toMatchObject({ operatorId: viewer.operatorId, tokenId: viewer.tokenId, name: 'Vera', role: 'viewer' })
  expect(body['verbs']).toContain('tenants:read')
  expect(body['verbs']).not.toContain('tenants:create')
})

test.each([
  ['no token', null, undefined],
  ['a well-formed token of nobody', newSecret('token'), undefined],
  ['a short token', 'stw_abc', undefined],
  ['another scheme', null, { authorization: 'Basic c3R3OnN0dw==' }],
  ['an empty bearer', null, { authorization: 'Bearer ' }],
  ['two tokens', null, { authorization: `Bearer ${newSecret('token')} ${newSecret('token')}` }],
])('%s is unauthenticated, and all of these answer alike', async (_what, token, headers) => {
  const { status, body, headers: answered } = await whoAmI(token, headers)
  expect([status, body['code'], answered['www-authenticate']]).toEqual([
    401,
    'access.unauthenticated',
    'Bearer realm="steward"',
  ])
})

test('a token in the URL is refused with its own code, wherever it hides and whatever route it names', async () => {
  const { token } = await api.login('administrator')
  const disguised = `%73tw_${token.slice(4)}`
  for (const url of [
    `/v1/whoami?access_token=${token}`,
    '/v1/whoami?access_token=anything',
    `/v1/plans/${token}`,
    `/v1/plans/${disguised}`,
    `/v1/nowhere?x=${token}`,
    `/healthz?${token}`,
    `/docs/${token}`,
  ]) {
    for (const bearer of [token, null]) {
      const { status, body } = await api.call('GET', url, { token: bearer })
      expect([status, body['code']], url).toEqual([400, 'access.token-in-url'])
    }
  }
  expect((await whoAmI(null, { cookie: `token=${token}` })).status).toBe(401)
})

test('revoked, expired and disabled are told to the holder of the token', async () => {
  const revoked = await api.login('viewer')
  await sqlOn('update operator_tokens set revoked_at = now() where id = $1', [revoked.tokenId])
  expect((await whoAmI(revoked.token)).body).toMatchObject({ status: 401, code: 'access.token-revoked' })
  const expiring = await api.login('viewer', { expiresAt: new Date('2030-01-01T00:00:00Z') })
  api.clock.moveTo(new Date('2029-12-31T23:59:59Z'))
  expect((await whoAmI(expiring.token)).status).toBe(200)
  api.clock.moveTo(new Date('2030-01-01T00:00:00Z'))
  expect((await whoAmI(expiring.token)).body).toMatchObject({ status: 401, code: 'access.token-expired' })
  const disabled = await api.login('administrator')
  await sqlOn('update operators set disabled_at = now() where id = $1', [disabled.operatorId])
  expect((await whoAmI(disabled.token)).body).toMatchObject({ status: 401, code: 'access.operator-disabled' })
})

test('an operator whose role this version does not know may do nothing', async () => {
  const { token } = await api.login('emperor')
  expect((await whoAmI(token)).body).toMatchObject({ status: 403, code: 'access.forbidden' })
})

test('a role reads what it may and is refused the rest by the verb it lacks, before the body is looked at', async () => {
  const { token } = await api.login('viewer')
  expect((await api.call('GET', '/v1/plans', { token })).status).toBe(200)
  const refused = await api.call('POST', '/v1/cells', { token, payload: '{not json' })
  expect(refused.body).toMatchObject({ status: 403, code: 'access.forbidden', verb: 'cells:create' })
})

test('the last use is written at most once a minute', async () => {
  const { token, tokenId } = await api.login('viewer')
  const lastUse = async () => {
    const { rows } = await sqlOn('select last_used_at from operator_tokens where id = $1', [tokenId])
    return (rows[0] as { last_used_at: Date }).last_used_at.toISOString()
  }
  const start = Date.parse('2029-06-01T12:00:00Z')
  const used: string[] = []
  for (const seconds of [0, 59, 60]) {
    api.clock.moveTo(new Date(start + seconds * 1000))
    await whoAmI(token)
    used.push(await lastUse())
  }
  expect(used).toEqual(['2029-06-01T12:00:00.000Z', '2029-06-01T12:00:00.000Z', '2029-06-01T12:01:00.000Z'])
})

test('no token reaches the log or the database', async () => {
  const { token } = await api.login('viewer')
  await whoAmI(token)
  await api.call('GET', `/v1/plans/${token}`)
  await api.call('GET', `/v1/nowhere/${token}?token=${token}`, { headers: { 'x-request-id': token.slice(0, 40) } })
  expect(api.log.length).toBeGreaterThan(2)
  expect(api.log.join('')).not.toContain(token.slice(0, 24))
  const { rows } = await sqlOn('select count(*)::int as n from operator_tokens where encode(token_hash, $2) like $1', [
    `%${token}%`,
    'escape',
  ])
  expect(rows).toEqual([{ n: 0 }])
})

const admin = async (command: string, file: string, env: Record<string, string>) =>
  promisify(execFile)(process.execPath, ['control-plane/admin.ts', command, '--file', file], {
    env: { PATH: process.env['PATH'], ...env },
  })

test('the first token is made once, works, and a lost one is replaced: audited, revoking what was there', async () => {
  const database = await testDatabase()
  const folder = await mkdtemp(path.join(tmpdir(), 'steward-admin-'))
  const file = path.join(folder, 'token')
  const env = { DATABASE_OWNER_URL: database.url('steward_owner') }
  try {
    const runs = await Promise.all(['a', 'b', 'c'].map((name) => admin('ensure-token', path.join(folder, name), env)))
    expect(runs.filter(({ stdout }) => stdout.startsWith('created'))).toHaveLength(1)
    await admin('reset-token', file, env)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const token = (await readFile(file, 'utf8')).trim()
    expect(token).toMatch(/^stw_[A-Za-z0-9_-]{43}$/)
    await admin('ensure-token', path.join(folder, 'never'), env)
    await expect(readFile(path.join(folder, 'never'))).rejects.toThrow('ENOENT')
    await withClient(database.url(), async (client) => {
      const tokens = await client.query(
        'select revoked_at is null as live, encode(token_hash, $1) as hash from operator_tokens order by id',
        ['hex'],
      )
      expect(tokens.rows.map(({ live }: { live: boolean }) => live)).toEqual([false, true])
      const audit = await client.query('select action, actor_id, canonical from audit_events order by sequence')
      expect(audit.rows).toMatchObject([
        { action: 'operator.create' },
        { action: 'operator.reset-token', actor_id: null },
      ])
      expect(JSON.stringify(audit.rows)).not.toContain(token)
    })
    const owner = openDatabase({ url: database.url('steward_owner'), applicationName: 'test' })
    expect(await verifyStream(owner, 'installation')).toEqual({ intact: true, events: 2 })
    await owner.close()
  } finally {
    await rm(folder, { recursive: true })
    await database.drop()
  }
})

test('break-glass lets an administrator in for a short time, makes or enables it, on record with reason and account', async () => {
  const database = await testDatabase()
  const folder = await mkdtemp(path.join(tmpdir(), 'steward-admin-'))
  const env = { DATABASE_OWNER_URL: database.url('steward_owner') }
  const glass = (file: string, ...more: string[]) =>
    promisify(execFile)(
      process.execPath,
      [
        'control-plane/admin.ts',
        'break-glass',
        '--file',
        path.join(folder, file),
        '--reason',
        'the provider is down',
        ...more,
      ],
      { env: { PATH: process.env['PATH'], ...env } },
    )
  const found = (text: string) => withClient(database.url(), async (client) => (await client.query(text)).rows)
  try {
    const { stdout } = await glass('first', '--minutes', '15')
    expect(stdout).toMatch(/^break-glass is let in until \d{4}-.*Z, on record: the token is in /)
    expect((await stat(path.join(folder, 'first'))).mode & 0o777).toBe(0o600)
    await withClient(database.url(), (client) => client.query('update operators set disabled_at = now()'))
    await glass('second')
    const left = `extract(epoch from t.expires_at - now())::int as seconds`
    const tokens =
      await found(`select o.name, o.role, o.disabled_at, o.expires_at = t.expires_at as together, t.revoked_at is not null as revoked, ${left}
      from operators o join operator_tokens t on t.operator_id = o.id order by t.id`)
    expect(tokens).toMatchObject([
      { name: 'break-glass', role: 'administrator', disabled_at: null, together: false, revoked: true },
      { name: 'break-glass', role: 'administrator', disabled_at: null, together: true, revoked: false },
    ])
    const seconds = tokens.map((row: Record<string, number>) => row['seconds'] ?? 0)
    expect(Math.abs((seconds[0] ?? 0) - 900)).toBeLessThan(60)
    expect(Math.abs((seconds[1] ?? 0) - 3600)).toBeLessThan(60)
    const events = await found(`select e.action, e.canonical::jsonb -> 'detail' as detail,
      (select jsonb_object_agg(field, plain) from audit_personal where event_id = e.id) as personal from audit_events e order by sequence`)
    expect(events).toMatchObject([
      { action: 'operator.break-glass', detail: { created: true }, personal: { reason: 'the provider is down' } },
      {
        action: 'operator.break-glass',
        detail: { created: false, enabled: true },
        personal: { account: userInfo().username },
      },
    ])
    await withClient(database.url(), (client) =>
      client.query(`insert into operators (id, name, role) values (gen_random_uuid(), 'ada', 'viewer')`),
    )
    await expect(glass('third', '--name', 'ada')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ada is a viewer'),
    })
    await expect(readFile(path.join(folder, 'third'))).rejects.toThrow('ENOENT')
    for (const wrong of [
      ['--minutes', '0'],
      ['--minutes', '2000'],
      ['--reason', ' '],
      ['--name', 'a\nb'],
      ['--colour', 'red'],
    ])
      await expect(glass('fourth', ...wrong)).rejects.toMatchObject({
        code: 2,
        stderr: expect.stringContaining('usage:'),
      })
    expect(await found('select from audit_events')).toHaveLength(2)
  } finally {
    await rm(folder, { recursive: true })
    await database.drop()
  }
})

test('the administrator command says what it lacks and changes nothing', async () => {
  await expect(admin('make-token', '/tmp/x', {})).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('usage:'),
  })
  await expect(admin('ensure-token', '/tmp/x', {})).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('DATABASE_OWNER_URL is not set'),
  })
  await expect(
    admin('ensure-token', '/nowhere/token', { DATABASE_OWNER_URL: api.database.url('steward_owner') }),
  ).resolves.toMatchObject({ stdout: expect.stringContaining('nothing done') })
  await expect(
    admin('reset-token', '/nowhere/token', { DATABASE_OWNER_URL: api.database.url('steward_owner') }),
  ).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('ENOENT') })
})
