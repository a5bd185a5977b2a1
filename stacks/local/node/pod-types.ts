import type {
  V1Container,
  V1ContainerState,
  V1ContainerStateTerminated,
  V1ContainerStatus,
  V1Pod,
  V1PodSpec,
  V1PodStatus,
  V1Probe,
  V1Volume,
} from '@kubernetes/client-node'
import type { Wire } from '../kube/wire.ts'

export type Pod = Wire<V1Pod>
export type PodSpec = Wire<V1PodSpec>
export type PodStatus = Wire<V1PodStatus>
export type Container = Wire<V1Container>
export type ContainerStatus = Wire<V1ContainerStatus>
export type ContainerState = Wire<V1ContainerState>
export type Terminated = Wire<V1ContainerStateTerminated>
export type Probe = Wire<V1Probe>
export type Volume = Wire<V1Volume>

/** What every pod from the API server has, without asking each time. */
export type PodId = { namespace: string; name: string; uid: string }
export const podId = ({ metadata }: Pod): PodId => ({
  namespace: metadata?.namespace ?? '',
  name: metadata?.name ?? '',
  uid: metadata?.uid ?? '',
})
export const podPath = ({ namespace, name }: PodId): string => `/api/v1/namespaces/${namespace}/pods/${name}`

/** Containers cannot start as configured; the text is for the pod's status. */
export class ConfigError extends Error {}
