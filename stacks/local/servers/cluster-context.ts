import type { CredentialPaths } from '../credentials/paths.ts'
import type { HomePaths } from '../home.ts'
import type { Ports } from '../ports.ts'
import type { EstateContext } from './context.ts'

/** What the servers of one Kubernetes cluster listen on. */
export const CLUSTER_PORTS = [
  'etcd',
  'etcd-peer',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'gateway',
] as const satisfies readonly (keyof Ports)[]
export type ClusterPort = (typeof CLUSTER_PORTS)[number]

/** What the servers of one cluster are made from: the estate's shared cluster, or one of its own for a stack. */
export type ClusterContext = Pick<EstateContext, 'toolchain' | 'root' | 'images' | 'containers' | 'env'> & {
  /** Name of a part's server: `etcd` in the shared cluster, `acme.etcd` in that of a stack. */
  named: (part: string) => string
  ports: Readonly<Record<ClusterPort, number>>
  paths: Pick<HomePaths, 'home' | 'run' | 'etcd'>
  credentials: Pick<CredentialPaths, 'certificate' | 'key' | 'kubeconfig'>
  /** No fsync. */
  throwAway: boolean
}

/** The cluster that all of an estate's shared and private tenants live in. */
export const sharedCluster = (context: EstateContext): ClusterContext => ({
  ...context,
  named: (part) => part,
  throwAway: context.record.throwAway,
})
