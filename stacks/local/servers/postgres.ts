import { chown, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { readCredential } from '../credentials/ensure-credentials.ts'
import { checkReachable } from '../home.ts'
import { portsNamed } from '../ports.ts'
import type { EstateContext } from './context.ts'
import { markedEnvironment, plainEnvironment } from './context.ts'
import type { PostgresBinaries } from './postgres-binaries.ts'
import { initializeData, programsFor, removeStaleLock, writeAs } from './postgres-data.ts'
import { databaseSettings, renderSettings } from './postgres-settings.ts'
import type { ProcessServer } from './server.ts'

export type DatabaseServerName = 'plane-db' | 'products-db'
const LOGIN = { 'plane-db': 'plane-admin', 'products-db': 'products-admin' } as const
const SUPERUSER = 'steward_admin'

/** Passwords over TCP from this machine, nothing else. */
const HBA = 'host all all 127.0.0.1/32 scram-sha-256\nhost replication all 127.0.0.1/32 scram-sha-256\n'

/** The product cluster is reached by containers, too: over their bridge. */
const bridgeOf = ({ containers }: EstateContext, name: DatabaseServerName) =>
  name === 'products-db' ? containers?.network : undefined

async function prepare(
  context: EstateContext,
  name: DatabaseServerName,
  folder: string,
  signal: AbortSignal,
): Promise<PostgresBinaries> {
  const { databaseAccount: account } = context
  const { throwAway } = context.record
  const hands = { account, env: markedEnvironment(context), throwAway, signal }
  const data = join(folder, 'data')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (account) {
    await chown(folder, account.uid, account.gid)
    await checkReachable(folder, account)
  }
  const { binaries, isMade } = await programsFor(context.env, data)
  if (!isMade) {
    const url = new URL(await readCredential(context.credentials.url(LOGIN[name])))
    const password = decodeURIComponent(url.password)
    await initializeData({ folder, binaries, superuser: SUPERUSER, password, ...hands })
  }
  await removeStaleLock(data)
  const bridge = bridgeOf(context, name)
  const settings = { port: context.ports[name], throwAway, maxConnections: 200, address: bridge?.gateway }
  await writeAs(join(data, 'postgresql.conf'), renderSettings(databaseSettings(settings)), account)
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
    command: async (signal) => {
      const binaries = await prepare(context, name, folder, signal)
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
