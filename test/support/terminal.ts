/** Cursor up, erase line or below, or else one character; \p{Cc} stands for the escape character. */
const PIECES = /\p{Cc}\[(\d+)A|\p{Cc}\[(2K|J)|([\s\S])/gu

/**
 * What a terminal of this size shows after such output, without colours: new lines, carriage returns, cursor up, erase line and
 * erase below, wrapping at the last column, scrolling at the last row. Anything else that steers a terminal throws.
 */
export function screenAfter(output: string, { columns, rows }: { columns: number; rows: number }): string[] {
  const screen = [''] as string[]
  let [top, row, column] = [0, 0, 0]
  const newLine = () => {
    row += 1
    if (row === screen.length) screen.push('')
    top = Math.max(top, row - rows + 1) // what is above has scrolled away: the cursor never returns there
  }
  for (const [, up, steer, text = ''] of output.matchAll(PIECES)) {
    if (up !== undefined) row = Math.max(top, row - Number(up))
    else if (steer === '2K') screen[row] = ''
    else if (steer === 'J') screen.splice(row, screen.length, '')
    else if (text === '\n') [column] = [0, newLine()]
    else if (text === '\r') column = 0
    else {
      if (/\p{Cc}/u.test(text)) throw new Error(`unexpected control character ${JSON.stringify(text)}`)
      if (column === columns) [column] = [0, newLine()]
      const line = Array.from((screen[row] ?? '').padEnd(column))
      line[column++] = text
      screen[row] = line.join('')
    }
  }
  return screen
}
