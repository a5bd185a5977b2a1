import { blockText, contains, parseBlock } from './address.ts'
import type {
  Direction,
  NetworkPolicy,
  Peer,
  PolicyPod,
  PolicyPort,
  PolicyRule,
  Protocol,
  World,
} from './policy-types.ts'
import { selects } from './selectors.ts'

/** Whom a passage is open to: pods by address, or a block of addresses without parts of it. Null: everybody. */
export type Others = { addresses: readonly string[] } | { block: string; except: readonly string[] } | null
/** Where to. Null: every port of every protocol. */
export type Where = { protocol: Protocol; ports: { first: number; last: number } | null } | null
export type Opening = { others: Others; where: Where }

/**
 * One direction of one pod. `closed`: its namespace has no policy at all, and nobody has thought about who may reach it; `open`: other
 * pods of its namespace are selected and it is not; else it is open for what is listed and nothing more.
 */
export type Passage = 'closed' | 'open' | readonly Opening[]
export type PodPassages = { namespace: string; address: string; ingress: Passage; egress: Passage }

/**
 * What each pod may reach and be reached by, from all policies together: pure. A pod whose namespace is not known yet, or whose
 * address two pods claim, is left out: what is left out reaches nothing.
 */
export function passagesOf(world: World): PodPassages[] {
  const claims = Map.groupBy(world.pods, ({ address }) => address)
  const pods = world.pods.filter(
    ({ address, namespace }) => claims.get(address)?.length === 1 && world.namespaces.has(namespace),
  )
  const known = { ...world, pods }
  return pods.map((pod) => ({
    namespace: pod.namespace,
    address: pod.address,
    ingress: passageOf(known, pod, 'Ingress'),
    egress: passageOf(known, pod, 'Egress'),
  }))
}

function passageOf(world: World, pod: PolicyPod, direction: Direction): Passage {
  const near = world.policies.filter(({ metadata }) => metadata?.namespace === pod.namespace)
  if (near.length === 0) return 'closed'
  const mine = near.filter((policy) => acts(policy, direction) && selects(policy.spec?.podSelector ?? {}, pod.labels))
  if (mine.length === 0) return 'open'
  return mine.flatMap((policy) => rulesOf(policy, direction).flatMap((rule) => openings(world, pod, direction, rule)))
}

const rulesOf = ({ spec }: NetworkPolicy, direction: Direction): readonly PolicyRule[] =>
  (direction === 'Ingress' ? spec?.ingress : spec?.egress) ?? []

/** The API server fills the types in; left out, they follow from the rules: ingress always, egress where it has some. */
const acts = (policy: NetworkPolicy, direction: Direction): boolean =>
  policy.spec?.policyTypes?.includes(direction) ?? (direction === 'Ingress' || rulesOf(policy, direction).length > 0)

function openings(world: World, pod: PolicyPod, direction: Direction, rule: PolicyRule): Opening[] {
  const peers = (direction === 'Ingress' ? rule.from : rule.to) ?? []
  const others = peers.length === 0 ? [null] : othersOf(world, pod.namespace, peers)
  const ports = rule.ports?.length ? rule.ports : [null]
  return others.flatMap((other) =>
    ports.flatMap((port) => {
      if (typeof port?.port !== 'string') return { others: other, where: numbered(port) }
      return direction === 'Ingress' ? namedHere(pod, other, port) : namedThere(world, other, port)
    }),
  )
}

/** Pods of all selectors as one list, and each block for itself. */
function othersOf(world: World, namespace: string, peers: readonly Peer[]): Exclude<Others, null>[] {
  const chosen = world.pods.filter((pod) => peers.some((peer) => !peer.ipBlock && isPeer(world, namespace, peer, pod)))
  const addresses = chosen.map(({ address }) => address)
  const blocks = peers.flatMap(({ ipBlock }) => {
    const [block, ...except] = [ipBlock?.cidr ?? '', ...(ipBlock?.except ?? [])].map(parseBlock)
    // IPv6: there is none on this network. A part that cannot be read would open what it should keep closed.
    if (!block || except.includes(null)) return []
    return [{ block: blockText(block), except: except.flatMap((one) => (one ? [blockText(one)] : [])) }]
  })
  return [...(addresses.length > 0 ? [{ addresses }] : []), ...blocks]
}

function isPeer(world: World, namespace: string, { podSelector, namespaceSelector }: Peer, pod: PolicyPod): boolean {
  if (!podSelector && !namespaceSelector) return false
  const at = namespaceSelector
    ? selects(namespaceSelector, world.namespaces.get(pod.namespace) ?? {})
    : pod.namespace === namespace
  return at && selects(podSelector ?? {}, pod.labels)
}

function numbered(port: PolicyPort | null): Where {
  if (!port) return null
  const { protocol = 'TCP', port: first, endPort } = port
  return { protocol, ports: typeof first === 'number' ? { first, last: endPort ?? first } : null }
}

const portsNamed = (pod: PolicyPod, { port, protocol = 'TCP' }: PolicyPort): Where[] =>
  pod.ports
    .filter((one) => one.name === port && one.protocol === protocol)
    .map((one) => ({ protocol, ports: { first: one.port, last: one.port } }))

const namedHere = (pod: PolicyPod, others: Others, port: PolicyPort): Opening[] =>
  portsNamed(pod, port).map((where) => ({ others, where }))

/** A name means what the pod at the other end calls so: every such pod has an opening of its own. */
const namedThere = (world: World, others: Others, port: PolicyPort): Opening[] =>
  world.pods
    .filter(({ address }) => isAmong(others, address))
    .flatMap((pod) => portsNamed(pod, port).map((where) => ({ others: { addresses: [pod.address] }, where })))

function isAmong(others: Others, address: string): boolean {
  if (!others) return true
  if ('addresses' in others) return others.addresses.includes(address)
  const inside = (cidr: string) => {
    const block = parseBlock(cidr)
    return block !== null && contains(block, address)
  }
  return inside(others.block) && !others.except.some(inside)
}
