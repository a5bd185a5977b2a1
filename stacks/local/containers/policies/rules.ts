import type { Opening, Passage, PodPassages } from './passages.ts'

/** Lines for the chains of the fence: numbered chains of those who have policies, and the maps that lead to them. */
export type PassageRules = {
  ingress: readonly (readonly string[])[]
  egress: readonly (readonly string[])[]
  /** By address of the receiver. */
  arrivals: readonly string[]
  /** By address of the sender, towards the machine and towards other pods. */
  toMachine: readonly string[]
  toPods: readonly string[]
}

/** Chains with equal lines are one: replicas of a Deployment share theirs. */
function numbering() {
  const known = new Map<string, number>()
  return {
    chains: () => [...known.keys()].map((text) => (text === '' ? [] : text.split('\n'))),
    numberOf(lines: readonly string[]): number {
      const text = lines.join('\n')
      const number = known.get(text) ?? known.size
      known.set(text, number)
      return number
    },
  }
}

/** nftables lines for passages: `goto` chains named `passed`, `arrivals`, `doors`, `onward`, `ingress_n` and `egress_n` of the fence. */
export function passageRules(pods: readonly PodPassages[]): PassageRules {
  const [ingress, egress] = [numbering(), numbering()]
  const into = (passage: Passage): string | undefined => {
    if (passage === 'closed') return undefined
    return passage === 'open' ? 'passed' : `ingress_${ingress.numberOf(lines(passage, 'saddr', 'passed'))}`
  }
  const outOf = (passage: Passage, free: string | undefined): string | undefined =>
    typeof passage === 'string' ? free : `egress_${egress.numberOf(lines(passage, 'daddr', 'onward'))}`
  return {
    arrivals: branch('daddr', pods, ({ ingress: passage }) => into(passage)),
    toMachine: branch('saddr', pods, ({ egress: passage }) => outOf(passage, 'doors')),
    toPods: branch('saddr', pods, ({ egress: passage }) => outOf(passage, passage === 'open' ? 'arrivals' : undefined)),
    ingress: ingress.chains(),
    egress: egress.chains(),
  }
}

function branch(side: Side, pods: readonly PodPassages[], chainOf: (pod: PodPassages) => string | undefined): string[] {
  const ways = pods.flatMap((pod) => {
    const chain = chainOf(pod)
    return chain ? [`${pod.address} : goto ${chain}`] : []
  })
  return ways.length > 0 ? [`ip ${side} vmap { ${ways.toSorted().join(', ')} }`] : []
}

type Side = 'saddr' | 'daddr'
const lines = (openings: readonly Opening[], side: Side, onwards: string): string[] => [
  ...new Set(openings.map((opening) => [...othersOf(opening, side), ...portsOf(opening), `goto ${onwards}`].join(' '))),
]

function othersOf({ others }: Opening, side: Side): string[] {
  if (!others) return []
  if ('addresses' in others) return [`ip ${side} { ${others.addresses.toSorted().join(', ')} }`]
  const within = others.block.endsWith('/0') ? [] : [`ip ${side} ${others.block}`]
  return [...within, ...others.except.map((block) => `ip ${side} != ${block}`)]
}

function portsOf({ where }: Opening): string[] {
  if (!where) return []
  const protocol = where.protocol.toLowerCase()
  if (!where.ports) return [`meta l4proto ${protocol}`]
  const { first, last } = where.ports
  return [`${protocol} dport ${first === last ? first : `${first}-${last}`}`]
}
