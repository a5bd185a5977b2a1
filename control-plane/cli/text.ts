const LAYOUT: ReadonlySet<string> = new Set(['\n', '\t'])
const visible = (control: string) => `\\u${(control.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`

/** Text of the plane as a terminal may have it: control characters, and so all escape sequences, are written out. */
export const plain = (text: string): string =>
  text.replaceAll(/\p{Cc}/gu, (control) => (LAYOUT.has(control) ? control : visible(control)))

/** The same on one line. */
export const oneLine = (text: string): string => plain(text).replaceAll(/\s*[\n\t]\s*/g, ' ')

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}]/u

/** How many columns a grapheme takes: East Asian ideographs and emoji two, the rest one. */
const columnsOf = (grapheme: string): number => (WIDE.test(grapheme) ? 2 : 1)

/** The line cut so that it takes at most so many columns; an ellipsis says that something is missing. */
export function truncate(line: string, columns: number): string {
  const parts = [...graphemes.segment(line)].map(({ segment }) => segment)
  const width = (of: readonly string[]) => of.reduce((sum, grapheme) => sum + columnsOf(grapheme), 0)
  if (width(parts) <= columns) return line
  while (parts.length > 0 && width(parts) > columns - 1) parts.pop()
  return columns > 0 ? `${parts.join('')}…` : ''
}
