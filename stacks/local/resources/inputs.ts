import { estateProblems } from '../estate.errors.ts'

/** `resource.invalid` for one field: the rule that it breaks. */
export const invalidInput = (field: string, rule: string) =>
  estateProblems['resource.invalid']({ detail: `${field}: ${rule}`, extra: { field, rule } })

/** The inputs as an object that has no other fields than these; throws `resource.invalid` naming the first that it has. */
export function inputFields(inputs: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof inputs !== 'object' || inputs === null || Array.isArray(inputs)) {
    throw invalidInput('inputs', `must be a JSON object with the fields ${known.join(', ')}`)
  }
  const stranger = Object.keys(inputs).find((name) => !known.includes(name))
  if (stranger !== undefined) throw invalidInput(stranger, `is no field of it; there are ${known.join(', ')}`)
  return { ...inputs }
}

const OWNER = /^[a-z0-9][a-z0-9/_.-]{0,99}$/

/** Whose it is to be, from the header `steward-owner`: undefined when nobody says. */
export function readOwner(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  if (typeof header === 'string' && OWNER.test(header)) return header
  throw invalidInput('steward-owner', 'must be one name of at most 100 of a to z, 0 to 9, /, _, . and hyphens')
}

const NAME = /^[a-z][a-z0-9-]{0,39}$/

/** Checks the name of a resource, which becomes a folder and the first part of its servers' names. */
export function checkName(name: string): void {
  if (!NAME.test(name)) {
    throw invalidInput('name', 'must begin with a letter and have at most 40 of a to z, 0 to 9 and hyphens')
  }
}
