import type { Finding } from './finding.ts'

/** Tokens, leases and records compare times of several machines; more than this apart they are no use. */
const LARGEST_SKEW_MS = 5000

/** Compares another machine's time with ours, both in milliseconds since 1970. */
export function clockFinding(what: string, theirs: number, ours: number): Finding {
  const skew = Math.round(theirs - ours)
  const found =
    Math.abs(skew) <= 1000
      ? 'as here'
      : `${(Math.abs(skew) / 1000).toFixed(1)} s ${skew > 0 ? 'ahead of' : 'behind'} this machine`
  if (Math.abs(skew) <= LARGEST_SKEW_MS) return { what, found }
  return { what, found, fix: 'let both machines keep time by NTP' }
}
