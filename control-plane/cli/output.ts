import Table from 'cli-table3'
import { oneLine, plain } from './text.ts'

export const OUTPUT_FORMATS = ['table', 'json'] as const
export type OutputFormat = (typeof OUTPUT_FORMATS)[number]
type Value = string | number | null | undefined
/** One column: its heading and how a row fills it. */
export type Column<Row> = readonly [heading: string, cell: (row: Row) => Value]

const EDGES = [
  'top',
  'top-mid',
  'top-left',
  'top-right',
  'bottom',
  'bottom-mid',
  'bottom-left',
  'bottom-right',
] as const
const LINES = ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'] as const
const bare = { ...Object.fromEntries([...EDGES, ...LINES].map((name) => [name, ''])), middle: '  ' }

/** Rows as a table for people; no lines, so that it can be cut and searched. What is unknown is a dash. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const table = new Table({
    head: columns.map(([heading]) => heading),
    chars: bare,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  })
  for (const row of rows) table.push(columns.map(([, cell]) => oneLine(String(cell(row) ?? '-'))))
  return table.toString().replaceAll(/ +$/gm, '')
}

/** One thing as lines of name and value; a value of several lines is indented. */
export const renderFields = (fields: readonly (readonly [string, Value])[]): string => {
  const width = Math.max(...fields.map(([name]) => name.length)) + 2
  const indented = (value: Value) => plain(String(value ?? '-')).replaceAll('\n', `\n${' '.repeat(width)}`)
  return fields.map(([name, value]) => `${`${name}:`.padEnd(width)}${indented(value)}`).join('\n')
}

/** Milliseconds as people say them: `800 ms`, `4.2 s`, `3 min 10 s`, `2 h 5 min`. Clocks that disagree make no negative time. */
export function duration(ms: number): string {
  const whole = Math.max(0, Math.round(ms))
  if (whole < 1000) return `${whole} ms`
  if (whole < 59_950) return `${(whole / 1000).toFixed(1)} s`
  const seconds = Math.round(whole / 1000)
  const minutes = Math.round(seconds / 60)
  return seconds < 3600
    ? `${Math.floor(seconds / 60)} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
