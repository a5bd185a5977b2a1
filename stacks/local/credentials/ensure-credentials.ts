import { generateKeyPairSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { ContainerNetwork } from '../containers/network.ts'
import type { Ports } from '../ports.ts'
import { writeFileAtomic } from '../process/write-file.ts'
import type { KeyPair, Leaf } from './certificates.ts'
import { renderKubeconfig } from './kubeconfig.ts'
import { randomSecret } from './passwords.ts'
import {
  CLUSTER_CLIENTS,
  DATABASE_LOGINS,
  KUBELET_API,
  TOKENS,
  type ClusterClient,
  type CredentialPaths,
  type DatabaseLogin,
} from './paths.ts'

/** The first address of the service network: what pods would call the API server. */
const API_SERVICE_ADDRESS = '127.96.0.1'
const SERVERS = {
  apiserver: {
    commonName: 'kube-apiserver',
    hosts: [
      '127.0.0.1',
      'localhost',
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      API_SERVICE_ADDRESS,
    ],
  },
  controllers: { commonName: 'kube-controllers', hosts: ['127.0.0.1', 'localhost'] },
} as const satisfies Record<string, Leaf>
/** etcd holds every Secret of the cluster, so it has an authority of its own: no client of the API server is one of etcd's. */
const ETCD = {
  'etcd-server': { commonName: 'etcd', hosts: ['127.0.0.1', 'localhost'], alsoClient: true },
  'etcd-client': { commonName: 'kube-apiserver-etcd-client' },
} as const satisfies Record<string, Leaf>

/** The name of the sealing key among the secrets. */
const SEALING = 'sealing'

const readIfThere = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })

type Maker = typeof import('./certificates.ts')
/** Loaded only when something must be made: the library costs the daemon 20 MB. */
type Make = (maker: Maker) => Promise<KeyPair>

async function ensurePair(paths: CredentialPaths, name: string, make: Make): Promise<KeyPair> {
  const [certificate, key] = await Promise.all([readIfThere(paths.certificate(name)), readIfThere(paths.key(name))])
  if (certificate && key) return { certificate, key }
  const made = await make(await import('./certificates.ts'))
  await writeFileAtomic(paths.key(name), made.key)
  await writeFileAtomic(paths.certificate(name), made.certificate) // last: a certificate without its key does not count
  return made
}

async function ensureSecrets(paths: CredentialPaths): Promise<Record<string, string>> {
  // written below, text by name
  const known = JSON.parse((await readIfThere(paths.secrets)) ?? '{}') as Record<string, string>
  const missing = [...Object.keys(DATABASE_LOGINS), ...TOKENS, SEALING].filter((name) => !known[name])
  if (missing.length === 0) return known
  const secrets = { ...known, ...Object.fromEntries(missing.map((name) => [name, randomSecret()])) }
  await writeFileAtomic(paths.secrets, `${JSON.stringify(secrets, null, 2)}\n`)
  return secrets
}

/** Gives an estate that has no credentials yet the sealing key of another, as it was brought back. */
export const writeSealingKey = (paths: CredentialPaths, key: Buffer): Promise<void> =>
  writeFileAtomic(paths.secrets, `${JSON.stringify({ [SEALING]: key.toString('base64url') })}\n`)

async function ensureServiceAccountKeys(paths: CredentialPaths): Promise<void> {
  if (await readIfThere(paths.certificate('service-account'))) return
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  await writeFileAtomic(paths.key('service-account'), privateKey)
  await writeFileAtomic(paths.certificate('service-account'), publicKey)
}

/** Servers that show a certificate of the cluster's authority; containers reach the API server at an address of their own. */
const serversOf = (network: ContainerNetwork | undefined): Record<string, Leaf> => {
  if (!network) return SERVERS
  const hosts = [...SERVERS.apiserver.hosts, network.apiService]
  return {
    ...SERVERS,
    apiserver: { ...SERVERS.apiserver, hosts },
    kubelet: { commonName: 'kubelet', hosts: [network.gateway] },
    'client-kubelet-api': KUBELET_API,
  }
}

async function ensureCluster(paths: CredentialPaths, ports: Ports, network?: ContainerNetwork): Promise<void> {
  const authority = await ensurePair(paths, 'cluster-ca', ({ makeAuthority }) => makeAuthority('steward-cluster'))
  const etcdAuthority = await ensurePair(paths, 'etcd-ca', ({ makeAuthority }) => makeAuthority('steward-etcd'))
  await ensureServiceAccountKeys(paths)
  for (const [name, leaf] of Object.entries(serversOf(network)))
    await ensurePair(paths, name, ({ issue }) => issue(authority, leaf))
  for (const [name, leaf] of Object.entries(ETCD))
    await ensurePair(paths, name, ({ issue }) => issue(etcdAuthority, leaf))
  const server = `https://127.0.0.1:${ports['kube-apiserver']}`
  for (const [name, leaf] of Object.entries(CLUSTER_CLIENTS) as [ClusterClient, Leaf][]) {
    if (name === 'policies' && !network) continue
    const pair = await ensurePair(paths, `client-${name}`, ({ issue }) => issue(authority, leaf))
    const kubeconfig = renderKubeconfig({ server, authority: authority.certificate, user: leaf.commonName, ...pair })
    await writeFileAtomic(paths.kubeconfig(name), kubeconfig)
  }
}

/**
 * Generates what is missing of an estate's credentials and rewrites what names an address. Safe to repeat and to interrupt:
 * what exists is kept. All files are 0600.
 */
export async function ensureCredentials(
  paths: CredentialPaths,
  ports: Ports,
  network?: ContainerNetwork,
): Promise<void> {
  const secrets = await ensureSecrets(paths)
  await writeFileAtomic(paths.sealingKey, `${secrets[SEALING]}`)
  for (const name of TOKENS) await writeFileAtomic(paths.token(name), `${secrets[name]}`)
  // A unit's own URL is made from this one: it must hold where its pods are.
  const hosts = { 'plane-db': '127.0.0.1', 'products-db': network?.gateway ?? '127.0.0.1' }
  for (const name of Object.keys(DATABASE_LOGINS) as DatabaseLogin[]) {
    const { cluster, role, database } = DATABASE_LOGINS[name]
    await writeFileAtomic(
      paths.url(name),
      `postgres://${role}:${secrets[name]}@${hosts[cluster]}:${ports[cluster]}/${database}`,
    )
  }
  await ensureCluster(paths, ports, network)
}

/** Reads a credential file (a token or a URL) without its line end. */
export const readCredential = async (path: string): Promise<string> => (await readFile(path, 'utf8')).trim()
