import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { signalTree } from '../../process/proc.ts'
import { runnerProblems } from './runner.errors.ts'
import type { RunnerMessage, StackEvent, StackRequest } from './stack-run.ts'

const RUNNER = fileURLToPath(new URL('main.ts', import.meta.url))
/** Megabytes of JavaScript objects; with the rest of Node the runner stays below 300. */
const HEAP_MB = 160
const LAST_WORDS = 2000

/** How a run ended, as the runner says it. */
export type Answer = Extract<RunnerMessage, { type: 'done' | 'failed' }>

/** A process that runs the engine, for one request after the other. */
export type RunnerProcess = {
  pid: number | undefined
  /** Resolves with the last word on the request; fails with `stack.runner-lost` when the process ends without one. */
  ask: (request: StackRequest, onEvent: (event: StackEvent) => void) => Promise<Answer>
  /** Asked to stop: the engine finishes what it is at. */
  stop: () => void
  kill: () => void
  /** No further request comes; resolves when the process is gone. */
  end: () => Promise<void>
  alive: () => boolean
  /** Whether the parent lives on for it: one that idles must keep nobody. */
  hold: (held: boolean) => void
}

/** By which the SDK of AWS, the runner's as the engine's, finds a credential and what speaks for it. */
const CREDENTIAL = /^AWS_(?!REGION|DEFAULT_REGION)/

function spawnRunner({ stateBucket }: Pick<StackRequest, 'stateBucket'>): ChildProcess {
  const { PATH = '/usr/bin:/bin', HOME = '/', NODE_COMPILE_CACHE } = process.env
  const credential = stateBucket ? Object.entries(process.env).filter(([name]) => CREDENTIAL.test(name)) : []
  return spawn(process.execPath, [`--max-old-space-size=${HEAP_MB}`, RUNNER], {
    cwd: '/',
    // nothing of what the parent knows: addresses and passwords of its databases are not the engine's business
    env: {
      ...Object.fromEntries(credential),
      PATH,
      HOME,
      ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }),
    },
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

/** A runner for stacks whose states are where this request says. */
export function startRunner(first: Pick<StackRequest, 'stateBucket'>): RunnerProcess {
  const child = spawnRunner(first)
  const ended = once(child, 'close').then(
    () => undefined,
    () => undefined, // it could not be started: no pid, no answer
  )
  let complaints = ''
  let tell: (message: RunnerMessage) => void = () => undefined
  child.stderr?.on('data', (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-LAST_WORDS)))
  child.stdin?.on('error', () => undefined) // it ended before it read
  const lines = child.stdout && createInterface({ input: child.stdout })
  lines?.on('line', (line) => {
    const message = parse(line)
    if (message) tell(message)
  })
  const lost = () => {
    const how = child.signalCode ?? `code ${child.exitCode}`
    return runnerProblems['stack.runner-lost']({ detail: `ended by ${how}. ${complaints}`.trim() })
  }
  return {
    pid: child.pid,
    alive: () => child.exitCode === null && child.signalCode === null && child.pid !== undefined,
    async ask(request, onEvent) {
      const answered = new Promise<Answer>((resolve) => {
        tell = (message) => {
          if (message.type === 'done' || message.type === 'failed') resolve(message)
          else onEvent(message)
        }
      })
      child.stdin?.write(`${JSON.stringify(request)}\n`) // left open: its end tells the runner that nobody waits any more
      const answer = await Promise.race([answered, ended])
      if (answer) return answer
      throw lost()
    },
    stop: () => void child.kill('SIGTERM'),
    kill: () => child.pid && void signalTree(child.pid, 'SIGKILL'),
    async end() {
      child.stdin?.end()
      await ended
    },
    hold(held) {
      const change = held ? 'ref' : 'unref'
      child[change]()
      for (const pipe of [child.stdin, child.stdout, child.stderr]) (pipe as Socket | null)?.[change]()
    },
  }
}
