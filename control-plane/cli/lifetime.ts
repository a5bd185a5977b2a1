import { InvalidArgumentError } from 'commander'

const SECONDS = { m: 60, h: 3600, d: 86_400 } as const
type Unit = keyof typeof SECONDS

/** Reads `30m`, `12h` or `30d` as seconds, in those of the units that make sense; commander names the option of a faulty one. */
export const lifetime =
  (units: readonly Unit[], hint: string) =>
  (text: string): number => {
    const [, number, unit] = /^([1-9]\d{0,3})([mhd])$/.exec(text) ?? []
    const known = units.find((one) => one === unit)
    if (number === undefined || known === undefined) throw new InvalidArgumentError(hint)
    return Number(number) * SECONDS[known]
  }
