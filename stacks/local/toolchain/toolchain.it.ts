import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { obtainToolchain } from './obtain.ts'
import type { Part } from './parts.ts'
import type { ToolchainEvent } from './progress.ts'

const MODULE = 'steward.local/hello'
const hello: Part = {
  name: 'helm',
  version: '9.9.9',
  tools: [{ name: 'hello', package: MODULE, versionArgs: ['--version'], version: /^hello 9\.9\.9$/m }],
  usualSeconds: 1,
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-toolchain-'))
  await mkdir(join(folder, 'recipes', hello.name), { recursive: true })
  const write = (name: string, text: string) => writeFile(join(folder, 'recipes', hello.name, name), text)
  await write('go.mod', `module ${MODULE}\n\ngo 1.25.0\n`)
  await write('go.sum', '')
  await write('main.go', 'package main\n\nfunc main() { println("hello 9.9.9") }\n')
  return () => rm(folder, { recursive: true, force: true })
})

function obtain(options: { signal?: AbortSignal; path?: string; onEvent?: (event: ToolchainEvent) => void } = {}) {
  const events: ToolchainEvent[] = []
  const toolchain = obtainToolchain({
    cache: join(folder, 'cache'),
    env: { ...process.env, PATH: options.path ?? process.env['PATH'] },
    signal: options.signal ?? new AbortController().signal,
    recipes: join(folder, 'recipes'),
    parts: [hello],
    onEvent: (event) => {
      events.push(event)
      options.onEvent?.(event)
    },
  })
  return { ...toolchain, events, states: () => events.map(({ state }) => state) }
}
const cached = () => readdir(join(folder, 'cache', 'toolchain')).catch(() => [])

test('a part is built once and then found in the cache', async () => {
  const first = obtain()
  const path = await first.tool('hello')
  await first.done
  expect(first.states()).toEqual(['building', 'built'])
  const second = obtain()
  expect(await second.tool('hello')).toBe(path)
  expect(second.states()).toEqual(['cached'])
  await expect(second.tool('goodbye')).rejects.toThrow('no goodbye')
})

test('two that build at once wait for each other and get one result', async () => {
  const both = [obtain(), obtain()]
  const paths = await Promise.all(both.map(({ tool }) => tool('hello')))
  expect(new Set(paths).size).toBe(1)
  expect(both.flatMap(({ states }) => states())).toContain('waiting')
  expect(await cached()).toHaveLength(1)
})

test('an interrupted build leaves nothing that counts, and the next one cleans up and succeeds', async () => {
  const abort = new AbortController()
  const broken = obtain({
    signal: abort.signal,
    onEvent: ({ state }) => state === 'building' && abort.abort(new Error('pulled the plug')),
  })
  await expect(broken.done).rejects.toThrow('pulled the plug')
  const [name] = (await cached()).length > 0 ? await cached() : ['']
  expect(name === '' || name?.includes('.building-')).toBe(true)

  const complete = await obtain().tool('hello')
  // What a killed builder leaves: half a folder under its temporary name.
  const final = join(complete, '..', '..')
  await mkdir(`${final}.building-dead`, { recursive: true })
  await rm(final, { recursive: true })
  expect(await obtain().tool('hello')).toBe(complete)
  expect((await cached()).filter((entry) => entry.includes('.building-'))).toEqual([])
})

test('the right version on PATH is used, a wrong one is not', async () => {
  const bin = join(folder, 'bin')
  await mkdir(bin)
  const install = (version: string) =>
    writeFile(join(bin, 'hello'), `#!/bin/sh\necho hello ${version}\n`, { mode: 0o755 })
  const path = `${bin}:${process.env['PATH']}`
  await install('9.9.9')
  const found = obtain({ path })
  expect(await found.tool('hello')).toBe(join(bin, 'hello'))
  expect(found.states()).toEqual(['found'])
  await install('9.9.8')
  expect(await obtain({ path }).tool('hello')).not.toBe(join(bin, 'hello'))
})

test('without Go the missing part is told with how to get Go', async () => {
  const fails = obtain({ path: '/nonexistent' })
  await expect(fails.tool('hello')).rejects.toEqual(
    expect.objectContaining({ code: 'toolchain.go-missing', message: expect.stringContaining('go.dev/dl') }),
  )
  await expect(fails.done).rejects.toThrow('Go 1.26')
})

test('a build that fails says what the compiler said', async () => {
  await writeFile(join(folder, 'recipes', hello.name, 'main.go'), 'package main\n\nfunc main() { nonsense() }\n')
  const fails = obtain()
  await expect(fails.done).rejects.toEqual(
    expect.objectContaining({
      code: 'toolchain.build-failed',
      message: expect.stringContaining('undefined: nonsense'),
    }),
  )
  expect(await readFile(join(folder, 'recipes', hello.name, 'go.mod'), 'utf8')).toContain(MODULE)
})
