import { execFile } from 'node:child_process'
import { chown, mkdir, readFile, readlink, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { readCredential } from '../credentials/ensure-credentials.ts'
import { checkReachable } from '../home.ts'
import type { Account } from '../process/account.ts'
import { portsNamed } from '../ports.ts'
import type { EstateContext } from './context.ts'
import { plainEnvironment } from './context.ts'
import { findPostgres, type PostgresBinaries } from './postgres-binaries.ts'
import type { ProcessServer } from './server.ts'

export type DatabaseServerName = 'plane-db' | 'products-db'
const LOGIN = { 'plane-db': 'plane-admin', 'products-db': 'products-admin' } as const
const SUPERUSER = 'steward_admin'

/** Settings as `postgresql.conf`; `port` in force of our own file, so that nothing else in the folder decides. */
export function renderSettings(options: {
  port: number
  throwAway: boolean
  maxConnections: number
  /** Beside loopback. */
  address?: string | undefined
}): string {
  const settings: Record<string, string | number> = {
    listen_addresses: `'${['127.0.0.1', options.address].filter(Boolean).join(',')}'`,
    port: options.port,
    unix_socket_directories: "''", // TCP only: a socket's path may be too long below a deep home
    max_connections: options.maxConnections,
    shared_buffers: "'64MB'",
    max_wal_size: "'512MB'",
    wal_level: 'logical', // rows of one tenant can be followed while it moves
    password_encryption: "'scram-sha-256'",
    timezone: "'UTC'",
    log_timezone: "'UTC'",
    log_line_prefix: "'%m [%p] %q%u@%d '",
    log_parameter_max_length: 0, // parameters may be personal
    log_parameter_max_length_on_error: 0,
    ...(options.throwAway ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('')
}

/** Passwords over TCP from this machine, nothing else. */
const HBA = 'host all all 127.0.0.1/32 scram-sha-256\nhost replication all 127.0.0.1/32 scram-sha-256\n'

/** The product cluster is reached by containers, too: over their bridge. */
const bridgeOf = ({ containers }: EstateContext, name: DatabaseServerName) =>
  name === 'products-db' ? containers?.network : undefined

const run = (file: string, args: readonly string[], env: Record<string, string>, account: Account | undefined) =>
  promisify(execFile)(file, [...args], { env, cwd: '/', ...(account ? { uid: account.uid, gid: account.gid } : {}) })

async function writeAs(path: string, content: string, account: Account | undefined): Promise<void> {
  await writeFile(path, content, { mode: 0o600 })
  if (account) await chown(path, account.uid, account.gid)
}

/** Makes the database folder, whole or not at all: an interrupted attempt is thrown away. */
async function initialize(
  context: EstateContext,
  name: DatabaseServerName,
  folder: string,
  binaries: PostgresBinaries,
): Promise<void> {
  const account = context.databaseAccount
  const half = join(folder, 'data.new')
  const passwordFile = join(folder, 'password') // initdb reads it as the unprivileged account, which has no way into credentials/
  await rm(half, { recursive: true, force: true })
  const url = new URL(await readCredential(context.credentials.url(LOGIN[name])))
  await writeAs(passwordFile, decodeURIComponent(url.password), account)
  try {
    const sync = context.record.throwAway ? ['--no-sync'] : []
    const args = [
      '-D',
      half,
      '-U',
      SUPERUSER,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      ...sync,
    ]
    await run(join(binaries.folder, 'initdb'), args, plainEnvironment(context), account)
  } finally {
    await rm(passwordFile, { force: true })
  }
  await rename(half, join(folder, 'data'))
}

/** A lock file whose process is not a server of this folder would stop PostgreSQL once that pid belongs to someone else. */
async function removeStaleLock(data: string): Promise<void> {
  const lock = join(data, 'postmaster.pid')
  const pid = (await readFile(lock, 'utf8').catch(() => '')).split('\n')[0]
  if (!pid) return
  const at = await readlink(`/proc/${pid}/cwd`).catch(() => '')
  if (at !== data) await rm(lock, { force: true })
}

async function prepare(context: EstateContext, name: DatabaseServerName, folder: string): Promise<PostgresBinaries> {
  const account = context.databaseAccount
  const data = join(folder, 'data')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (account) {
    await chown(folder, account.uid, account.gid)
    await checkReachable(folder, account)
  }
  const written = Number(await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => '')) || undefined
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const binaries = await findPostgres(context.env, osRelease, written)
  if (!written) await initialize(context, name, folder, binaries)
  await removeStaleLock(data)
  const bridge = bridgeOf(context, name)
  const { throwAway } = context.record
  const settings = { port: context.ports[name], throwAway, maxConnections: 200, address: bridge?.gateway }
  await writeAs(join(data, 'postgresql.conf'), renderSettings(settings), account)
  const fromBridge = bridge ? `host all all ${bridge.pods} scram-sha-256\n` : ''
  await writeAs(join(data, 'pg_hba.conf'), HBA + fromBridge, account)
  return binaries
}

/** Connects as the superuser of a cluster for as long as `work` takes. */
export async function asSuperuser<T>(
  context: EstateContext,
  name: DatabaseServerName,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const connectionString = await readCredential(context.credentials.url(LOGIN[name]))
  const client = new Client({ connectionString, connectionTimeoutMillis: 2000, application_name: 'steward-estate' })
  client.on('error', () => undefined) // a server that ends under us fails the query, which reports it
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** One PostgreSQL server; as root it runs under the unprivileged database account. */
export function databaseServer(context: EstateContext, name: DatabaseServerName, folder: string): ProcessServer {
  return {
    kind: 'process',
    name,
    needs: bridgeOf(context, name) ? ['node-ground'] : [],
    ports: portsNamed(context.ports, name),
    command: async () => {
      const binaries = await prepare(context, name, folder)
      return {
        file: join(binaries.folder, 'postgres'),
        args: ['-D', join(folder, 'data')],
        env: plainEnvironment(context),
        cwd: folder,
        account: context.databaseAccount,
      }
    },
    probe: async () => {
      await asSuperuser(context, name, (client) => client.query('select 1'))
    },
    stopSignal: 'SIGINT', // fast shutdown: ends sessions, does not wait for them
    graceMs: 20_000,
  }
}
