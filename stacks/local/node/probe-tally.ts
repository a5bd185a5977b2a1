import type { Probe } from './pod-types.ts'

/** Consecutive results of one probe. */
export type Tally = { successes: number; failures: number }
export const FRESH: Tally = { successes: 0, failures: 0 }

export const tally = ({ successes, failures }: Tally, ok: boolean): Tally =>
  ok ? { successes: successes + 1, failures: 0 } : { successes: 0, failures: failures + 1 }

/** What the results say now: `up` or `down` once their threshold is reached, else null (nothing changes). */
export function judge({ successes, failures }: Tally, probe: Probe): 'up' | 'down' | null {
  if (successes >= (probe.successThreshold ?? 1)) return 'up'
  if (failures >= (probe.failureThreshold ?? 3)) return 'down'
  return null
}
