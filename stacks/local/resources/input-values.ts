import { invalidInput } from './inputs.ts'

type Fields = Readonly<Record<string, unknown>>

/** A whole number in a range, or its default when it is absent; throws `resource.invalid` naming the field. */
export function wholeNumber(
  fields: Fields,
  name: string,
  { from, to, otherwise }: { from: number; to: number; otherwise: number },
): number {
  const value = fields[name] === undefined ? otherwise : fields[name]
  if (typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to) return value
  throw invalidInput(name, `must be a whole number from ${from} to ${to}`)
}

/** A text of a pattern, which `rule` says in words; throws `resource.invalid` naming the field. */
export function textOf(fields: Fields, name: string, { pattern, rule }: { pattern: RegExp; rule: string }): string {
  const value = fields[name]
  if (typeof value === 'string' && pattern.test(value)) return value
  throw invalidInput(name, rule)
}
