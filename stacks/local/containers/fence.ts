import type { ContainerNetwork } from './network.ts'
import type { PodPassages } from './policies/passages.ts'
import { passageRules } from './policies/rules.ts'

/** What of the machine pods may reach: all of them, or those of some namespaces only. */
export type Door = { address: string; port: number; namespaces?: readonly string[] }
export type Doors = readonly Door[]

/** The tables of an estate, by family and name; nftables knows no hyphens. */
export const tablesOf = ({ name }: Pick<ContainerNetwork, 'name'>): readonly string[] =>
  ['inet', 'bridge'].map((family) => `${family} ${name.replace('-', '_')}`)

/** On frames between pods that the fence has let pass; the rest of the machine never sees it. */
const PASSED = '0x73746577'

function door({ address, port, namespaces }: Door, pods: readonly PodPassages[]): string[] {
  const open = `ip daddr ${address} tcp dport ${port} accept`
  if (!namespaces) return [open]
  const allowed = pods.filter(({ namespace }) => namespaces.includes(namespace)).map((pod) => pod.address)
  return allowed.length > 0 ? [`ip saddr { ${allowed.join(', ')} } ${open}`] : []
}

const chain = (name: string, rules: readonly string[]): string =>
  `  chain ${name} {\n${rules.map((rule) => `    ${rule}\n`).join('')}  }\n`

/**
 * Tables of the estate's own that look at nothing but its own bridge and its addresses there, which answer the machine itself and
 * the bridge, nobody else. Replaced as a whole by one transaction. Pods reach the doors
 * that their egress policies leave them, and each other where the policies of both sides allow it; a pod that the
 * fence does not know reaches nothing. Nothing is forwarded, also where forwarding is switched on for others.
 *
 * Frames between pods pass the table `inet` only where the kernel shows it bridged ones. Hence the mark: the table `bridge` drops what
 * does not carry it, so that without the kernel's help pods are further apart, never closer. Connections that are
 * open stay open when a policy goes: new ones are judged.
 */
export function fenceRules(
  network: Pick<ContainerNetwork, 'name' | 'pods' | 'gateway' | 'apiService'>,
  doors: Doors,
  pods: readonly PodPassages[] = [],
): string {
  const { name } = network
  const [inet = '', bridge = ''] = tablesOf(network)
  const rules = passageRules(pods)
  const chains = [
    chain('doors', [...doors.flatMap((one) => door(one, pods)), 'reject']),
    chain('passed', [`meta mark set ${PASSED} accept`]),
    ...rules.ingress.map((lines, index) => chain(`ingress_${index}`, [...lines, 'drop'])),
    chain('arrivals', [...rules.arrivals, 'drop']),
    chain('onward', [`oifname "${name}" goto arrivals`, 'goto doors']),
    ...rules.egress.map((lines, index) => chain(`egress_${index}`, [...lines, `oifname "${name}" drop`, 'reject'])),
    chain('input', [
      'type filter hook input priority filter; policy accept;',
      // An address of the bridge is one of the whole machine: what comes in elsewhere must not reach it there.
      `ip daddr { ${network.gateway}, ${network.apiService} } iifname != { "lo", "${name}" } drop`,
      `iifname != "${name}" accept`,
      'ct state established,related accept',
      ...rules.toMachine,
      'drop',
    ]),
    chain('between', ['ct state established,related goto passed', ...rules.toPods, 'drop']),
    chain('forward', [
      'type filter hook forward priority filter; policy accept;',
      `iifname "${name}" oifname "${name}" goto between`,
      `iifname "${name}" reject`,
      `oifname "${name}" reject`,
    ]),
  ]
  const frames = chain('forward', [
    'type filter hook forward priority 10; policy accept;', // behind the place where bridged frames pass the other table
    ...['saddr', 'daddr'].map((side) => `ip ${side} ${network.pods} meta mark != ${PASSED} drop`),
  ])
  return [replaced(inet, chains.join('')), replaced(bridge, frames)].join('')
}

const replaced = (table: string, content: string): string =>
  `add table ${table}\ndelete table ${table}\ntable ${table} {\n${content}}\n`
