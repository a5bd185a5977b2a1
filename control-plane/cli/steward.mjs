#!/usr/bin/env node
// The program as people call it, on whatever Node they have: Steward brings the Node that it needs as a package.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const ENOUGH = 24

/** Runs the program on Steward's own Node and ends as it ends. */
function hand(own) {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const child = spawn(own, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal's Ctrl-C reaches both; what is sent to this process alone is passed on. The child decides how it ends.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', fail)
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code ?? 1
      return
    }
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

function fail(error) {
  process.stderr.write(
    `error: the Node that Steward brings does not start (${error.code ?? error.message}): run "npm ci" first\n`,
  )
  process.exitCode = 1
}

if (Number(process.versions.node.split('.')[0]) >= ENOUGH) {
  await import('./main.ts')
} else {
  try {
    hand(path.join(path.dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin/node'))
  } catch (error) {
    fail(error)
  }
}
