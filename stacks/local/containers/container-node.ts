import type { V1Node } from '@kubernetes/client-node'
import { connectKube } from '../kube/client.ts'
import type { Log } from '../kube/log.ts'
import { reflect, sleep } from '../kube/reflector.ts'
import type { Wire } from '../kube/wire.ts'
import type { Pod } from '../node/pod-types.ts'
import type { NodePod } from '../node/pod-worker.ts'

const READY_WITHIN_MS = 120_000
const ASK_EVERY_MS = 100

const isTrue = (conditions: { type: string; status: string }[] | undefined, wanted: string): boolean =>
  conditions?.some(({ type, status }) => type === wanted && status === 'True') ?? false

/** A pod of the kubelet as the daemon tells about pods. */
export const describePod = ({ metadata, status }: Pod): NodePod => ({
  namespace: metadata?.namespace ?? '',
  name: metadata?.name ?? '',
  uid: metadata?.uid ?? '',
  ip: status?.podIP ?? '',
  phase: status?.phase ?? 'Pending',
  ready: isTrue(status?.conditions, 'Ready'),
  containers: (status?.containerStatuses ?? []).map(({ name, restartCount, ready }) => ({
    name,
    pid: null,
    restarts: restartCount,
    ready,
    log: null,
  })),
})

/**
 * Waits until the kubelet's node is ready, and keeps a copy of its pods. Uses the node's own credential. Rejects when it is not ready
 * after two minutes, and at once when `signal` fires.
 */
export async function watchContainerNode(options: { kubeconfig: string; name: string; log: Log; signal: AbortSignal }) {
  const { name, log, signal } = options
  const client = connectKube({ kubeconfig: options.kubeconfig })
  const deadline = Date.now() + READY_WITHIN_MS
  for (;;) {
    const node = await client.get<Wire<V1Node>>(`/api/v1/nodes/${name}`, signal).catch(() => undefined)
    if (signal.aborted) client.close()
    signal.throwIfAborted()
    if (isTrue(node?.status?.conditions, 'Ready')) break
    if (Date.now() > deadline) {
      client.close()
      const why = node?.status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? 'it has not registered'
      throw new Error(`the kubelet's node is not ready after ${READY_WITHIN_MS / 1000} s: ${why}`)
    }
    await sleep(ASK_EVERY_MS, signal)
  }
  const query = { fieldSelector: `spec.nodeName=${name}` }
  const pods = reflect<Pod>({ client, path: '/api/v1/pods', query, onChange: () => undefined, log })
  return {
    pods: (): NodePod[] => [...pods.items.values()].map(describePod),
    stop: async () => {
      pods.stop()
      client.close()
    },
  }
}
