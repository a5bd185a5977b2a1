import { spawn, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { emptyDatabase, testDatabase, type TestDatabase } from '../test/support/database.ts'
import { until } from '../test/support/postgres.ts'
import { systemClock } from './platform/clock.ts'
import { openDatabase } from './platform/database.ts'
import { sealingKey } from './platform/sealing.ts'
import { createSigning } from './platform/signing.ts'

let database: TestDatabase
let started: ChildProcess[] = []
beforeAll(async () => void (database = await testDatabase()))
afterEach(() => {
  for (const child of started) child.kill('SIGKILL')
  started = []
})
afterAll(() => database.drop())

const SEALING_KEY = randomBytes(32).toString('base64url')
/** Nothing listens on port 1: Temporal is away. */
const settings = () => ({
  DATABASE_URL: database.url('steward_operator'),
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  STEWARD_PORT: '0',
  STEWARD_SEALING_KEY: SEALING_KEY,
})

/** The flag that the estate and the chart's users start it with (stacks/local/servers/programs.ts): the memory bar is for that. */
const AS_STARTED = '--max-semi-space-size=8'

type Run = { child: ChildProcess; output: () => string; exit: Promise<number | null> }
function start(env: Record<string, string>): Run {
  const child = spawn(process.execPath, [AS_STARTED, 'control-plane/main.ts'], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  started.push(child)
  return { child, output: () => output, exit: new Promise((resolve) => child.once('exit', resolve)) }
}
const ready = async (run: Run): Promise<string> =>
  until(async () => {
    const url = /"url":"(http[^"]+)"/.exec(run.output())?.[1]
    if (url === undefined) throw new Error(`not up yet: ${run.output()}`)
    return url
  })

test('the API serves, says which part is away, keeps below 200 MB and stops cleanly when told', async () => {
  const run = start(settings())
  const url = await ready(run)
  expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'alive' })
  const readiness = await fetch(`${url}/readyz`)
  expect([readiness.status, await readiness.json()]).toEqual([
    503,
    {
      status: 'not-ready',
      checks: [
        { name: 'database', ok: true },
        { name: 'temporal', ok: false, message: 'does not answer' },
      ],
    },
  ])
  expect((await fetch(`${url}/v1/plans`)).status).toBe(401)
  expect((await fetch(`${url}/docs/`)).status).toBe(200)
  const metrics = await (await fetch(`${url}/metrics`)).text()
  expect(metrics).toContain(
    'http_server_request_duration_seconds_count{http_request_method="GET",http_route="/v1/plans",http_response_status_code="401"} 1',
  )
  for (const name of [
    'nodejs_event_loop_lag_max_seconds',
    'process_resident_memory_bytes',
    'steward_database_connections{pool="operator",state="used"}',
    'steward_outbox_lag_seconds 0',
    'steward_operations_ended_total{kind="tenant.provision",outcome="failed"} 0',
    'steward_loop_failures_total{loop="promoter"} 0',
  ])
    expect(metrics).toContain(name)
  expect(metrics).not.toMatch(/[{,][a-z_]*tenant[a-z_]*=/i)
  const status = await readFile(`/proc/${run.child.pid}/status`, 'utf8')
  expect(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1])).toBeLessThan(200 * 1024)
  run.child.kill('SIGTERM')
  expect(await run.exit).toBe(0)
  expect(run.output()).not.toContain(new URL(database.url()).password)
})

test('all faults of the configuration end it at once with their names', async () => {
  const run = start({ STEWARD_PORT: 'high', STEWARD_LOG_LEVEL: 'loud' })
  expect(await run.exit).toBe(2)
  for (const name of ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'STEWARD_SEALING_KEY', 'STEWARD_PORT', 'STEWARD_LOG_LEVEL'])
    expect(run.output()).toContain(name)
})

test('a port in use, a database that was never migrated, a wrong login and one that is away are named', async () => {
  const holder = createServer()
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
  const address = holder.address()
  const port = typeof address === 'object' && address ? String(address.port) : ''
  const empty = await emptyDatabase()
  const wrong = new URL(database.url('steward_operator'))
  wrong.password = 'hunter2'
  try {
    const runs = [
      start({ ...settings(), STEWARD_PORT: port }),
      start({ ...settings(), DATABASE_URL: empty.url() }),
      start({ ...settings(), DATABASE_URL: wrong.href }),
      start({ ...settings(), DATABASE_URL: 'postgres://steward_operator:hunter2@127.0.0.1:1/steward' }),
    ]
    expect(await Promise.all(runs.map(({ exit }) => exit))).toEqual([1, 1, 1, 1])
    const said = runs.map(({ output }) => output())
    expect(said[0]).toContain(`port ${port} of 127.0.0.1 is in use`)
    expect(said[1]).toMatch(/lacks migrations \(0001_first_tenants.*\): run node control-plane\/database\/migrate\.ts/)
    expect(said[2]).toContain('the database refuses the login')
    expect(said[3]).toContain('nothing listens at 127.0.0.1:1')
    expect(said.join()).not.toContain('hunter2')
  } finally {
    await new Promise((resolve) => holder.close(resolve))
    await empty.drop()
  }
})

test('a sealing key that does not open the signing keys is refused with the way on', async () => {
  const signing = createSigning({ key: sealingKey(SEALING_KEY), clock: systemClock })
  const operator = openDatabase({ url: database.url('steward_operator'), applicationName: 'test' })
  await operator.transaction((tx) => signing.sign(tx, 'audit', Buffer.from('x')))
  await operator.close()
  const other = randomBytes(32).toString('base64url')
  const run = start({ ...settings(), STEWARD_SEALING_KEY: other })
  expect(await run.exit).toBe(1)
  expect(run.output()).toContain('STEWARD_SEALING_KEY does not open the signing key for audit')
  expect(run.output()).toContain('rotate-signing-keys')
  expect(run.output()).not.toContain(other)
})
