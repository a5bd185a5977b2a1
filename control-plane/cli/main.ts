import { text } from 'node:stream/consumers'
import { runCommandLine } from './program.ts'
import type { Terminal } from './session.ts'

const { stdout, stderr, stdin, env } = process
// Whoever reads may have read enough (`steward audit list | head`): that is no failure, and there is nobody to tell.
for (const stream of [stdout, stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
}

const terminal: Terminal | null =
  stderr.isTTY && env['TERM'] !== 'dumb'
    ? { paint: (painting) => stderr.write(painting), size: () => ({ columns: stderr.columns, rows: stderr.rows }) }
    : null

process.exitCode = await runCommandLine(process.argv.slice(2), {
  env,
  print: (line) => stdout.write(`${line}\n`),
  note: (line) => stderr.write(`${line}\n`),
  input: () => text(stdin),
  terminal,
})
