/** The network of every stack. Stacks are never joined to each other, so each may have the same addresses. */
export const STACK_NETWORK = '10.64.0.0/16'

export type SubnetTier = 'nodes' | 'public' | 'database'
/** Where the networks of a tier begin in the third byte, and how many addresses one has: 4,091 for pods, 251 for the rest. */
const TIERS: Readonly<Record<SubnetTier, { first: number; step: number; prefix: number }>> = {
  nodes: { first: 0, step: 16, prefix: 20 },
  public: { first: 64, step: 1, prefix: 24 },
  database: { first: 72, step: 1, prefix: 24 },
}

/** The network of a tier in each zone, in the order of the zones: the same again after any change but of that order. */
export function subnetsOf(tier: SubnetTier, zones: readonly string[]): { zone: string; cidr: string }[] {
  const { first, step, prefix } = TIERS[tier]
  return zones.map((zone, index) => ({ zone, cidr: `10.64.${first + index * step}.0/${prefix}` }))
}
