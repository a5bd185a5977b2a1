import { arch, cpus, totalmem, type as system } from 'node:os'

export type Measured = {
  /** `<what>_<p50|p95|max|…>_<unit>` to number. */
  figures: Record<string, number>
  ratios: Record<string, number>
  /** What the ratios compare with, measured in the same run. */
  compared_with: string
  runs: number
}
/**
 * A bar: the figure or ratio must not exceed (or, for `min`, fall below) the number. Where a decision names a floor, a figure
 * between the two is shown as below its bar and fails nothing.
 */
export type Bar = { of: string; max?: number; min?: number; floor?: { value: number; decision: string } }
export type Bench = { bars: readonly Bar[]; run: (say: (line: string) => void) => Promise<Measured> }

/** The value below which a share of the samples lies (nearest rank, so that every answer is a measured value). */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  if (value === undefined) throw new Error('no samples: nothing was measured')
  return value
}

/** The bars that were missed, as sentences; a figure that a bar names and nobody measured is a miss. `tolerated`: not below its floor. */
export function judge({ figures, ratios }: Measured, bars: readonly Bar[]): { text: string; tolerated: boolean }[] {
  return bars.flatMap(({ of, max, min, floor }) => {
    const value = figures[of] ?? ratios[of]
    if (value === undefined) return [{ text: `${of} was not measured`, tolerated: false }]
    const over = max !== undefined && value > max
    const under = min !== undefined && value < min
    if (!over && !under) return []
    const text = `${of} is ${value}, the bar is at ${over ? `most ${max}` : `least ${min}`}`
    if (floor === undefined) return [{ text, tolerated: false }]
    const tolerated = over ? value <= floor.value : value >= floor.value
    return [{ text: `${text}, the floor of decision ${floor.decision} ${floor.value}`, tolerated }]
  })
}

export const machine = () => ({
  system: system(),
  arch: arch(),
  cores: cpus().length,
  cpu: cpus()[0]?.model ?? 'unknown',
  memory_gib: Math.round(totalmem() / 2 ** 30),
})

export function renderFigures(name: string, measured: Measured, bars: readonly Bar[]): string {
  const bar = (of: string) =>
    bars.filter((one) => one.of === of).map(({ max, min }) => (max === undefined ? `bar >= ${min}` : `bar <= ${max}`))
  const rows = Object.entries({ ...measured.figures, ...measured.ratios }).map(
    ([of, value]) => `  ${of.padEnd(34)} ${String(Math.round(value * 100) / 100).padStart(10)}  ${bar(of).join('')}`,
  )
  return [`${name}: ${measured.runs} runs, compared with ${measured.compared_with}`, ...rows].join('\n')
}
