import type {
  Direction,
  LabelSelector,
  NetworkPolicy,
  Peer,
  PolicyPod,
  PolicyPort,
  Protocol,
  World,
} from '../policy-types.ts'

/** One new connection: from a pod to an address, which may be a pod's or the machine's. */
export type Attempt = { from: string; to: string; protocol: Protocol; port: number }

/**
 * Whether policies allow a connection, asked one connection at a time and straight from the words of the API reference. It shares
 * nothing with the compiler: what both say alike is no mistake of one of them.
 */
export function allowedByReference(
  world: World,
  { from, to, protocol, port }: Attempt,
  machine: readonly string[],
): boolean {
  const at = (address: string) => {
    const found = world.pods.filter((pod) => pod.address === address)
    return found.length === 1 && found[0] && world.namespaces.has(found[0].namespace) ? found[0] : undefined
  }
  const [sender, receiver] = [at(from), at(to)]
  if (!sender) return false
  const towards = { address: to, pod: receiver, protocol, port, named: receiver }
  if (machine.includes(to)) return !governed(world, sender) || permits(world, sender, 'Egress', towards)
  if (!receiver || !governed(world, sender) || !governed(world, receiver)) return false
  const coming = { address: from, pod: sender, protocol, port, named: receiver }
  return permits(world, sender, 'Egress', towards) && permits(world, receiver, 'Ingress', coming)
}

type Side = {
  address: string
  pod: PolicyPod | undefined
  protocol: Protocol
  port: number
  named: PolicyPod | undefined
}
const policiesOf = (world: World, pod: PolicyPod) =>
  world.policies.filter((one) => one.metadata?.namespace === pod.namespace)
const governed = (world: World, pod: PolicyPod): boolean => policiesOf(world, pod).length > 0

function permits(world: World, pod: PolicyPod, direction: Direction, side: Side): boolean {
  const selecting = policiesOf(world, pod).filter(
    (policy) => typesOf(policy).includes(direction) && matches(policy.spec?.podSelector, pod.labels),
  )
  if (selecting.length === 0) return true
  for (const { spec } of selecting) {
    for (const rule of (direction === 'Ingress' ? spec?.ingress : spec?.egress) ?? []) {
      const peers = (direction === 'Ingress' ? rule.from : rule.to) ?? []
      const fromPeer = peers.length === 0 || peers.some((peer) => isPeer(world, pod.namespace, peer, side))
      const onPort = !rule.ports || rule.ports.length === 0 || rule.ports.some((port) => isPort(port, side))
      if (fromPeer && onPort) return true
    }
  }
  return false
}

function typesOf({ spec }: NetworkPolicy): readonly Direction[] {
  if (spec?.policyTypes) return spec.policyTypes
  return spec?.egress && spec.egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress']
}

function matches(selector: LabelSelector | undefined, labels: Readonly<Record<string, string>>): boolean {
  const present = new Map(Object.entries(labels))
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) if (present.get(key) !== value) return false
  for (const { key, operator, values = [] } of selector?.matchExpressions ?? []) {
    const value = present.get(key)
    const listed = value !== undefined && values.includes(value)
    const held = { In: listed, NotIn: !listed, Exists: value !== undefined, DoesNotExist: value === undefined }
    if (!held[operator]) return false
  }
  return true
}

function isPeer(world: World, namespace: string, peer: Peer, { address, pod }: Side): boolean {
  if (peer.ipBlock)
    return inCidr(address, peer.ipBlock.cidr) && !peer.ipBlock.except?.some((not) => inCidr(address, not))
  if (!pod) return false
  if (!peer.namespaceSelector) return pod.namespace === namespace && matches(peer.podSelector, pod.labels)
  return (
    matches(peer.namespaceSelector, world.namespaces.get(pod.namespace) ?? {}) && matches(peer.podSelector, pod.labels)
  )
}

function isPort({ protocol = 'TCP', port, endPort }: PolicyPort, side: Side): boolean {
  if (protocol !== side.protocol) return false
  if (port === undefined) return true
  if (typeof port === 'number') return side.port >= port && side.port <= (endPort ?? port)
  return (
    side.named?.ports.some((one) => one.name === port && one.protocol === protocol && one.port === side.port) ?? false
  )
}

function inCidr(address: string, cidr: string): boolean {
  const [network = '', length = ''] = cidr.split('/')
  if (network.includes(':')) return false
  const bits = (text: string) =>
    text
      .split('.')
      .map((octet) => Number(octet).toString(2).padStart(8, '0'))
      .join('')
  return bits(address).startsWith(bits(network).slice(0, Number(length)))
}
