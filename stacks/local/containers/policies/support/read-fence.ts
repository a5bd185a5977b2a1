import type { Attempt } from './reference.ts'

type Packet = Attempt & { into: string; out: string | undefined }
type Chains = ReadonlyMap<string, readonly string[]>

/** The chains of one table of a script for nft, as lines. */
export function chainsOf(script: string, table: string): Chains {
  const start = script.indexOf(`\ntable ${table} {`)
  const text = script.slice(start, script.indexOf('\n}\n', start))
  const found = [...text.matchAll(/^ {2}chain (\S+) \{\n((?: {4}.*\n)*) {2}\}/gm)]
  return new Map(
    found.map(([, name = '', lines = '']) => [
      name,
      lines
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean),
    ]),
  )
}

/** Whether a fence lets a new connection through, by its text: reads the few words of nft that fences use, and knows no others. */
export function allowedByFence(
  script: string,
  table: string,
  bridge: string,
  machine: readonly string[],
  attempt: Attempt,
): boolean {
  const chains = chainsOf(script, table)
  const local = machine.includes(attempt.to)
  const packet = { ...attempt, into: bridge, out: local ? undefined : bridge }
  return walk(chains, local ? 'input' : 'forward', packet) === 'accept'
}

function walk(chains: Chains, name: string, packet: Packet): 'accept' | 'drop' {
  const lines = chains.get(name)
  if (!lines) throw new Error(`no chain ${name}`)
  for (const line of lines) {
    const verdict = read(line, packet)
    if (verdict === 'accept') return 'accept'
    if (verdict === 'drop' || verdict === 'reject') return 'drop'
    if (verdict?.startsWith('goto ')) return walk(chains, verdict.slice(5), packet)
  }
  return 'accept' // the end of a chain is the policy of its base chain
}

/** What a rule says of a packet; undefined when it says nothing. */
function read(line: string, packet: Packet): string | undefined {
  let rest = line
  for (;;) {
    if (/^(accept|drop|reject|goto \S+)$/.test(rest)) return rest
    if (/^meta mark set \S+ accept$/.test(rest)) return 'accept'
    if (rest.startsWith('type filter hook ')) return undefined
    const map = /^ip ([sd])addr vmap \{ (.*) \}$/.exec(rest)
    if (map) return wayOf(map[2] ?? '', map[1] === 's' ? packet.from : packet.to)
    const [whole, holds] = condition(rest, packet)
    if (!holds) return undefined
    rest = rest.slice(whole).trimStart()
  }
}

const wayOf = (ways: string, address: string): string | undefined =>
  ways
    .split(', ')
    .map((way) => way.split(' : '))
    .find(([key]) => key === address)?.[1]

/** The condition that a rule begins with: its length, and whether it holds. */
function condition(rule: string, packet: Packet): [number, boolean] {
  const address = /^ip ([sd])addr (!= )?(\{ [^}]* \}|\S+)/.exec(rule)
  if (address) {
    const [whole, side, not, value = ''] = address
    const found = value
      .replaceAll(/[{}\s]/g, '')
      .split(',')
      .some((one) => covers(one, side === 's' ? packet.from : packet.to))
    return [whole.length, found !== Boolean(not)]
  }
  const port = /^(tcp|udp|sctp) dport (\d+)(?:-(\d+))?/.exec(rule)
  if (port) {
    const [whole, protocol, first, last = first] = port
    const at = packet.port >= Number(first) && packet.port <= Number(last)
    return [whole.length, packet.protocol.toLowerCase() === protocol && at]
  }
  const other = /^(?:meta l4proto (\S+)|([io])ifname (!= )?("\S+"|\{ [^}]* \})|ct state established,related)/.exec(rule)
  if (!other) throw new Error(`what is: ${rule}`)
  const [whole, protocol, way, not, names = ''] = other
  if (protocol) return [whole.length, packet.protocol.toLowerCase() === protocol]
  const at = way === 'i' ? packet.into : packet.out
  // a packet for the machine has no way out: then no rule about it holds
  const named = at !== undefined && names.includes(`"${at}"`)
  return [whole.length, way !== undefined && at !== undefined && named !== Boolean(not)]
}

function covers(range: string, address: string): boolean {
  const [base = '', bits = '32'] = range.split('/')
  const number = (text: string) => text.split('.').reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n)
  const shift = 32n - BigInt(bits)
  return number(base) >> shift === number(address) >> shift
}
