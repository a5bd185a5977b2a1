import { setTimeout as pause } from 'node:timers/promises'
import type { Link } from '../../stacks/kubernetes/link.ts'

type Wish = { revision: number }
type Waiter<W extends Wish> = { wish: W; done: () => void; failed: (reason: unknown) => void }
const LONGEST_REST_MS = 1000
type Wait<W extends Wish> = (wish: W, link: Link) => Promise<unknown>

/**
 * One call at a time for all operations at work on the same unit: a hundred of them would ask each pod a hundred times what it
 * has loaded, and write the same file a hundred times over. A round is for the highest revision wished for so far, which holds
 * what the lower ones say; who comes during a round takes part in the next. Each waiter can be told to stop by itself, and the
 * round ends with its last one. `rest`: after a round the next one waits so many times as long as that one took, a second at most:
 * whoever comes alone is not kept waiting, and where many come, each round serves more of them.
 */
export function sharedWaits<W extends Wish>(wait: Wait<W>, { rest = 0 } = {}): Wait<W> {
  const waiters = new Set<Waiter<W>>()
  let round: AbortController | undefined
  let working = false
  let restedAt = 0

  const rounds = async () => {
    working = true
    while (waiters.size > 0) {
      const resting = restedAt - performance.now()
      if (resting > 0) {
        await pause(resting)
        continue // some may have left
      }
      const began = performance.now()
      const part = [...waiters]
      const highest = part.reduce((most, waiter) => (waiter.wish.revision > most.wish.revision ? waiter : most))
      const ending = new AbortController()
      round = ending
      try {
        await wait(highest.wish, { signal: ending.signal })
        for (const waiter of part) waiter.done()
      } catch (error) {
        if (!ending.signal.aborted) for (const waiter of part) waiter.failed(error)
      }
      round = undefined
      const ended = performance.now()
      restedAt = ended + Math.min((ended - began) * rest, LONGEST_REST_MS)
    }
    working = false
  }

  return (wish, { signal }) =>
    new Promise<void>((resolve, reject) => {
      const leave = (end: () => void) => {
        signal.removeEventListener('abort', aborted)
        waiters.delete(waiter)
        end()
      }
      const waiter: Waiter<W> = { wish, done: () => leave(resolve), failed: (reason) => leave(() => reject(reason)) }
      const aborted = () => {
        waiter.failed(signal.reason)
        if (waiters.size === 0) round?.abort()
      }
      if (signal.aborted) return reject(signal.reason)
      signal.addEventListener('abort', aborted)
      waiters.add(waiter)
      if (!working) void rounds()
    })
}
