import { reachablePodAddress, type RegionSettings } from '../../../control-plane/domain/region-settings.ts'
import type { NodePod } from '../node/pod-worker.ts'

export type Target = { targets: string[]; labels: Record<string, string> }

/** Where the product contract puts `/metrics`. */
const METRICS_PORT = 8080

/** Prometheus HTTP discovery of the pods that run, at the addresses this machine reaches. Metrics themselves name unit and tenant. */
export const discoverPods = (
  pods: readonly Pick<NodePod, 'namespace' | 'name' | 'ip' | 'phase'>[],
  podNetwork: RegionSettings['podNetwork'],
): Target[] =>
  pods
    .filter(({ phase }) => phase === 'Running')
    .map(({ namespace, name, ip }) => ({
      targets: [`${reachablePodAddress({ podNetwork }, ip)}:${METRICS_PORT}`],
      labels: { namespace, pod: name },
    }))
