import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import type { ResourceContext } from '../resource-kind.ts'
import { clusterPaths, HOST, readPasswords, SUPERUSER } from './cluster-files.ts'
import type { MemberName } from './members.ts'

/** In milliseconds: to be let in, and for each statement. */
export type Patience = { connectMs: number; statementMs: number }

const PATIENT: Patience = { connectMs: 10_000, statementMs: 10_000 }
const GOODBYE_MS = 500

/**
 * Connects to one member as its superuser for as long as `work` takes; a frozen server
 * neither answers nor hangs up, and is left when the patience is over.
 */
export async function asSuperuser<T>(
  at: ResourceContext,
  member: MemberName,
  work: (client: Client) => Promise<T>,
  { connectMs, statementMs }: Patience = PATIENT,
): Promise<T> {
  const paths = clusterPaths(at.folder)
  const [{ admin: password }, ca] = await Promise.all([readPasswords(paths), readFile(paths.authority, 'utf8')])
  const client = new Client({
    host: HOST,
    port: at.port(member),
    user: SUPERUSER,
    password,
    database: 'postgres',
    ssl: { ca },
    connectionTimeoutMillis: connectMs,
    query_timeout: statementMs,
    application_name: 'steward-estate',
  })
  client.on('error', () => undefined) // a server that ends under us fails the query, which reports it
  try {
    await client.connect()
    return await work(client)
  } finally {
    const goodbye = client.end().catch(() => undefined)
    await Promise.race([goodbye, pause(GOODBYE_MS, undefined, { ref: false })])
  }
}
