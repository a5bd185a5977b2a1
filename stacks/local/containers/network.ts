import { networkInterfaces } from 'node:os'
import { estateProblems } from '../estate.errors.ts'
import { tryLock, type Lock } from '../../process/lock.ts'

/** How an estate runs its pods: as processes, or in containers on a real kubelet. */
export const NODE_KINDS = ['process', 'containers'] as const
export type NodeKind = (typeof NODE_KINDS)[number]

/** What an estate's record says about it. */
type NetworkRecord = { id: string; network?: number }

/** The private network of one estate's containers. */
export type ContainerNetwork = {
  /** Name of the bridge, and of the cgroup above all pods. */
  name: string
  /** The estate's own address on the bridge: where pods reach the product database. */
  gateway: string
  pods: string
  services: string
  /** The cluster address of the service `kubernetes`, an address of the bridge: where pods reach the API server. */
  apiService: string
}

const POD_NET = '10.245'
const SERVICE_NET = '10.246'
const NETWORKS = 256
/** 15 characters at most: it names an interface. */
const bridgeName = (id: string): string => `steward-${id.slice(0, 6)}`
const lockName = (third: number): string => `steward-containers-${third}`

/** What an estate's network looks like: everything follows from its number and the estate's id. */
export const networkOf = (record: NetworkRecord): ContainerNetwork | undefined =>
  record.network === undefined
    ? undefined
    : {
        name: bridgeName(record.id),
        gateway: `${POD_NET}.${record.network}.1`,
        pods: `${POD_NET}.${record.network}.0/24`,
        services: `${SERVICE_NET}.${record.network}.0/24`,
        apiService: `${SERVICE_NET}.${record.network}.1`,
      }

const inUse = (third: number, own: string): boolean =>
  Object.entries(networkInterfaces()).some(
    ([name, addresses]) =>
      name !== own &&
      addresses?.some(({ address }) => [POD_NET, SERVICE_NET].some((net) => address.startsWith(`${net}.${third}.`))),
  )

/**
 * Takes an estate's network for as long as it runs. A new estate gets one that nothing on this machine has; later it is the same
 * for life, because its certificates name its addresses. Fails with `containers.unavailable` when somebody else has it.
 */
export async function claimNetwork({ id, network }: NetworkRecord): Promise<{ network: number; lock: Lock }> {
  const first = Number.parseInt(id.slice(0, 2), 16)
  const anywhere = Array.from({ length: NETWORKS }, (_, index) => (first + index) % NETWORKS)
  for (const third of network === undefined ? anywhere : [network]) {
    const lock = inUse(third, bridgeName(id)) ? undefined : await tryLock(lockName(third), 'containers of an estate')
    if (lock) return { network: third, lock }
  }
  const taken = network === undefined ? `${POD_NET}.0.0/16 and ${SERVICE_NET}.0.0/16` : `${POD_NET}.${network}.0/24`
  const detail = `${taken}, where the containers of this estate live, is in use on this machine: end what uses it, or use another --home`
  throw estateProblems['containers.unavailable']({ detail })
}
