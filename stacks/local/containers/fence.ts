import type { ContainerNetwork } from './network.ts'

/** What of the machine pods may reach. */
export type Doors = readonly { address: string; port: number }[]

/** The tables of an estate, by family and name; nftables knows no hyphens. */
export const tablesOf = ({ name }: Pick<ContainerNetwork, 'name'>): readonly string[] =>
  ['inet', 'bridge'].map((family) => `${family} ${name.replace('-', '_')}`)

/**
 * Tables of the estate's own that look at nothing but its own bridge: pods reach its doors, neither each other nor anything else
 * that listens on this machine, and nothing is forwarded, also where forwarding is switched on for others.
 */
export function fenceRules(network: Pick<ContainerNetwork, 'name' | 'pods'>, doors: Doors): string {
  const [inet, bridge] = tablesOf(network)
  return `table ${inet} {
  chain input {
    type filter hook input priority filter; policy accept;
    iifname != "${network.name}" accept
    ct state established,related accept
${doors.map(({ address, port }) => `    ip daddr ${address} tcp dport ${port} accept`).join('\n')}
    reject
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "${network.name}" oifname != "${network.name}" reject
    oifname "${network.name}" iifname != "${network.name}" reject
  }
}
table ${bridge} {
  chain forward {
    type filter hook forward priority filter; policy accept;
    ip saddr ${network.pods} ip daddr ${network.pods} drop
  }
}
`
}
