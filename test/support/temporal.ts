import { spawn } from 'node:child_process'
import { access, mkdtemp, readdir, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { Connection } from '@temporalio/client'
import { freePort, until } from './postgres.ts'

/** The namespace of every test; test files keep apart by their task queues. */
export const TEST_NAMESPACE = 'steward'

/** What the server's defaults cost per hop, and how to lift it: the same settings as the estate's server. */
const DYNAMIC = [
  'history.transferProcessorMaxPollRPS=1000',
  'history.timerProcessorMaxPollRPS=1000',
  'system.enableActivityEagerExecution=true',
  'system.enableEagerWorkflowStart=true',
  'history.timerProcessorMaxTimeShift="10ms"', // retries wait what they say, not up to a second more
]

export type TestTemporal = { address: string; stop: () => Promise<void> }

/** A throw-away Temporal dev server on loopback, in memory. */
export async function startTestTemporal(): Promise<TestTemporal> {
  const cli = await temporalCli()
  const home = await mkdtemp(path.join(tmpdir(), 'steward-temporal-'))
  const [port, http, metrics] = [await freePort(), await freePort(), await freePort()]
  const flags = [
    '--headless',
    '--ip',
    '127.0.0.1',
    '--port',
    `${port}`,
    '--http-port',
    `${http}`,
    '--metrics-port',
    `${metrics}`,
  ]
  const dynamic = DYNAMIC.flatMap((setting) => ['--dynamic-config-value', setting])
  const server = spawn(
    cli,
    ['server', 'start-dev', ...flags, '--namespace', TEST_NAMESPACE, '--log-level', 'error', ...dynamic],
    {
      stdio: 'ignore',
      env: { PATH: process.env['PATH'], HOME: home },
    },
  )
  const address = `127.0.0.1:${port}`
  await until(async () => {
    const connection = await Connection.connect({ address, connectTimeout: 1_000 })
    try {
      await connection.workflowService.describeNamespace({ namespace: TEST_NAMESPACE })
    } finally {
      await connection.close()
    }
  })
  const stop = async () => {
    const gone = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGKILL')
    await gone
    await rm(home, { recursive: true, force: true })
  }
  return { address, stop }
}

/** The pinned CLI: named by STEWARD_TEMPORAL_CLI, built by the estate into its cache, or on PATH. */
export async function temporalCli(): Promise<string> {
  const cache =
    process.env['STEWARD_CACHE'] ??
    path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'steward')
  const parts = await readdir(path.join(cache, 'toolchain')).catch(() => [])
  const candidates = [
    process.env['STEWARD_TEMPORAL_CLI'],
    ...parts
      .filter((part) => part.startsWith('temporal-'))
      .map((part) => path.join(cache, 'toolchain', part, 'bin', 'temporal')),
    ...(process.env['PATH'] ?? '').split(path.delimiter).map((folder) => path.join(folder, 'temporal')),
  ]
  for (const candidate of candidates) {
    if (
      candidate &&
      (await access(candidate).then(
        () => true,
        () => false,
      ))
    )
      return candidate
  }
  throw new Error('no Temporal CLI: run `npm run estate -- doctor`, or name one in STEWARD_TEMPORAL_CLI')
}
