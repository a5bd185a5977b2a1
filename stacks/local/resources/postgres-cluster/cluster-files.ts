import { chmod, mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ensurePair } from '../../credentials/cluster-credentials.ts'
import { credentialPaths } from '../../credentials/paths.ts'
import { randomSecret } from '../../credentials/passwords.ts'
import { writeFileAtomic, writeFileDurably } from '../../../process/write-file.ts'
import type { ResourceContext } from '../resource-kind.ts'
import type { MemberName } from './members.ts'
import { REPLICATION } from './settings.ts'

export const HOST = '127.0.0.1'
/** Name of the port that follows the primary. */
export const ENDPOINT_PORT = 'endpoint'
export const SUPERUSER = 'steward_admin'
/** Reads everything, past row-level security, and writes nothing. */
export const SWEEP = 'steward_sweep'
const LOGINS = { admin: SUPERUSER, sweep: SWEEP, replication: REPLICATION } as const
export type Passwords = Readonly<Record<keyof typeof LOGINS, string>>

/** Where everything of a cluster is, below its folder. */
export function clusterPaths(folder: string) {
  const credentials = join(folder, 'credentials')
  const member = (name: MemberName) => join(folder, name)
  return {
    folder,
    credentials,
    passwords: join(credentials, 'passwords.json'),
    adminUrl: join(credentials, 'admin.url'),
    sweepUrl: join(credentials, 'sweep.url'),
    authority: credentialPaths(credentials).certificate('authority'),
    certificate: credentialPaths(credentials).certificate('server'),
    key: credentialPaths(credentials).key('server'),
    /** There from the moment a database cluster was initialized. */
    made: join(folder, 'made'),
    member,
    data: (name: MemberName) => join(member(name), 'data'),
    /** Copies for the account PostgreSQL runs under, which has no way into the credentials. */
    files: (name: MemberName) => ({
      certificate: join(member(name), 'server.crt'),
      key: join(member(name), 'server.key'),
      authority: join(member(name), 'authority.crt'),
      passwords: join(member(name), 'replication.pgpass'),
    }),
  }
}
export type ClusterPaths = ReturnType<typeof clusterPaths>

export const readPasswords = async (paths: ClusterPaths): Promise<Passwords> =>
  JSON.parse(await readFile(paths.passwords, 'utf8')) as Passwords // written whole, below

async function ensurePasswords(paths: ClusterPaths): Promise<Passwords> {
  if (await stat(paths.passwords).catch(() => undefined)) return readPasswords(paths)
  const passwords: Passwords = { admin: randomSecret(), sweep: randomSecret(), replication: randomSecret() }
  await writeFileDurably(paths.passwords, `${JSON.stringify(passwords, null, 2)}\n`)
  return passwords
}

/** The URL of the cluster's one address, which follows the primary. */
function urlOf(paths: ClusterPaths, login: string, password: string, port: number): string {
  const query = new URLSearchParams({ sslmode: 'verify-full', sslrootcert: paths.authority })
  return `postgres://${login}:${password}@${HOST}:${port}/postgres?${query.toString()}`
}

/** A cluster's URL as that of one member, by the member's port. */
export function memberUrl(url: string, port: number): string {
  const one = new URL(url.trim())
  one.port = String(port)
  return one.href
}

/**
 * Makes what is missing of a cluster's passwords and certificates, and writes the URLs; safe to repeat and to interrupt, what exists
 * is kept. All files are 0600. The authority signs this cluster's servers and nothing else.
 */
export async function ensureClusterFiles(at: ResourceContext): Promise<void> {
  const paths = clusterPaths(at.folder)
  // PostgreSQL's account passes through to its own folders; it can list nothing.
  const mode = at.databaseAccount ? 0o711 : 0o700
  await mkdir(at.folder, { recursive: true, mode })
  await chmod(at.folder, mode)
  await mkdir(paths.credentials, { recursive: true, mode: 0o700 })
  const passwords = await ensurePasswords(paths)
  const pairs = credentialPaths(paths.credentials)
  const authority = await ensurePair(pairs, 'authority', ({ makeAuthority }) =>
    makeAuthority(`steward-${at.name}-postgres`),
  )
  const leaf = { commonName: 'postgres', hosts: [HOST, 'localhost'] }
  await ensurePair(pairs, 'server', ({ issue }) => issue(authority, leaf))
  const port = at.port(ENDPOINT_PORT)
  await writeFileAtomic(paths.adminUrl, `${urlOf(paths, SUPERUSER, passwords.admin, port)}\n`)
  await writeFileAtomic(paths.sweepUrl, `${urlOf(paths, SWEEP, passwords.sweep, port)}\n`)
}
