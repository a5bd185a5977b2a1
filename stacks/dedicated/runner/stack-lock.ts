import { acquireLock, lockHolder, type Lock } from '../../process/lock.ts'
import { runnerProblems } from './runner.errors.ts'
import { takeLease, type Lease } from './state/lease.ts'
import { raiseFence, readFence, type StateStore } from './state/state-store.ts'

/** A stack that is taken for one run. */
export type Taken = {
  /** The same store, which writes only as long as the stack is held. */
  store: StateStore
  /** Where runners of other machines can come, what says to them that this one works. */
  lease: Lease | undefined
  /** Aborted with `state.lease-lost` when another machine may take the stack; never where only this one can. */
  lost: AbortSignal
  release: () => Promise<void>
}
export type Terms = { epoch: number | null; waitMs: number; leaseMs: number }

const tooLate = (epoch: number, seen: number, store: StateStore) =>
  runnerProblems['effect.fenced']({
    detail: `epoch ${epoch} came after epoch ${seen} at ${store.address('state')}`,
    extra: { epoch, seen },
  })

/**
 * Takes the stack for one run. On one machine the lock is the kernel's, so it ends with its holder; what the holder started is ended before
 * anything else is done. Where several machines share the store, a lease is taken beside it. Without an epoch it only looks, and no fence
 * is raised or asked. Fails with `effect.fenced`, and with `stack.busy` after `waitMs`.
 */
export async function takeStack(store: StateStore, terms: Terms, stop: AbortSignal): Promise<Taken> {
  const { epoch } = terms
  if (epoch === null) return takeWithin(store, terms, stop)
  // Before anybody waits for the lock: from then on an older operation that comes later is refused.
  const raised = await raiseFence(store, epoch)
  if (raised > epoch) throw tooLate(epoch, raised, store)
  const taken = await takeWithin(store, terms, stop)
  try {
    const seen = await readFence(store)
    if (seen.epoch !== epoch) throw tooLate(epoch, seen.epoch, store) // a newer one came while this one waited
    return taken
  } catch (error) {
    await taken.release()
    throw error
  }
}

async function takeWithin(store: StateStore, { waitMs, leaseMs }: Terms, stop: AbortSignal): Promise<Taken> {
  const patience = AbortSignal.timeout(waitMs)
  const lock = await lockHere(store, patience, stop)
  try {
    const lease = store.shared ? await takeLease(store, { leaseMs, patience, stop }) : undefined
    const lost = lease?.lost ?? new AbortController().signal
    return {
      store: { ...store, ...writesUnless(lost, store) },
      lease,
      lost,
      async release() {
        await lease?.release()
        await lock.release()
      },
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

function writesUnless(lost: AbortSignal, { write, remove }: StateStore): Pick<StateStore, 'write' | 'remove'> {
  return {
    async write(part, text) {
      lost.throwIfAborted()
      await write(part, text)
    },
    async remove(part) {
      lost.throwIfAborted()
      await remove(part)
    },
  }
}

async function lockHere({ name }: StateStore, patience: AbortSignal, stop: AbortSignal): Promise<Lock> {
  try {
    return await acquireLock(name, 'running the engine', { signal: AbortSignal.any([stop, patience]) })
  } catch (error) {
    if (stop.aborted || !patience.aborted) throw error
    const holder = await lockHolder(name)
    throw runnerProblems['stack.busy']({ detail: `process ${holder?.pid ?? '(unknown)'} works on ${name}` })
  }
}
