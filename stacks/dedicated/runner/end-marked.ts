import { setTimeout as pause } from 'node:timers/promises'
import { signal, waitUntilGone, withEnvironment } from '../../process/proc.ts'
import { runnerProblems } from './runner.errors.ts'

const KILLED_WITHIN_MS = 10_000
const BETWEEN_LOOKS_MS = 50

/**
 * Ends every process of this machine that was started with `name=value` in its environment. Looks until two looks in a row find nothing:
 * what is killed may just have started something, and a process that is just becoming another program shows no environment. Fails with
 * `stack.busy` when something does not end.
 */
export async function endMarked(name: string, value: string): Promise<void> {
  const deadline = Date.now() + KILLED_WITHIN_MS
  for (let empty = 0; empty < 2;) {
    const left = await withEnvironment(name, value)
    for (const { pid } of left) signal(pid, 'SIGKILL')
    if (!(await waitUntilGone(left, deadline - Date.now())))
      throw runnerProblems['stack.busy']({ detail: 'processes of an earlier run do not end' })
    empty = left.length === 0 ? empty + 1 : 0
    if (empty < 2) await pause(BETWEEN_LOOKS_MS)
  }
}
