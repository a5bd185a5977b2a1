import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { chooseContext, contextsFile, planeUrl, readContexts, usableToken, writeContexts } from './contexts.ts'
import { EXIT } from './failure.ts'

let folder: string
let file: string
let env: Record<string, string>
beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'steward-contexts-'))))
afterAll(() => rm(folder, { recursive: true }))
beforeEach(async () => {
  file = path.join(await mkdtemp(path.join(folder, 'one-')), 'deep', 'contexts.json')
  env = { STEWARD_CONFIG: file }
})

const ADA = { url: 'http://127.0.0.1:7400', token: 'stw_secret' }
const usage = { exitCode: EXIT.usage }

test('the file is where the environment says; what is set to nothing is not set', () => {
  expect(contextsFile({ STEWARD_CONFIG: '/a/b.json', XDG_CONFIG_HOME: '/x', HOME: '/h' })).toBe('/a/b.json')
  expect(contextsFile({ STEWARD_CONFIG: '', XDG_CONFIG_HOME: '/x' })).toBe('/x/steward/contexts.json')
  expect(contextsFile({ XDG_CONFIG_HOME: '', HOME: '/h' })).toBe('/h/.config/steward/contexts.json')
})

test('contexts are kept for their owner alone, whatever was there before', async () => {
  expect(await readContexts(env)).toEqual({ current: null, contexts: {} })
  await writeContexts(env, { current: 'ada', contexts: { ada: ADA } })
  expect(await readContexts(env)).toEqual({ current: 'ada', contexts: { ada: ADA } })
  expect([(await stat(file)).mode & 0o777, (await stat(path.dirname(file))).mode & 0o777]).toEqual([0o600, 0o700])
  await chmod(file, 0o644)
  await writeContexts(env, { current: null, contexts: {} })
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readdir(path.dirname(file))).toEqual(['contexts.json'])
})

test.each([
  '{"current":',
  '',
  '[]',
  'null',
  '{"current":1,"contexts":{}}',
  '{"current":null,"contexts":{"a":{"url":"x"}}}',
])('a file that holds %j is refused by name, and stays as it is', async (text) => {
  await writeContexts(env, { current: null, contexts: {} })
  await writeFile(file, text)
  await expect(readContexts(env)).rejects.toMatchObject({ ...usage, message: expect.stringContaining(file) })
  expect(await readFile(file, 'utf8')).toBe(text)
})

test('a place that cannot be read or written is named', async () => {
  const inside = { STEWARD_CONFIG: path.join(file, 'x', 'contexts.json') }
  await writeContexts(env, { current: null, contexts: {} })
  await expect(readContexts(inside)).rejects.toMatchObject({ ...usage, message: expect.stringContaining('ENOTDIR') })
  await expect(writeContexts(inside, { current: null, contexts: {} })).rejects.toMatchObject({ exitCode: EXIT.other })
})

test('the context asked for goes before the environment, the environment before the current one', async () => {
  const other = { url: 'http://127.0.0.1:7500', token: 'stw_other' }
  await writeContexts(env, { current: 'ada', contexts: { ada: ADA, other } })
  const scripted = { ...env, STEWARD_URL: 'http://127.0.0.1:9/', STEWARD_TOKEN: 'stw_script\n' }
  expect(await chooseContext(env, undefined)).toEqual(ADA)
  expect(await chooseContext(env, 'other')).toEqual(other)
  expect(await chooseContext(scripted, undefined)).toEqual({ url: 'http://127.0.0.1:9', token: 'stw_script' })
  expect(await chooseContext(scripted, 'other')).toEqual(other)
})

test('no token is ever sent to another plane than its own', async () => {
  await writeContexts(env, { current: 'ada', contexts: { ada: ADA } })
  for (const half of [{ STEWARD_URL: 'http://127.0.0.1:9' }, { STEWARD_TOKEN: 'stw_x' }])
    await expect(chooseContext({ ...env, ...half }, undefined)).rejects.toMatchObject(usage)
})

test('no context, and one that there is not, say what to do', async () => {
  await expect(chooseContext(env, undefined)).rejects.toMatchObject({
    message: expect.stringContaining('steward login'),
  })
  await writeContexts(env, { current: null, contexts: { ada: ADA } })
  await expect(chooseContext(env, undefined)).rejects.toMatchObject({
    message: expect.stringContaining('contexts use'),
  })
  for (const name of ['eve', 'constructor', '__proto__', ''])
    await expect(chooseContext(env, name)).rejects.toMatchObject({
      ...usage,
      message: expect.stringContaining('there are ada'),
    })
})

test.each([
  ['HTTP://Example.com/steward/', 'http://example.com/steward'],
  ['https://plane.example', 'https://plane.example'],
])('the address %s is kept as %s', (text, kept) => {
  expect(planeUrl(text)).toBe(kept)
})

test.each(['127.0.0.1:7400', 'localhost:7400', 'ftp://x', '', 'http://x?y=1', 'http://x#y'])(
  '%j is no address',
  (text) => {
    expect(() => planeUrl(text)).toThrow('is not an address of a plane')
  },
)

test('an address with a login is refused without repeating it', () => {
  expect(() => planeUrl('http://ada:hunter2@plane')).toThrow(/^the address must not hold a login/)
})

test.each(['', ' \n', 'stw_a stw_b', 'stw_a\nstw_b', 'stw_ä', 'stw_\u0000'])(
  '%j is no token, and is not repeated',
  (text) => {
    expect(() => usableToken(text, 'the file')).toThrow(/^the file (is empty|holds something else)/)
    expect(usableToken('  stw_ok\n', 'the file')).toBe('stw_ok')
  },
)
