import { readCredential } from '../../credentials/ensure-credentials.ts'
import { discoverPods, type Target } from '../../daemon/discovery.ts'
import { connectKube } from '../../kube/client.ts'
import type { NodePod } from '../../node/pod-worker.ts'
import { podNetworkOf } from '../../region-file.ts'
import type { ResourceContext } from '../resource-kind.ts'
import { credentialsOf, NODE_PORT } from './cluster-of.ts'

type Node = { status?: { conditions?: { type: string; status: string }[] } }
const isReady = ({ status }: Node): boolean =>
  status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true

/** What a cluster's own API server says of it: its version, its nodes and how many of them are ready. Throws when it does not answer. */
export async function observeCluster(at: ResourceContext, signal: AbortSignal) {
  const client = connectKube({ kubeconfig: credentialsOf(at).kubeconfig('admin') })
  try {
    const [version, nodes] = await Promise.all([
      client.get<{ gitVersion: string }>('/version', signal),
      client.get<{ items: Node[] }>('/api/v1/nodes', signal),
    ])
    return {
      version: version.gitVersion.replace(/^v/, ''),
      nodes: nodes.items.length,
      nodesReady: nodes.items.filter(isReady).length,
    }
  } finally {
    client.close()
  }
}

/** What Prometheus reads of a cluster: its pods, as its node knows them, and the gateway's figures. */
export async function clusterTargets(
  at: ResourceContext,
  signal: AbortSignal,
): Promise<{ pods: Target[]; servers: Target[] }> {
  const port = at.port(NODE_PORT)
  const authorization = `Bearer ${await readCredential(at.credentials.token('discovery'))}`
  const answer = await fetch(`http://127.0.0.1:${port}/pods`, { headers: { authorization }, signal })
  if (!answer.ok) throw new Error(`the node of ${at.name} answered ${answer.status}`)
  const { pods } = (await answer.json()) as { pods: NodePod[] } // our own program's answer
  const own = { cluster: at.name }
  return {
    pods: discoverPods(pods, podNetworkOf({})).map(({ targets, labels }) => ({
      targets,
      labels: { ...labels, ...own },
    })),
    servers: [{ targets: [`127.0.0.1:${port}`], labels: own }],
  }
}
