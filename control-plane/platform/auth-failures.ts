import type { Problem } from '../domain/problem.ts'
import { createLimiter } from './limiter.ts'
import { problems } from './problems.ts'

/** Failures of one address, and of one token or session, within a window before the next is put off. */
export type FailureLimits = { count: number; windowMs: number }
export const usualLimits = (perMinute: number): FailureLimits => ({ count: perMinute, windowMs: 60_000 })

/** Credentials that were good here lately, by hash: what an attacker behind the same address does is not their fault. */
const MOST_KNOWN = 10_000

export type AuthFailures = {
  /** Before anything is looked up: the problem of an address that has failed too often, unless the credential was good before. */
  beforeLookup: (address: string, hash: string) => Problem | undefined
  /** The credential opened something. */
  succeeded: (hash: string) => void
  /** It is nobody's: counted by address. */
  unknown: (address: string) => void
  /** It was somebody's once: counted by its id, wherever it comes from. The problem, when that was too often. */
  refused: (tokenId: string) => Problem | undefined
}

/**
 * Counts failed authentication in this process and puts off who fails too often, until its window ends. A good credential is never
 * put off from an address of its own, nor from a shared one where it was good before; a refused one that becomes good is good at once.
 */
export function createAuthFailures(limits: FailureLimits): AuthFailures {
  const [addresses, tokens] = [createLimiter(limits), createLimiter(limits)]
  const known = new Set<string>()
  return {
    beforeLookup(address, hash) {
      if (known.has(hash)) return undefined
      const waitMs = addresses.waitMs(networkOf(address))
      return waitMs > 0 ? tooMany(waitMs) : undefined
    },
    succeeded(hash) {
      known.delete(hash)
      if (known.size >= MOST_KNOWN) for (const oldest of known) if (known.delete(oldest)) break
      known.add(hash)
    },
    unknown: (address) => void addresses.allows(networkOf(address)),
    refused: (tokenId) => (tokens.allows(tokenId) ? undefined : tooMany(tokens.waitMs(tokenId))),
  }
}

function tooMany(waitMs: number): Problem {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000))
  return problems['auth.too-many-failures']({
    detail: `Nothing is looked up for ${seconds} s: mend the token before you try again`,
    extra: { retryAfterSeconds: seconds },
  })
}

/** Who has one address of IPv6 has its /64: that is what counts. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const [left, right] = [head.split(':'), tail === undefined ? [] : tail.split(':')].map((groups) =>
    groups.filter((group) => group !== ''),
  )
  const zeros = Array.from({ length: Math.max(0, 8 - (left?.length ?? 0) - (right?.length ?? 0)) }, () => '0')
  const groups = [...(left ?? []), ...(tail === undefined ? [] : zeros), ...(right ?? [])].slice(0, 4)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
