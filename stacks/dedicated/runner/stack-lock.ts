import { setTimeout as pause } from 'node:timers/promises'
import { acquireLock, lockHolder, type Lock } from '../../process/lock.ts'
import { signal, waitUntilGone, withEnvironment } from '../../process/proc.ts'
import { runnerProblems } from './runner.errors.ts'
import { RUN_MARK } from './stack-run.ts'
import { raiseFence, readFence, type StateStore } from './state/state-store.ts'

const KILLED_WITHIN_MS = 10_000
const BETWEEN_LOOKS_MS = 50

const tooLate = (epoch: number, seen: number, store: StateStore) =>
  runnerProblems['effect.fenced']({
    detail: `epoch ${epoch} came after epoch ${seen} at ${store.address('state')}`,
    extra: { epoch, seen },
  })

/**
 * Ends whatever an earlier run of the stack has left running, wherever its runner went. Looks until two looks in a row find nothing:
 * what is killed may just have started something, and a process that is just becoming another program shows no environment.
 */
export async function endLeftovers(store: Pick<StateStore, 'name'>): Promise<void> {
  const deadline = Date.now() + KILLED_WITHIN_MS
  for (let empty = 0; empty < 2;) {
    const left = await withEnvironment(RUN_MARK, store.name)
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
  store: StateStore,
  { epoch, waitMs }: { epoch: number | null; waitMs: number },
  stop: AbortSignal,
): Promise<Lock> {
  if (epoch === null) return takeWithin(store, waitMs, stop)
  // Before anybody waits for the lock: from then on an older operation that comes later is refused.
  const raised = await raiseFence(store, epoch)
  if (raised > epoch) throw tooLate(epoch, raised, store)
  const lock = await takeWithin(store, waitMs, stop)
  try {
    const seen = await readFence(store)
    if (seen.epoch !== epoch) throw tooLate(epoch, seen.epoch, store) // a newer one came while this one waited
    return lock
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function takeWithin({ name }: StateStore, waitMs: number, stop: AbortSignal): Promise<Lock> {
  const patience = AbortSignal.timeout(waitMs)
  try {
    return await acquireLock(name, 'running the engine', { signal: AbortSignal.any([stop, patience]) })
  } catch (error) {
    if (stop.aborted || !patience.aborted) throw error
    const holder = await lockHolder(name)
    throw runnerProblems['stack.busy']({ detail: `process ${holder?.pid ?? '(unknown)'} works on ${name}` })
  }
}
