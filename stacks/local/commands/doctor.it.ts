import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findPortBase, portsFrom } from '../ports.ts'

const MAIN = path.join(import.meta.dirname, 'main.ts')
let folder: string
let base: number

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'steward-doctor-'))
  base = await findPortBase()
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** The command as a person runs it: what it prints and how it exits. */
const doctor = (env: NodeJS.ProcessEnv = {}) =>
  new Promise<{ code: number; said: string }>((resolve) => {
    const args = [MAIN, 'doctor', '--home', path.join(folder, 'home'), '--port-base', String(base)]
    const child = execFile(process.execPath, args, { env: { ...process.env, ...env } }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, said: stdout + stderr }),
    )
  })

test('a machine that has everything is told so', async () => {
  const { code, said } = await doctor()
  expect(said).toContain(`ports: ${base} to ${base + 19} are free`)
  expect({ code, said }).toMatchObject({ code: 0, said: expect.not.stringContaining('MISSING') as string })
})

test('where the toolchain has to be built, a missing Go is named with how to get it', async () => {
  const { code, said } = await doctor({ STEWARD_CACHE: path.join(folder, 'cache'), PATH: '/nowhere' })
  expect(code).toBe(1)
  expect(said).toMatch(/MISSING {2}Go: none\n +→ .*1\.26/)
  expect(said).toContain('to be built at the first start')
  expect(said).toMatch(/ok {7}Python with venv .*: none: .*venv/) // no estate needs it
})

test('a port in use is named with what to do', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(portsFrom(base).api, '127.0.0.1', resolve))
  try {
    const { code, said } = await doctor()
    expect(code).toBe(1)
    expect(said).toMatch(new RegExp(`MISSING {2}ports: in use\\n +→ .*${base}`))
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
})
