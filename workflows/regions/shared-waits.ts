import type { Link } from '../../stacks/kubernetes/link.ts'

type Waiter = { revision: number; done: () => void; failed: (reason: unknown) => void }
type Wait = (revision: number, link: Link) => Promise<unknown>

/**
 * One wait at a time for all operations that wait for the same unit: a hundred of them would ask each pod a hundred times
 * what it has loaded. A round waits for the highest revision wanted so far, which holds what the lower ones say; who comes
 * during a round takes part in the next. Each waiter can be told to stop by itself, and the round ends with its last one.
 */
export function sharedWaits(wait: Wait): Wait {
  const waiters = new Set<Waiter>()
  let round: AbortController | undefined

  const rounds = async () => {
    while (waiters.size > 0) {
      const part = [...waiters]
      const revision = Math.max(...part.map((waiter) => waiter.revision))
      const ending = new AbortController()
      round = ending
      try {
        await wait(revision, { signal: ending.signal })
        for (const waiter of part) waiter.done()
      } catch (error) {
        if (!ending.signal.aborted) for (const waiter of part) waiter.failed(error)
      }
    }
    round = undefined
  }

  return (revision, { signal }) =>
    new Promise<void>((resolve, reject) => {
      const leave = (end: () => void) => {
        signal.removeEventListener('abort', aborted)
        waiters.delete(waiter)
        end()
      }
      const waiter: Waiter = { revision, done: () => leave(resolve), failed: (reason) => leave(() => reject(reason)) }
      const aborted = () => {
        waiter.failed(signal.reason)
        if (waiters.size === 0) round?.abort()
      }
      if (signal.aborted) return reject(signal.reason)
      signal.addEventListener('abort', aborted)
      waiters.add(waiter)
      if (round === undefined) void rounds()
    })
}
