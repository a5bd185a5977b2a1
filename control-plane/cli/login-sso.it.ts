import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { servedPlane, start, type ServedPlane } from '../../test/support/cli.ts'
import { browser, identityProvider, type TestProvider } from '../../test/support/identity-provider.ts'

let idp: TestProvider
let plane: ServedPlane
beforeAll(async () => {
  idp = await identityProvider('http://127.0.0.1:1/v1/sign-in/callback')
  plane = await servedPlane(idp.settings)
})
afterAll(async () => {
  await plane.close()
  await idp.close()
})

test('a person signs in on the command line by a browser elsewhere, works, and signs out', async () => {
  idp.person = { sub: 'ada', email: 'ada@corp.example', groups: ['ops'], amr: ['pwd', 'mfa'] }
  const file = path.join(plane.folder, 'contexts.json')
  const env = { STEWARD_CONFIG: file }
  const login = start(['login', '--sso', '--url', plane.url], { env })
  const link = () => /or open (\S+)/.exec(login.said().err)?.[1]
  await expect.poll(link, { timeout: 10_000, interval: 20 }).toBeDefined()
  expect(login.said().err).toMatch(/^Go to http:\/\/127\.0\.0\.1:\d+\/device and type [A-Z]{4}-[A-Z]{4}$/m)
  const done = await browser().go(link() ?? '')
  expect(done.status).toBe(200)
  expect(await login.ended).toMatchObject({
    code: 0,
    out: `signed in to ${plane.url} as ada@corp.example (sre); context "default"`,
  })
  const kept = JSON.parse(await readFile(file, 'utf8')) as { contexts: { default: { token: string } } } // what login writes
  expect(kept.contexts.default.token).toMatch(/^sts_/)
  const run = (...argv: string[]) => start(argv, { env }).ended
  expect((await run('whoami')).out).toMatch(/^session: +until \d{4}-/m)
  expect((await run('sessions', 'list', '--state', 'live')).out).toMatch(/ada@corp\.example +cli +live/)
  expect((await run('operators', 'list')).code).toBe(3)
  expect(await run('logout')).toMatchObject({ code: 0, err: '' })
  const [session] = await plane.rows('select ended_by from operator_sessions')
  expect(session).toEqual({ ended_by: 'sign-out' })
})

test('a plane without identity provider says so; how to sign in must be said', async () => {
  const other = await servedPlane()
  try {
    const env = { STEWARD_CONFIG: path.join(other.folder, 'none.json') }
    const refused = await start(['login', '--sso', '--url', other.url], { env }).ended
    expect(refused).toMatchObject({ code: 4, err: expect.stringContaining('(sign-in.not-configured)') })
    const unsaid = await start(['login', '--url', other.url], { env }).ended
    expect(unsaid).toMatchObject({ code: 2, err: expect.stringContaining('--sso') })
  } finally {
    await other.close()
  }
})

test('operators, tokens, sessions and the model on the command line', async () => {
  const ran = async (line: string, code = 0) => {
    const { code: was, out, err } = await plane.as(line)
    expect([was, err], line).toEqual([code, code === 0 ? '' : err])
    return code === 0 ? out : err
  }
  expect(await ran('operators create robot --role viewer')).toMatch(
    /^robot is a viewer; let it in: steward tokens create/,
  )
  expect(await ran('operators list --name rob --state enabled')).toMatch(/^robot +viewer +enabled +by tokens/m)
  const file = path.join(plane.folder, 'robot-token')
  expect(
    await ran(`tokens create ci --operator robot --verbs plans:read,tenants:read --expires-in 12h --to-file ${file}`),
  ).toContain(file)
  expect(await ran(`tokens create other --operator robot --to-file ${file}`, 2)).toContain('does not exist yet')
  const token = (await readFile(file, 'utf8')).trim()
  expect((await plane.as('whoami', { token })).out).toMatch(/^may: +plans:read tenants:read$/m)
  expect((await plane.as('cells list', { token })).code).toBe(3)
  const [listed] = JSON.parse(await ran('tokens list --operator robot --state live -o json')) as { id: string }[] // tokens of the plane
  expect(await ran('tokens create shown --operator robot')).toMatch(
    /^stw_\S{43}\nThis is the token "shown" of robot until /,
  )
  expect(await ran(`tokens revoke ${listed?.id}`)).toBe('the token "ci" of robot is revoked')
  expect(await ran('operators set-role robot sre')).toBe('robot is a sre now')
  expect(await ran('operators disable robot --if-match 9', 5)).toContain('generation.stale')
  expect(await ran('operators disable robot')).toBe('robot is disabled')
  expect(await ran('operators get robot')).toMatch(/^state: +disabled$/m)
  expect(await ran('operators enable robot')).toBe('robot is enabled')
  expect(await ran('access explain')).toMatch(/^tenants:create +yes +yes +- +- +- +Create a tenant$/m)
  expect(await ran('access explain --role viewer')).not.toContain('tenants:create')
  expect(await ran('access explain --verb tenants:create')).toMatch(/^tenants:create /m)
  expect(await ran('access explain --role emperor', 2)).toContain('there is no role emperor: administrator, ')
  const [{ id } = { id: '' }] = JSON.parse(await ran('operators list --name robot -o json')) as { id: string }[] // operators of the plane
  const { sessionId } = await plane.session(id)
  expect(await ran(`sessions revoke ${sessionId}`)).toBe('the session of robot has ended')
})
