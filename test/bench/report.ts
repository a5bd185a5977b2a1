import { arch, cpus, totalmem, type as system } from 'node:os'

export type Measured = {
  /** `<what>_<p50|p95|max|…>_<unit>` to number. */
  figures: Record<string, number>
  ratios: Record<string, number>
  /** What the ratios compare with, measured in the same run. */
  compared_with: string
  runs: number
}
/** A bar: the figure or ratio must not exceed (or, for `min`, fall below) the number. */
export type Bar = { of: string; max?: number; min?: number }
export type Bench = { bars: readonly Bar[]; run: (say: (line: string) => void) => Promise<Measured> }

/** The value below which a share of the samples lies (nearest rank, so that every answer is a measured value). */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  if (value === undefined) throw new Error('no samples: nothing was measured')
  return value
}

/** The bars that were missed, as sentences. A figure that a bar names and nobody measured is a miss. */
export function judge({ figures, ratios }: Measured, bars: readonly Bar[]): string[] {
  return bars.flatMap(({ of, max, min }) => {
    const value = figures[of] ?? ratios[of]
    if (value === undefined) return [`${of} was not measured`]
    if (max !== undefined && value > max) return [`${of} is ${value}, the bar is at most ${max}`]
    if (min !== undefined && value < min) return [`${of} is ${value}, the bar is at least ${min}`]
    return []
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
