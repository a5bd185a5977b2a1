import type { EstateDump } from '../support/estate-dump.ts'

/** Throws the lines that one of two ends has and the other has not. Rows are the plane's own: a script keeps none. */
export function sameDump(one: EstateDump, other: EstateDump): void {
  for (const part of ['databases', 'objects', 'routes', 'processes'] as const) {
    const [left, right] = [new Set(one[part]), new Set(other[part])]
    const only = [...one[part].filter((line) => !right.has(line)), ...other[part].filter((line) => !left.has(line))]
    if (only.length > 0 || one[part].length !== other[part].length)
      throw new Error(`the ends differ in ${part}: ${JSON.stringify(only.slice(0, 4), null, 1)}`)
  }
}
