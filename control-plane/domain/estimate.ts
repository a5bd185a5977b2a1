/** Fewer past runs than this say nothing about the next one. */
export const MIN_HISTORY = 3

export type StepProgress = { step: string; state: 'pending' | 'running' | 'succeeded' | 'failed'; elapsedMs: number }
/** Milliseconds that each step took in past successful operations of the same kind. */
export type StepHistory = Readonly<Record<string, readonly number[]>>
export type TimeRemaining = { p50Ms: number; p95Ms: number }

/** Value below which `share` of the samples lie, interpolated between neighbours; `samples` must not be empty. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const place = share * (sorted.length - 1)
  const low = sorted[Math.floor(place)] ?? 0
  const high = sorted[Math.ceil(place)] ?? low
  return low + (high - low) * (place - Math.floor(place))
}

/**
 * Time until the operation is done, from what its remaining steps took before; a step under way counts only for what is left
 * of it. The sum of the steps' p95 is an upper figure: all steps are rarely slow at once. Null when a remaining step has fewer
 * than `MIN_HISTORY` past runs: a guess would be worse than nothing.
 */
export function timeRemaining(steps: readonly StepProgress[], history: StepHistory): TimeRemaining | null {
  let p50 = 0
  let p95 = 0
  for (const { step, state, elapsedMs } of steps) {
    if (state === 'succeeded') continue
    const samples = history[step] ?? []
    if (samples.length < MIN_HISTORY) return null
    const spent = state === 'running' ? elapsedMs : 0
    p50 += Math.max(0, percentile(samples, 0.5) - spent)
    p95 += Math.max(0, percentile(samples, 0.95) - spent)
  }
  return { p50Ms: Math.round(p50), p95Ms: Math.round(p95) }
}
