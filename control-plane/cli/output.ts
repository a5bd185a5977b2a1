import Table from 'cli-table3'

export type OutputFormat = 'table' | 'json'
/** One column: its heading and how a row fills it. */
export type Column<Row> = readonly [heading: string, cell: (row: Row) => string | number | null | undefined]

const bare = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' }

/** Rows as a table for people; no lines, so that it can be cut and searched. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const table = new Table({
    head: columns.map(([heading]) => heading),
    chars: bare,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  })
  for (const row of rows) table.push(columns.map(([, cell]) => String(cell(row) ?? '-')))
  return table.toString().replaceAll(/ +$/gm, '')
}

/** One thing as lines of name and value. */
export const renderFields = (fields: readonly (readonly [string, string | number | null | undefined])[]): string => {
  const width = Math.max(...fields.map(([name]) => name.length))
  return fields.map(([name, value]) => `${`${name}:`.padEnd(width + 2)}${value ?? '-'}`).join('\n')
}

/** Milliseconds as people say them: `800 ms`, `4.2 s`, `3 min 10 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`
}
