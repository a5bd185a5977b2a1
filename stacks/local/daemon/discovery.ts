import { reachablePodAddress } from '../../../control-plane/domain/region-settings.ts'
import type { NodePod } from '../node/pod-worker.ts'
import { POD_NETWORK } from '../region-file.ts'

export type Target = { targets: string[]; labels: Record<string, string> }

/** Where the product contract puts `/metrics`. */
const METRICS_PORT = 8080

/** Prometheus HTTP discovery of the pods that run, at the addresses this machine reaches. Metrics themselves name unit and tenant. */
export const discoverPods = (pods: readonly Pick<NodePod, 'namespace' | 'name' | 'ip' | 'phase'>[]): Target[] =>
  pods
    .filter(({ phase }) => phase === 'Running')
    .map(({ namespace, name, ip }) => ({
      targets: [`${reachablePodAddress({ podNetwork: POD_NETWORK }, ip)}:${METRICS_PORT}`],
      labels: { namespace, pod: name },
    }))
