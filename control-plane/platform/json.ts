/** What JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/**
 * One text per value (RFC 8785): object names in order of their UTF-16 units, no spaces, numbers and strings as ECMAScript
 * writes them. What is hashed, signed or compared as text goes through here. Members that are `undefined` are left out.
 * Throws a TypeError on what JSON cannot say (infinite numbers, functions, bigints).
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value)
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`
  if (typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`
  }
  throw new TypeError(`JSON cannot say a ${typeof value}`)
}

/** JSON pointer of the first text that is no Unicode: half of a surrogate pair, which UTF-8 cannot hold. Undefined: there is none. */
export function illFormedAt(value: unknown, pointer = ''): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : pointer
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, member] of Object.entries(value)) {
    const found = illFormedAt(member, `${pointer}/${name}`)
    if (found !== undefined) return found
  }
  return undefined
}

/** PostgreSQL keeps no NUL in a text: one in a message of somebody else's must not keep the message from being kept. */
export const withoutNul = (text: string): string => text.replaceAll('\0', '\uFFFD')
