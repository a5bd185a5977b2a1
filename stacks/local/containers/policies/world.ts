import type { V1Namespace } from '@kubernetes/client-node'
import type { Wire } from '../../kube/wire.ts'
import type { Pod } from '../../node/pod-types.ts'
import type { Addresses } from './cni-addresses.ts'
import { contains, isIpv4, parseBlock } from './address.ts'
import type { NamedPort, NetworkPolicy, PolicyPod, Protocol, World } from './policy-types.ts'

export type Namespace = Wire<V1Namespace>

/** Ended pods keep the address they had in their status: somebody else may have it now. */
const ENDED = ['Succeeded', 'Failed']

function namedPorts({ spec }: Pod): NamedPort[] {
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  return [...(spec?.containers ?? []), ...sidecars].flatMap(({ ports = [] }) =>
    ports.flatMap(
      ({ name, protocol = 'TCP', containerPort }) =>
        name ? [{ name, protocol: protocol as Protocol, port: containerPort }] : [], // the API server knows three protocols
    ),
  )
}

/**
 * A pod as policies see it; undefined for one without an address of its own on the network. `noted`, by uid, is what the node gave
 * last; a status may be of a life before, so one whose address is noted for another pod (`given`) is not believed.
 */
export function policyPod(
  pod: Pod,
  network: string,
  noted: Addresses = new Map(),
  given: ReadonlySet<string> = new Set(noted.values()),
): PolicyPod | undefined {
  const { metadata, spec, status } = pod
  const told = status?.podIP ?? ''
  const address = noted.get(metadata?.uid ?? '') ?? (given.has(told) ? '' : told)
  const block = parseBlock(network)
  if (spec?.hostNetwork || ENDED.includes(status?.phase ?? '')) return undefined
  if (!block || !isIpv4(address) || !contains(block, address)) return undefined
  const { namespace = '', name = '', labels = {} } = metadata ?? {}
  return { namespace, name, address, labels, ports: namedPorts(pod) }
}

/** What the rules follow from, out of the cluster's objects. */
export const worldOf = (
  network: string,
  objects: { pods: Iterable<Pod>; namespaces: Iterable<Namespace>; policies: Iterable<NetworkPolicy> },
  noted: Addresses = new Map(),
): World => {
  const given = new Set(noted.values())
  return {
    pods: [...objects.pods].map((pod) => policyPod(pod, network, noted, given)).filter((pod) => pod !== undefined),
    namespaces: new Map([...objects.namespaces].map(({ metadata }) => [metadata?.name ?? '', metadata?.labels ?? {}])),
    policies: [...objects.policies],
  }
}
