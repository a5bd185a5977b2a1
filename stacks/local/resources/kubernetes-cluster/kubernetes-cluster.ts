import { mkdir } from 'node:fs/promises'
import { ensureClusterCredentials } from '../../credentials/cluster-credentials.ts'
import { endLeftovers } from '../../node/leftovers.ts'
import { CLUSTER_KIND } from '../../node/node-homes.ts'
import { podNetworkOf } from '../../region-file.ts'
import { clusterObjects } from '../../servers/cluster-objects.ts'
import { CLUSTER_PORTS } from '../../servers/cluster-context.ts'
import { etcdServer } from '../../servers/etcd.ts'
import { apiServer, controllerManager, scheduler } from '../../servers/kubernetes.ts'
import { KUBERNETES } from '../../toolchain/parts.ts'
import { inputFields, invalidInput } from '../inputs.ts'
import type { ResourceKind } from '../resource-kind.ts'
import { clusterOf, credentialsOf, NODE_PORT, nodeHome } from './cluster-of.ts'
import { clusterTargets, observeCluster } from './look.ts'
import { nodeServer } from './node-server.ts'

export type ClusterInputs = { version: string; nodes: number }

function parse(raw: unknown): ClusterInputs {
  const { version = KUBERNETES, nodes = 1 } = inputFields(raw, ['version', 'nodes'])
  if (version !== KUBERNETES) throw invalidInput('version', `must be ${KUBERNETES}, the one that this estate can run`)
  if (nodes !== 1) throw invalidInput('nodes', 'must be 1')
  return { version, nodes }
}

/** Whether version `a` comes after version `b`, number by number. */
const isNewer = (a: string, b: string): boolean => a.localeCompare(b, 'en', { numeric: true }) > 0

/**
 * A Kubernetes cluster of its own: authorities, etcd, API server, controllers and scheduler, and one process with its node and its
 * gateway. Nothing of it is shared with another cluster but the programs, so that its end, however hard, is nobody else's.
 */
export const kubernetesCluster: ResourceKind<ClusterInputs> = {
  kind: CLUSTER_KIND,
  parse,
  ports: [...CLUSTER_PORTS, NODE_PORT],
  async prepare(_inputs, at) {
    const cluster = clusterOf(at)
    const credentials = credentialsOf(at)
    for (const folder of [credentials.folder, cluster.paths.etcd]) await mkdir(folder, { recursive: true, mode: 0o700 })
    const server = `https://127.0.0.1:${at.port('kube-apiserver')}`
    await ensureClusterCredentials(credentials, { server, authority: `steward-${at.name}`, node: at.name })
  },
  servers(_inputs, at) {
    const cluster = clusterOf(at)
    return [
      etcdServer(cluster),
      apiServer(cluster),
      controllerManager(cluster),
      scheduler(cluster),
      clusterObjects(cluster),
      nodeServer(at),
    ]
  },
  outputs(_inputs, at) {
    const credentials = credentialsOf(at)
    const network = podNetworkOf({})
    return {
      server: `https://127.0.0.1:${at.port('kube-apiserver')}`,
      kubeconfig: credentials.kubeconfig('worker'),
      sweepKubeconfig: credentials.kubeconfig('sweep'),
      accessKubeconfig: credentials.kubeconfig('access'),
      gatewayUrl: `http://127.0.0.1:${at.port('gateway')}`,
      metricsUrl: `http://127.0.0.1:${at.port(NODE_PORT)}/metrics`,
      // Pods say the first and are reached at the second.
      ...(network ? { podsAdvertised: network.advertised, podsReachable: network.reachable } : {}),
    }
  },
  observe: (_inputs, at, signal) => observeCluster(at, signal),
  change(before, after) {
    if (before.nodes !== after.nodes) return { how: 'replace', fields: ['nodes'] }
    if (before.version === after.version) return { how: 'none' }
    // What a newer API server has written an older one need not understand.
    return isNewer(after.version, before.version) ? { how: 'in-place' } : { how: 'replace', fields: ['version'] }
  },
  async clear(at) {
    await endLeftovers(nodeHome(at))
  },
  targets: clusterTargets,
}
