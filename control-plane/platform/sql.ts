/** A statement with its values apart: what `pg` takes. Values never become text of the statement. */
export type Sql = { text: string; values: readonly unknown[]; readonly [fragment]: true }
const fragment = Symbol('sql')

const isFragment = (value: unknown): value is Sql => typeof value === 'object' && value !== null && fragment in value

/** Template tag: interpolated values become parameters, interpolated fragments are spliced in with their own values. */
export function sql(strings: TemplateStringsArray, ...holes: readonly unknown[]): Sql {
  const values: unknown[] = []
  let text = strings[0] ?? ''
  holes.forEach((hole, index) => {
    if (isFragment(hole)) {
      text += hole.text.replaceAll(/\$(\d+)/g, (_, n: string) => `$${Number(n) + values.length}`)
      values.push(...hole.values)
    } else {
      values.push(hole)
      text += `$${values.length}`
    }
    text += strings[index + 1] ?? ''
  })
  return { text, values, [fragment]: true }
}

/** Joins fragments, for example the conditions of a filter: `join(parts, ' and ')`. The separator is code, never input. */
export function join(parts: readonly Sql[], separator: string): Sql {
  return parts.reduce((whole, part) => (whole.text === '' ? part : sql`${whole}${raw(separator)}${part}`), raw(''))
}

const raw = (text: string): Sql => ({ text, values: [], [fragment]: true })
