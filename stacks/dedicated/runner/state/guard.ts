import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('guard-main.ts', import.meta.url))

export type Guard = {
  /** The engine may work for so many milliseconds more. */
  goOn: (ms: number) => void
  endNow: () => void
  /** Nothing is left to be ended. */
  done: () => void
}

/**
 * A process that ends what a holder of a lease has started when the holder's time is up, and at once when the holder is gone: a runner that
 * was killed, or has no time to look at its clock, can end nothing itself.
 */
export function startGuard(holder: string): Guard {
  const child = spawn(process.execPath, [PROGRAM, holder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  child.on('error', () => undefined)
  child.stdin.on('error', () => undefined)
  child.unref()
  const say = (word: string | number) => void child.stdin.write(`${word}\n`)
  return {
    goOn: (ms) => say(Math.max(0, Math.round(ms))),
    endNow: () => say(0),
    done: () => child.stdin.end('done\n'),
  }
}
