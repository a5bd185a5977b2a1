import { spawn, type ChildProcess } from 'node:child_process'
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { servedPlane, type ServedPlane } from '../../test/support/cli.ts'
import { screenAfter } from '../../test/support/terminal.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const LAUNCHER = path.join(import.meta.dirname, 'steward.mjs')
/** The PATH of a login shell: whatever Node the machine has, not the one that Steward brings. */
const PATH = (process.env['PATH'] ?? '')
  .split(':')
  .filter((entry) => !entry.endsWith('node_modules/.bin'))
  .join(':')

let plane: ServedPlane
let env: Record<string, string>
let children: ChildProcess[] = []
beforeAll(async () => {
  plane = await servedPlane()
  const home = {
    PATH,
    HOME: plane.folder,
    npm_config_cache: path.join(plane.folder, 'npm'),
    npm_config_offline: 'true',
  }
  env = { ...home, STEWARD_URL: plane.url, STEWARD_TOKEN: plane.token }
})
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children = []
})
afterAll(() => plane.close())

type Launched = {
  child: ChildProcess
  output: () => string
  ended: Promise<{ code: number | null; signal: string | null; out: string; err: string }>
}
function launch(command: string, args: readonly string[], { cwd = ROOT, input = '', variables = env } = {}): Launched {
  const child = spawn(command, args, { cwd, env: variables })
  children.push(child)
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  if (input !== '') child.stdin.end(input)
  const ended = new Promise<{ code: number | null; signal: string | null; out: string; err: string }>(
    (resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve({ code, signal, out, err }))
    },
  )
  return { child, output: () => out + err, ended }
}

test('npm run steward, as the README has it', async () => {
  const help = await launch('npm', ['run', '-s', 'steward', '--', '--help']).ended
  expect(help).toMatchObject({ code: 0, err: '' })
  expect(help.out).toMatch(/^Usage: steward \[options\] \[command\]/)
  expect(await launch('npm', ['run', '-s', 'steward', '--', 'tenants', 'get', 'nobody']).ended).toMatchObject({
    code: 4,
    out: '',
  })
})

test('npx steward from the folder of the project', async () => {
  const { code, out } = await launch('npx', ['steward', 'whoami', '-o', 'json']).ended
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ role: 'administrator' })
})

test('a link to it works from anywhere, whatever Node the machine has, and passes exit codes on', async () => {
  const link = path.join(plane.folder, 'steward')
  await symlink(LAUNCHER, link)
  const elsewhere = { cwd: plane.folder }
  expect(await launch(link, ['whoami'], elsewhere).ended).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringMatching(/^role: +administrator$/m),
  })
  expect(await launch(link, ['tenants', 'get', 'nobody'], elsewhere).ended).toMatchObject({ code: 4 })
  expect(await launch(link, ['frobnicate'], elsewhere).ended).toMatchObject({ code: 2 })
  const variables = { ...env, STEWARD_URL: 'http://127.0.0.1:1' }
  expect(await launch(link, ['whoami'], { ...elsewhere, variables }).ended).toMatchObject({ code: 6 })
})

test('a reader that has read enough is no failure', async () => {
  await plane.rows(
    `insert into regions (name, target, domain, settings)
     select 'more-' || n, target, domain, settings from regions, generate_series(1, 3000) n where name = 'local-2'`,
  )
  const script = 'set -o pipefail; "$0" regions list -o json | head -1'
  expect(await launch('bash', ['-c', script, LAUNCHER]).ended).toMatchObject({ code: 0, out: '[\n', err: '' })
})

/** Command lines of all processes of this machine. */
async function commandLines(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
}

test('a token that is read from standard input is in no command line and on no screen while it is used', async () => {
  let asked = 0
  const server = createServer(({ headers }) => {
    if (headers.authorization === `Bearer ${plane.token}`) asked += 1 // and never an answer
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const variables = { PATH, HOME: plane.folder }
  const login = launch(LAUNCHER, ['login', '--url', url, '--token-file', '-'], { input: `${plane.token}\n`, variables })
  await expect.poll(() => asked, { timeout: 20_000 }).toBe(1)
  const lines = await commandLines()
  expect(lines.filter((line) => line.includes(url)).length).toBeGreaterThan(0)
  expect(lines.filter((line) => line.includes(plane.token))).toEqual([])
  login.child.kill('SIGTERM')
  expect(await login.ended).toMatchObject({ code: null, signal: 'SIGTERM', out: '', err: '' })
  await expect
    .poll(async () => (await commandLines()).filter((line) => line.includes(url)), { timeout: 20_000 })
    .toEqual([])
  server.closeAllConnections()
  server.close()
})

test('on a real terminal, narrower than its lines, the steps are painted over and nothing is garbled', async () => {
  await plane.cell('main')
  const { slug } = await plane.customer('painter')
  const { out } = await plane.as(`tenants suspend ${slug} -o json`)
  const { operationId } = JSON.parse(out) as { operationId: string } // shape of Accepted
  const operation = {
    operationId,
    epoch: Number((await plane.rows('select epoch::int from operations where id = $1', [operationId]))[0]?.['epoch']),
  }
  const size = { columns: 36, rows: 8 }
  const file = path.join(plane.folder, 'watch.sh')
  await writeFile(
    file,
    `stty cols ${size.columns} rows ${size.rows}\necho before\nexec ${LAUNCHER} operations watch ${operationId}\n`,
  )
  const watching = launch('script', ['-qefc', `sh ${file}`, '/dev/null'], {
    variables: { ...env, TERM: 'xterm-256color' },
  })
  const screen = () => screenAfter(watching.output(), size)
  await expect.poll(() => screen()[1], { timeout: 20_000 }).toMatch(/^tenant\.suspend running: 0 of 2/)
  await plane.recorder.stepStarted({ ...operation, step: 'publish-tenant', attempt: 1, leaseMs: 60_000 })
  await expect.poll(() => screen()[2], { timeout: 20_000 }).toContain('… Publish')
  await plane.recorder.stepFinished({ ...operation, step: 'publish-tenant', attempt: 1 })
  await expect.poll(() => screen()[2], { timeout: 20_000 }).toContain('✓ Publish')
  await plane.recorder.close({ ...operation, outcome: 'succeeded' })
  expect((await watching.ended).code).toBe(0)
  expect(screen()).toEqual([
    'before',
    'tenant.suspend succeeded: 1 of 2 s…',
    '  ✓ Publish the suspension to ever…',
    '    Request its address until it i…',
    '',
  ])
})
