import { keepRunner, takeRunner } from './kept-runners.ts'
import { fromPlain, runnerProblems } from './runner.errors.ts'
import { startRunner, type RunnerProcess } from './runner-process.ts'
import type { StackEvent, StackRequest, StackResult } from './stack-run.ts'

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
  /** So many milliseconds the runner waits for the next request for this stack, which then need not start one. */
  keepMs?: number
}

const GRACE_MS = 20_000

/** Tells the runner to stop when asked to or when time is up, and makes it when it does not. `why` says which it was. */
function watchEnd(runner: RunnerProcess, { signal, deadlineMs, graceMs = GRACE_MS }: RunOptions) {
  let why: 'asked' | 'deadline' | undefined
  let force: NodeJS.Timeout | undefined
  const stop = (reason: 'asked' | 'deadline') => {
    if (why) return
    why = reason
    runner.stop()
    force = setTimeout(runner.kill, graceMs)
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
  const { signal, onEvent, deadlineMs: _deadlineMs, graceMs: _graceMs, onStart, keepMs = 0, ...request } = options
  signal.throwIfAborted()
  const runner = takeRunner(request) ?? startRunner(request)
  const watch = watchEnd(runner, options)
  if (runner.pid !== undefined) onStart?.(runner.pid)
  try {
    const answer = await runner.ask(request, onEvent).catch(async (error: unknown) => {
      await runner.end()
      throw error
    })
    if (answer.type === 'done' && keepMs > 0 && !watch.why()) keepRunner(request, runner, keepMs)
    else await runner.end()
    if (answer.type === 'done') return answer.result
    throwEnded(watch.why(), options)
    throw fromPlain(answer.problem)
  } catch (error) {
    throwEnded(watch.why(), options)
    throw error
  } finally {
    watch.done()
  }
}

/** A run that was ended says who ended it, whatever else its runner said. */
function throwEnded(why: 'asked' | 'deadline' | undefined, { signal, deadlineMs }: RunOptions): void {
  if (why === 'asked') throw signal.reason
  if (why === 'deadline') throw runnerProblems['stack.deadline']({ detail: `ended after ${deadlineMs} ms` })
}
