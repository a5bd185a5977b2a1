import type { IncomingMessage } from 'node:http'

/** Headers that describe one connection, not the message (RFC 9110 section 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
const FORWARDED = new Set(['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-port'])

type Received = Pick<IncomingMessage, 'rawHeaders' | 'headers'>

/** Header names and values in pairs, as received, without those of the connection (also the ones `Connection` names). */
export function endToEnd({ rawHeaders, headers }: Received, alsoWithout: ReadonlySet<string> = new Set()): string[] {
  const named = headers.connection ? headers.connection.toLowerCase().split(/\s*,\s*/) : []
  const kept: string[] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = [rawHeaders[index], rawHeaders[index + 1]]
    const lower = name.toLowerCase()
    if (HOP_BY_HOP.has(lower) || named.includes(lower) || alsoWithout.has(lower)) continue
    kept.push(name, value)
  }
  return kept
}

/**
 * Headers for the upstream. The outermost proxy does not believe what the client says about itself; an inner one (`trust`)
 * keeps what the outer proxy said and appends its own peer. Host stays: the product finds its tenant by it.
 */
export function upstreamHeaders(request: Received, peer: string, trust: boolean): string[] {
  const { headers } = request
  const kept = endToEnd(request, FORWARDED)
  const before = trust ? headers['x-forwarded-for'] : undefined
  const inner = (name: 'x-forwarded-host' | 'x-forwarded-proto', own: string) =>
    trust ? String(headers[name] ?? own) : own
  kept.push('x-forwarded-for', before ? `${String(before)}, ${peer}` : peer)
  kept.push('x-forwarded-host', inner('x-forwarded-host', headers.host ?? ''))
  kept.push('x-forwarded-proto', inner('x-forwarded-proto', 'http'))
  // The body is passed on as it comes: chunked stays chunked, a stated length stays stated.
  if (headers['transfer-encoding']) kept.push('transfer-encoding', 'chunked')
  return kept
}

/** The host name of a request: lower case, without port and trailing dot; empty when it names none. */
export function hostName(host: string | undefined): string {
  if (!host) return ''
  const name = host.startsWith('[') ? host.slice(0, host.indexOf(']') + 1) : (host.split(':', 1)[0] ?? '')
  return name.toLowerCase().replace(/\.$/, '')
}
