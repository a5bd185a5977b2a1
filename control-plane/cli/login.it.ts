import { readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run, servedPlane, type Ran, type ServedPlane } from '../../test/support/cli.ts'

let plane: ServedPlane
let env: Record<string, string>
let tokenFile: string
const seen: Ran[] = []
beforeAll(async () => {
  plane = await servedPlane()
  env = { STEWARD_CONFIG: path.join(plane.folder, 'config', 'contexts.json') }
  tokenFile = path.join(plane.folder, 'token')
  await writeFile(tokenFile, `${plane.token}\n`, { mode: 0o600 })
})
afterAll(() => plane.close())

const steward = async (argv: string[], input = ''): Promise<Ran> => {
  const ran = await run(argv, { env, input })
  seen.push(ran)
  return ran
}
const kept = async () => JSON.parse(await readFile(env['STEWARD_CONFIG'] ?? '', 'utf8')) as unknown
const ok = (out: unknown) => ({ code: 0, out, err: '' })

test('login checks the token of a file or of standard input and keeps it for its owner alone', async () => {
  const first = await steward(['login', '--url', `${plane.url}/`, '--token-file', tokenFile])
  expect(first).toMatchObject(
    ok(
      expect.stringMatching(
        new RegExp(`^signed in to ${plane.url} as administrator-.* \\(administrator\\); context "default"$`),
      ),
    ),
  )
  expect((await stat(env['STEWARD_CONFIG'] ?? '')).mode & 0o777).toBe(0o600)
  const viewer = await plane.login('viewer', { name: 'Vera' })
  const second = await steward(
    ['login', '--url', plane.url, '--token-file', '-', '--as', 'vera', '-o', 'json'],
    `${viewer.token}\n`,
  )
  expect(JSON.parse(second.out)).toEqual({ context: 'vera', url: plane.url, name: 'Vera', role: 'viewer' })
  expect(await kept()).toEqual({
    current: 'vera',
    contexts: { default: { url: plane.url, token: plane.token }, vera: { url: plane.url, token: viewer.token } },
  })
})

test('whoami, as each of them', async () => {
  expect((await steward(['whoami'])).out).toMatch(/^name: +Vera$/m)
  const { out } = await steward(['whoami', '-c', 'default', '-o', 'json'])
  expect(JSON.parse(out)).toMatchObject({ role: 'administrator' })
  expect((await steward(['--context', 'default', 'whoami'])).out).toMatch(new RegExp(`^plane: +${plane.url}$`, 'm'))
})

test('contexts are listed without their tokens, chosen and forgotten', async () => {
  expect(await steward(['contexts', 'list'])).toMatchObject(
    ok(`   NAME     URL\n   default  ${plane.url}\n*  vera     ${plane.url}`),
  )
  expect(JSON.parse((await steward(['contexts', 'list', '-o', 'json'])).out)).toEqual([
    { name: 'default', url: plane.url, current: false },
    { name: 'vera', url: plane.url, current: true },
  ])
  expect(await steward(['contexts', 'use', 'default'])).toMatchObject(ok(`using "default" (${plane.url})`))
  expect((await steward(['whoami'])).out).toMatch(/^role: +administrator$/m)
  expect(await steward(['contexts', 'use', 'eve'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('there are default, vera'),
  })
  expect(await steward(['logout', 'vera'])).toMatchObject(ok('forgot "vera"'))
  expect(await steward(['logout', 'vera'])).toMatchObject({ code: 2 })
  expect(JSON.parse((await steward(['logout', '-o', 'json'])).out)).toEqual({ forgot: 'default', current: null })
  expect(await kept()).toEqual({ current: null, contexts: {} })
  expect(await steward(['logout'])).toMatchObject({ code: 2, err: expect.stringContaining('no current context') })
  expect(await steward(['whoami'])).toMatchObject({ code: 2, err: expect.stringContaining('steward login') })
})

test('a login that does not succeed keeps nothing', async () => {
  const before = await kept()
  const wrong = path.join(plane.folder, 'wrong')
  await writeFile(wrong, `${plane.token.slice(0, -4)}AAAA`)
  const at = (url: string, file: string, input = '') => steward(['login', '--url', url, '--token-file', file], input)
  expect(await at(plane.url, wrong)).toMatchObject({ code: 3, err: expect.stringContaining('access.unauthenticated') })
  expect(await at(plane.url, path.join(plane.folder, 'missing'))).toMatchObject({
    code: 2,
    err: expect.stringContaining('ENOENT'),
  })
  expect(await at(plane.url, plane.folder)).toMatchObject({ code: 2, err: expect.stringContaining('EISDIR') })
  expect(await at(plane.url, '-')).toMatchObject({ code: 2, err: expect.stringContaining('standard input is empty') })
  expect(await at(plane.url, '-', `${plane.token}\n${plane.token}`)).toMatchObject({
    code: 2,
    err: expect.stringContaining('one line'),
  })
  expect(await at(plane.url, '-', `${plane.token}ü`)).toMatchObject({ code: 2 })
  expect(await at('plane.example', tokenFile)).toMatchObject({
    code: 2,
    err: expect.stringContaining('is not an address'),
  })
  expect(await at('http://127.0.0.1:1', tokenFile)).toMatchObject({
    code: 6,
    err: expect.stringContaining('http://127.0.0.1:1'),
  })
  expect(await steward(['login', '--url', plane.url, '--token-file', tokenFile, '--as', 'a b'])).toMatchObject({
    code: 2,
  })
  expect(await kept()).toEqual(before)
})

test('no token was printed in all of this', async () => {
  expect(seen.length).toBeGreaterThan(20)
  expect(JSON.stringify(seen)).not.toContain('stw_')
})
