import type { RunnerProcess } from './runner-process.ts'
import type { StackRequest } from './stack-run.ts'

/**
 * Runners that have previewed a change and idle for the change itself, by stack: starting another takes half a second, and its first
 * run another half that the second is spared. They hold no lock and no state: any other may run in between.
 */
const idle = new Map<string, { runner: RunnerProcess; giveUp: NodeJS.Timeout }>()

const nameOf = ({ stateFolder, stateBucket, stack }: StackRequest): string =>
  JSON.stringify([stateFolder, stateBucket ?? null, stack])

/** Keeps the runner for the next request for its stack, at most so many milliseconds. It keeps nobody alive. */
export function keepRunner(request: StackRequest, runner: RunnerProcess, ms: number): void {
  takeRunner(request)
    ?.end()
    .catch(() => undefined)
  const name = nameOf(request)
  const giveUp = setTimeout(() => {
    if (idle.get(name)?.runner === runner) idle.delete(name)
    runner.end().catch(() => undefined)
  }, ms)
  giveUp.unref()
  runner.hold(false)
  idle.set(name, { runner, giveUp })
}

/** The runner that idles for this stack, which is the caller's from now on; undefined when there is none, or none any more. */
export function takeRunner(request: StackRequest): RunnerProcess | undefined {
  const name = nameOf(request)
  const kept = idle.get(name)
  if (!kept) return undefined
  idle.delete(name)
  clearTimeout(kept.giveUp)
  kept.runner.hold(true)
  return kept.runner.alive() ? kept.runner : undefined
}
