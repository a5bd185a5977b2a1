import { GUARD, type Observation } from '../../../control-plane/domain/attestation.ts'
import { ownerLabels, type KubernetesObject } from '../objects.ts'
import { serverSideApply } from '../apply.ts'
import { orMissing } from '../calls.ts'
import type { Cluster } from '../cluster.ts'
import type { Link } from '../link.ts'
import { type Answer, attempt, controlAllows, controlRefuses, mustRefuse } from './attempt.ts'
import { create, dryCreate, placeOf, remove } from './calls.ts'
import type { Attested, Space, Traffic } from './context.ts'
import {
  endProbes,
  PROBE_PORT,
  SILENCE_SECONDS,
  startListener,
  type Target,
  tryFrom,
  type Tried,
} from './probe-runs.ts'

const PROTOCOLS = ['tcp', 'udp'] as const
const OWN = 'steward-probe-own'
const OPENED = 'steward-probe-opened'
const TRIED = 'steward-probe-tried'
const BOTH = ['Ingress', 'Egress']

const policy = (namespace: string, name: string, rules: object, labels?: Record<string, string>): KubernetesObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace, ...(labels ? { labels } : {}) },
  spec: { podSelector: {}, policyTypes: BOTH, ...rules },
})
const WIDE = { ingress: [{}], egress: [{}] }
const INSIDE = { ingress: [{ from: [{ podSelector: {} }] }], egress: [{ to: [{ podSelector: {} }] }] }

/**
 * Pods of two tenants that send. First the second tenant among itself, where the same probe must be stopped without a policy that opens
 * and come through with one: so the network is known to keep to policies, and the probe to notice. Then across, both ways, while
 * the second tenant stands wide open, so that the unit's own walls are what is measured; and again after both have tried to open themselves.
 */
export async function trafficBetween(attested: Attested, traffic: Traffic): Promise<Observation[]> {
  const { ours, other, operator, link } = attested
  const asked = { ...traffic, control: { name: 'control', protocol: 'tcp', address: traffic.control } as const }
  const cleared = () => clearTraffic(operator, [ours, other], link)
  await cleared()
  try {
    const there = await startListener(other, 'steward-probe-there', traffic.image, link)
    const observed = await among(attested, asked, there)
    const labels = ownerLabels({ unitId: attested.unitId, tenant: attested.unitId })
    await serverSideApply(operator, [policy(other.namespace, OPENED, WIDE, labels)], link)
    const out = (when: string) => across(asked, ours, other, there, when, link)
    observed.push(...(await out('')))
    const here = await startListener(ours, 'steward-probe-here', traffic.image, link)
    const into = (when: string) => across(asked, other, ours, here, when, link)
    observed.push(...(await into('')))
    for (const space of [ours, other]) observed.push(await opensItself(space, link))
    observed.push(...(await into(' after that')))
    await endProbes(ours.tenant, ours.namespace, link) // the unit's quota bears one at a time
    return [...observed, ...(await out(' after that'))]
  } finally {
    if (!link.signal.aborted) await cleared()
  }
}

type Asked = { image: string; control: Target }
const targetsAt = (address: string): Target[] =>
  PROTOCOLS.map((protocol) => ({ name: protocol, protocol, address: `${address}:${PROBE_PORT}` }))

/** Inside of the second tenant: closed, then opened by a policy of its own. */
async function among({ other, operator, link }: Attested, { image, control }: Asked, there: string) {
  const { namespace, tenant } = other
  const ask = { control, targets: targetsAt(there) }
  await removePolicy(operator, namespace, 'inside', link)
  const closed = await tryFrom(other, image, ask, link)
  const own = await attempt(tenant, create(policy(namespace, OWN, INSIDE)), link)
  const opened = await tryFrom(other, image, ask, link)
  return [
    controlAllows('the tenant opens its own pods to each other', own),
    ...observe('among pods of one tenant that no policy opens', closed, (what, answer) =>
      controlRefuses(what, [GUARD.network], answer),
    ),
    ...observe('among pods of one tenant that its own policy opens', opened, controlAllows),
  ]
}

async function across(asked: Asked, from: Space, to: Space, address: string, when: string, link: Link) {
  const tried = await tryFrom(from, asked.image, { control: asked.control, targets: targetsAt(address) }, link)
  return observe(`from ${from.namespace} to ${to.namespace}${when}`, tried, (what, answer) =>
    mustRefuse(what, [GUARD.network], answer),
  )
}

/** Really tries, unless a dry run would do it: then the door is known to be open, and a living tenant is not left standing in it. */
async function opensItself({ namespace, tenant }: Space, link: Link): Promise<Observation> {
  const wide = policy(namespace, TRIED, WIDE)
  const tried = await attempt(tenant, dryCreate(wide), link)
  const answer = tried.seen === 'refused' ? await attempt(tenant, create(wide), link) : tried
  return mustRefuse(`${namespace} really opens itself to everybody`, [GUARD.rbac, 'steward-network-peers'], answer)
}

type Judged = (what: string, answer: Omit<Answer, 'body'>) => Observation
const observe = (what: string, tried: Tried, judged: Judged): Observation[] => [
  controlAllows(`the probe that sends ${what} has a network`, answerOf(tried, 'control')),
  ...PROTOCOLS.map((protocol) => judged(`${protocol.toUpperCase()} ${what}`, answerOf(tried, protocol))),
]

function answerOf({ answers, said }: Tried, name: string): Omit<Answer, 'body'> {
  const came = answers?.[name]
  if (came === 'answered') return { seen: 'allowed', guard: null, said: 'answered' }
  if (came === undefined) return { seen: 'error', guard: null, said: said.slice(0, 300) }
  const words = came === 'silent' ? `no answer within ${SILENCE_SECONDS} s` : came
  return { seen: 'refused', guard: GUARD.network, said: words }
}

async function removePolicy(operator: Cluster, namespace: string, name: string, link: Link): Promise<void> {
  await orMissing(operator.call(remove(placeOf(policy(namespace, name, {})), name), link))
}

/** Takes away everything that a measurement made, also one that was cut off. */
export async function clearTraffic(operator: Cluster, spaces: readonly Space[], link: Link): Promise<void> {
  for (const { namespace, tenant } of spaces) {
    await endProbes(tenant, namespace, link)
    for (const name of [OWN, OPENED, TRIED]) await removePolicy(operator, namespace, name, link)
  }
}
