import { generateKeyPairSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { ContainerNetwork } from '../containers/network.ts'
import { writeFileAtomic } from '../../process/write-file.ts'
import type { KeyPair, Leaf } from './certificates.ts'
import { renderKubeconfig } from './kubeconfig.ts'
import { clusterClients, KUBELET_API, type ClusterClient, type CredentialPaths } from './paths.ts'

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

/** The text of a file; undefined when there is none. */
export const readIfThere = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })

type Maker = typeof import('./certificates.ts')
/** Loaded only when something must be made: the library costs the daemon 20 MB. */
type Make = (maker: Maker) => Promise<KeyPair>

/** A certificate with its key under a name in a folder of credentials: what is there is kept, else it is made. */
export async function ensurePair(
  paths: Pick<CredentialPaths, 'certificate' | 'key'>,
  name: string,
  make: Make,
): Promise<KeyPair> {
  const [certificate, key] = await Promise.all([readIfThere(paths.certificate(name)), readIfThere(paths.key(name))])
  if (certificate && key) return { certificate, key }
  const made = await make(await import('./certificates.ts'))
  await writeFileAtomic(paths.key(name), made.key)
  await writeFileAtomic(paths.certificate(name), made.certificate) // last: a certificate without its key does not count
  return made
}

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

/** What tells one cluster's credentials from another's. */
export type ClusterIdentity = {
  /** Address of its API server. */
  server: string
  /** Name of its authority; each cluster has one of its own, so no credential of one is any in another. */
  authority: string
  /** Name of its node. */
  node: string
  /** Set where its pods run in containers. */
  network?: ContainerNetwork | undefined
}

/**
 * Generates what is missing of a cluster's credentials: authorities, servers' certificates, keys of service accounts, and one
 * kubeconfig for each client, which is rewritten because it names an address. Safe to repeat and to interrupt.
 */
export async function ensureClusterCredentials(paths: CredentialPaths, cluster: ClusterIdentity): Promise<void> {
  const { server, network } = cluster
  const makeNamed =
    (name: string): Make =>
    ({ makeAuthority }) =>
      makeAuthority(name)
  const authority = await ensurePair(paths, 'cluster-ca', makeNamed(`${cluster.authority}-cluster`))
  const etcdAuthority = await ensurePair(paths, 'etcd-ca', makeNamed(`${cluster.authority}-etcd`))
  await ensureServiceAccountKeys(paths)
  for (const [name, leaf] of Object.entries(serversOf(network)))
    await ensurePair(paths, name, ({ issue }) => issue(authority, leaf))
  for (const [name, leaf] of Object.entries(ETCD))
    await ensurePair(paths, name, ({ issue }) => issue(etcdAuthority, leaf))
  for (const [name, leaf] of Object.entries(clusterClients(cluster.node)) as [ClusterClient, Leaf][]) {
    if (name === 'policies' && !network) continue
    const pair = await ensurePair(paths, `client-${name}`, ({ issue }) => issue(authority, leaf))
    const kubeconfig = renderKubeconfig({ server, authority: authority.certificate, user: leaf.commonName, ...pair })
    await writeFileAtomic(paths.kubeconfig(name), kubeconfig)
  }
}
