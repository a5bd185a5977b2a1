/** One thing that can be chosen; `current` is the running state of the choice. */
export type Weighted<T> = { value: T; weight: number; current: number }

export const weighted = <T>(choices: readonly { value: T; weight: number }[]): Weighted<T>[] =>
  choices.map((choice) => ({ ...choice, current: 0 }))

/**
 * Smooth weighted round robin: over every `sum of weights` choices each is picked exactly `weight` times, spread evenly, so that
 * a 5 % canary sees 5 of 100 requests and not a random number of them. Null when no weight is above zero.
 */
export function choose<T>(choices: readonly Weighted<T>[]): T | null {
  let total = 0
  let best: Weighted<T> | null = null
  for (const choice of choices) {
    if (choice.weight <= 0) continue
    total += choice.weight
    choice.current += choice.weight
    if (!best || choice.current > best.current) best = choice
  }
  if (!best) return null
  best.current -= total
  return best.value
}
