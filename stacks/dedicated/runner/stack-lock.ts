import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { acquireLock, lockHolder, type Lock } from '../../process/lock.ts'
import { signal, waitUntilGone, withEnvironment } from '../../process/proc.ts'
import { writeFileAtomic } from '../../process/write-file.ts'
import { runnerProblems } from './runner.errors.ts'
import { RUN_MARK } from './stack-run.ts'
import type { StatePaths } from './state-files.ts'

const KILLED_WITHIN_MS = 10_000
const BETWEEN_LOOKS_MS = 50

async function readEpoch(fence: string): Promise<number> {
  const text = await readFile(fence, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{"epoch":0}'
    throw error
  })
  return (JSON.parse(text) as { epoch: number }).epoch // written whole by `raise`
}

const tooLate = (epoch: number, seen: number, { state }: StatePaths) =>
  runnerProblems['effect.fenced']({
    detail: `epoch ${epoch} came after epoch ${seen} at ${state}`,
    extra: { epoch, seen },
  })

/** Writes the epoch before anybody waits for the lock: from then on an older operation that comes later is refused. */
async function raise(paths: StatePaths, epoch: number, stop: AbortSignal): Promise<void> {
  const lock = await acquireLock(paths.fence, 'raising a fence', { signal: stop })
  try {
    const seen = await readEpoch(paths.fence)
    if (seen > epoch) throw tooLate(epoch, seen, paths)
    await mkdir(dirname(paths.fence), { recursive: true, mode: 0o700 })
    if (seen < epoch) await writeFileAtomic(paths.fence, JSON.stringify({ epoch }))
  } finally {
    await lock.release()
  }
}

/** Value of the mark for the runs of a stack. */
export const runMark = (paths: StatePaths): string => paths.state

/**
 * Ends whatever an earlier run of the stack has left running, wherever its runner went. Looks until two looks in a row find nothing:
 * what is killed may just have started something, and a process that is just becoming another program shows no environment.
 */
export async function endLeftovers(paths: StatePaths): Promise<void> {
  const deadline = Date.now() + KILLED_WITHIN_MS
  for (let empty = 0; empty < 2;) {
    const left = await withEnvironment(RUN_MARK, runMark(paths))
    for (const { pid } of left) signal(pid, 'SIGKILL')
    if (!(await waitUntilGone(left, deadline - Date.now())))
      throw runnerProblems['stack.busy']({ detail: 'processes of an earlier run do not end' })
    empty = left.length === 0 ? empty + 1 : 0
    if (empty < 2) await pause(BETWEEN_LOOKS_MS)
  }
}

/**
 * Takes the stack for one run. The lock is the kernel's, so it ends with its holder; what the holder started is ended before
 * anything else is done. Without an epoch it only looks, and no fence is raised or asked. Fails with `effect.fenced`, and with
 * `stack.busy` after `waitMs`.
 */
export async function takeStack(
  paths: StatePaths,
  { epoch, waitMs }: { epoch: number | null; waitMs: number },
  stop: AbortSignal,
): Promise<Lock> {
  if (epoch === null) return takeWithin(paths, waitMs, stop)
  await raise(paths, epoch, stop)
  const lock = await takeWithin(paths, waitMs, stop)
  try {
    const seen = await readEpoch(paths.fence)
    if (seen !== epoch) throw tooLate(epoch, seen, paths) // a newer one came while this one waited
    return lock
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function takeWithin(paths: StatePaths, waitMs: number, stop: AbortSignal): Promise<Lock> {
  const patience = AbortSignal.timeout(waitMs)
  try {
    return await acquireLock(paths.state, 'running the engine', { signal: AbortSignal.any([stop, patience]) })
  } catch (error) {
    if (stop.aborted || !patience.aborted) throw error
    const holder = await lockHolder(paths.state)
    throw runnerProblems['stack.busy']({ detail: `process ${holder?.pid ?? '(unknown)'} works on ${paths.state}` })
  }
}
