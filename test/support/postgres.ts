import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { pauseAfter } from './pause.ts'
import { databaseAccount } from '../../stacks/process/account.ts'
import { findPostgres } from '../../stacks/local/servers/postgres-binaries.ts'

const run = promisify(execFile)

export type TestServer = {
  /** URL of a login of the server for one database. */
  url: (database: string, role?: string) => string
  superuser: string
  /** Kills the postmaster (SIGKILL); its backends end by themselves. */
  kill: () => Promise<void>
  /** Starts it again on the same data and port. */
  restart: () => Promise<void>
  stop: () => Promise<void>
}

/** Logins of the plane as an estate makes them; tests share one password, the server listens on loopback and lives minutes. */
const PLANE_ROLES = ['steward_owner', 'steward_operator', 'steward_worker', 'steward_member'] as const

export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** A throw-away PostgreSQL server on loopback with the plane's logins; fast and careless about power cuts, unless `settings` say otherwise. */
export async function startTestServer(changed: Readonly<Record<string, string | number>> = {}): Promise<TestServer> {
  const { folder: bin } = await findPostgres(process.env, await readFile('/etc/os-release', 'utf8'))
  const as = await databaseAccount() // PostgreSQL refuses to run as root
  const home = await mkdtemp(path.join(tmpdir(), 'steward-pg-'))
  await chmod(home, 0o711)
  const data = path.join(home, 'data')
  await mkdir(data, { mode: 0o700 })
  const password = randomBytes(12).toString('hex')
  const passwordFile = path.join(home, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (as) await Promise.all([data, passwordFile].map((file) => chown(file, as.uid, as.gid)))
  await run(
    `${bin}/initdb`,
    ['-D', data, '-U', 'root', '-A', 'scram-sha-256', '--pwfile', passwordFile, '-N', '-E', 'UTF8', '--locale=C.UTF-8'],
    { ...as, cwd: home },
  )
  const port = await freePort()
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    full_page_writes: 'off',
    synchronous_commit: 'off',
    max_connections: 200,
    wal_level: 'logical',
    shared_buffers: '64MB',
    ...changed,
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const launch = () => spawn(`${bin}/postgres`, ['-D', data, ...flags], { ...as, cwd: home, stdio: 'ignore' })
  let server = launch()
  const url = (database: string, role = 'root') => `postgres://${role}:${password}@127.0.0.1:${port}/${database}`
  const answers = async () => void (await withClient(url('postgres'), (client) => client.query('select 1')))
  await until(answers)
  await withClient(url('postgres'), async (client) => {
    for (const role of PLANE_ROLES) await client.query(`create role ${role} login password '${password}'`)
  })
  const end = async (signal: 'SIGQUIT' | 'SIGKILL') => {
    if (server.exitCode !== null || server.signalCode !== null) return
    const gone = new Promise((resolve) => server.once('exit', resolve))
    server.kill(signal)
    await gone
  }
  const stop = async () => {
    await end('SIGQUIT')
    await rm(home, { recursive: true, force: true })
  }
  const restart = async () => {
    await until(async () => {
      if (server.exitCode !== null || server.signalCode !== null) server = launch() // backends of the killed one may hold its memory yet
      await answers()
    })
  }
  return { url, superuser: url('postgres'), kill: () => end('SIGKILL'), restart, stop }
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {}) // a server that ends under us fails the query, which reports it
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Polls until `attempt` stops throwing; gives up after `seconds` with its last error. */
export async function until<T>(attempt: () => Promise<T>, seconds = 30): Promise<T> {
  const began = Date.now()
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      const waited = Date.now() - began
      if (waited > seconds * 1000) throw error
      await new Promise((resolve) => setTimeout(resolve, pauseAfter(waited)))
    }
  }
}
