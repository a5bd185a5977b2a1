import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { findPortBase } from '../../stacks/local/ports.ts'
import { commandsOf, ROOT } from '../support/documents.ts'
import { estateHome } from '../support/estate.ts'
import { withOwnParts } from '../support/own-parts.ts'
import { until } from '../support/postgres.ts'

/** The commands of the README take three minutes beside others. */
vi.setConfig({ testTimeout: 600_000 })

const run = promisify(execFile)
/** How the README starts an estate, with or without settings before it. */
const isStart = (command: string): boolean => command.endsWith('npm start')
/** The settings that it starts one with: products that are not the plane's own. */
async function settingsOf(document: string): Promise<Record<string, string>> {
  const starts = (await commandsOf(document)).filter(isStart).join(' ')
  return Object.fromEntries(
    [...starts.matchAll(/\b(STEWARD_[A-Z]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      value.replaceAll('$PWD', ROOT),
    ]),
  )
}
let home: string
let env: NodeJS.ProcessEnv
let base: number

beforeAll(async () => {
  home = await estateHome()
  base = await findPortBase()
  env = {
    ...withOwnParts(),
    ...(await settingsOf('README.md')),
    STEWARD_HOME: home,
    STEWARD_PORT_BASE: String(base),
    STEWARD_CONFIG: path.join(home, 'contexts.json'),
  }
})
afterAll(async () => {
  await run('npm', ['run', '-s', 'estate', '--', 'down'], { cwd: ROOT, env })
  await rm(home, { recursive: true, force: true })
})

/** `npm start` in a terminal: resolves once it says that it is ready. */
async function startInForeground(): Promise<{
  child: ChildProcess
  said: () => string
  interrupt: () => Promise<string>
}> {
  let text = ''
  const child = spawn('npm', ['start'], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const ended = new Promise<string>((resolve) => child.once('close', () => resolve(text))) // every process of it let go of the pipes
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`npm start ended: ${text}`)
    if (!text.includes('Steward is ready')) throw new Error(`npm start is not ready: ${text}`)
  }, 120)
  const interrupt = async () => {
    process.kill(-(child.pid ?? 0), 'SIGINT') // a terminal's Ctrl-C reaches the whole group
    return ended
  }
  return { child, said: () => text, interrupt }
}

/** Processes of this machine that mention the home in their command line or environment. */
async function processesOfHome(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
  const texts = await Promise.all(
    pids.map(async (pid) =>
      (
        await Promise.all(
          ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
        )
      ).join(' '),
    ),
  )
  return texts.filter((text) => text.includes(home)).map((text) => text.slice(0, 120).replaceAll('\0', ' '))
}

/** The documents name the default ports; here the estate has others. */
const here = (command: string): string => command.replaceAll('7400', String(base)).replaceAll('7401', String(base + 1))
const shell = (command: string) =>
  run('bash', ['-euo', 'pipefail', '-c', here(command)], { cwd: ROOT, env, maxBuffer: 16 * 1024 * 1024 })

test('the demo tells its whole story and leaves nothing running', async () => {
  expect(await commandsOf('README.md')).toEqual(expect.arrayContaining(['npm ci', 'npm run demo', 'npm start']))
  const { stdout } = await shell('npm run demo')
  expect(stdout).toContain('Timings')
  expect(stdout).toContain('globex -> 404')
  expect(stdout).toMatch(/GET http:\/\/acme\.localhost:\d+\/whoami/)
  await expect(shell('npm run demo -- --kept')).rejects.toMatchObject({ stderr: expect.stringContaining('--kept') })
})

test('every command of the README works, Ctrl-C leaves no process, and the next start resumes the state', async () => {
  const commands = (await commandsOf('README.md')).filter(
    (command) => !['npm ci', 'npm run demo'].includes(command) && !isStart(command),
  )
  const first = await startInForeground()
  expect(first.said()).toContain('npm run -s steward -- login --url')
  for (const command of commands)
    await shell(command).catch((error: Error & { stderr?: string }) =>
      expect.fail(`${command}\n${error.stderr ?? error.message}`),
    )
  await shell('npm run -s steward -- tenants create stays --plan starter-shared --wait')
  expect(await first.interrupt()).toContain('nothing is left running')
  expect(await processesOfHome()).toEqual([])

  const second = await startInForeground()
  const { stdout } = await shell('npm run -s steward -- tenants list -o json')
  expect((JSON.parse(stdout) as { slug: string; state: string }[]).map(({ slug, state }) => ({ slug, state }))).toEqual(
    [
      { slug: 'stays', state: 'active' }, // the newest first
      { slug: 'initech', state: 'active' },
    ],
  )
  await until(async () => {
    await shell('curl -fsS http://stays.localhost:7401/whoami')
  })
  const done = new Set<string>() // the runbooks of alerts look at the same things
  for (const runbook of await runbooks()) {
    for (const command of (await commandsOf(runbook)).filter((one) => !done.has(one) && done.add(one)))
      await shell(command).catch((error: Error & { stderr?: string }) =>
        expect.fail(`${runbook}: ${command}\n${error.stderr ?? error.message}`),
      )
  }
  expect(await second.interrupt()).toContain('nothing is left running')
  expect(await processesOfHome()).toEqual([])
})

const runbooks = async (): Promise<string[]> =>
  (await readdir(path.join(ROOT, 'runbooks'), { recursive: true }))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `runbooks/${name}`)
