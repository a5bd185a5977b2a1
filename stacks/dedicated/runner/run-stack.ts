import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { signalTree } from '../../process/proc.ts'
import { fromPlain, runnerProblems } from './runner.errors.ts'
import type { RunnerMessage, StackEvent, StackRequest, StackResult } from './stack-run.ts'

export type RunOptions = StackRequest & {
  /** Aborted: the engine finishes what it is at, and starts nothing more. */
  signal: AbortSignal
  onEvent: (event: StackEvent) => void
  /** The run is ended after so many milliseconds, whatever it is at. */
  deadlineMs: number
  /** An engine that was told to stop and does not is killed after so many milliseconds. */
  graceMs?: number
  /** Told the runner's process id. */
  onStart?: (pid: number) => void
}

const RUNNER = fileURLToPath(new URL('main.ts', import.meta.url))
/** Megabytes of JavaScript objects; with the rest of Node the runner stays below 300. */
const HEAP_MB = 160
const GRACE_MS = 20_000
const LAST_WORDS = 2000

function startRunner(): ChildProcess {
  const { PATH = '/usr/bin:/bin', HOME = '/', NODE_COMPILE_CACHE } = process.env
  return spawn(process.execPath, [`--max-old-space-size=${HEAP_MB}`, RUNNER], {
    cwd: '/',
    // nothing of what the parent knows: addresses and passwords of its databases are not the engine's business
    env: { PATH, HOME, ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }) },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

function parse(line: string): RunnerMessage | undefined {
  try {
    return JSON.parse(line) as RunnerMessage // written by the runner's `say`
  } catch {
    return undefined // something else wrote there
  }
}

/** What the child said last, and the end of its complaints. */
function listen(child: ChildProcess, onEvent: (event: StackEvent) => void) {
  let last: Extract<RunnerMessage, { type: 'done' | 'failed' }> | undefined
  let complaints = ''
  child.stderr?.on('data', (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-LAST_WORDS)))
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = parse(line)
      if (message?.type === 'done' || message?.type === 'failed') last = message
      else if (message) onEvent(message)
    })
  }
  return { last: () => last, complaints: () => complaints.trim() }
}

/** Tells the runner to stop when asked to or when time is up, and makes it when it does not. `why` says which it was. */
function watchEnd(child: ChildProcess, { signal, deadlineMs, graceMs = GRACE_MS }: RunOptions) {
  let why: 'asked' | 'deadline' | undefined
  let force: NodeJS.Timeout | undefined
  const stop = (reason: 'asked' | 'deadline') => {
    if (why) return
    why = reason
    child.kill('SIGTERM')
    force = setTimeout(() => child.pid && void signalTree(child.pid, 'SIGKILL'), graceMs)
  }
  const asked = () => stop('asked')
  const timer = setTimeout(() => stop('deadline'), deadlineMs)
  signal.addEventListener('abort', asked, { once: true })
  return {
    why: () => why,
    done() {
      clearTimeout(timer)
      clearTimeout(force)
      signal.removeEventListener('abort', asked)
    },
  }
}

/**
 * Runs the engine on a stack in a process of its own and waits for its end. Fails with the reason of `signal` when it was stopped,
 * `stack.deadline`, `stack.runner-lost`, the codes of `runnerProblems` and those that the target gave. After any of them the
 * same request may be made again; where a change was cut off it says `stack.interrupted`, and `repair` comes first.
 */
export async function runStack(options: RunOptions): Promise<StackResult> {
  const { signal, onEvent, deadlineMs, graceMs: _graceMs, onStart, ...request } = options
  signal.throwIfAborted()
  const child = startRunner()
  const ended = once(child, 'close')
  const said = listen(child, onEvent)
  const watch = watchEnd(child, options)
  child.stdin?.on('error', () => undefined) // it ended before it read
  child.stdin?.write(`${JSON.stringify(request)}\n`) // left open: its end tells the runner that nobody waits any more
  if (child.pid) onStart?.(child.pid)
  try {
    await ended
  } finally {
    watch.done()
  }
  const last = said.last()
  if (last?.type === 'done') return last.result
  if (watch.why() === 'asked') throw signal.reason
  if (watch.why() === 'deadline') throw runnerProblems['stack.deadline']({ detail: `ended after ${deadlineMs} ms` })
  if (last) throw fromPlain(last.problem)
  const how = child.signalCode ?? `code ${child.exitCode}`
  throw runnerProblems['stack.runner-lost']({ detail: `ended by ${how}. ${said.complaints()}`.trim() })
}
