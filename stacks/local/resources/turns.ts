import { setTimeout as pause } from 'node:timers/promises'

/** A piece of work that was called off has so long to see it. */
const CALLED_OFF_WITHIN_MS = 5000

/** Works on one thing at a time: what is begun anew calls off what was being done, and waits for it. `onFailed` is not told of the latter. */
export function createTurns(onFailed: (cause: unknown) => void) {
  let turn = new AbortController()
  let work = Promise.resolve()
  let begun = false
  return {
    /** Whether anything was ever begun. */
    begun: () => begun,
    begin(run: (signal: AbortSignal) => Promise<void>): void {
      begun = true
      turn.abort()
      turn = new AbortController()
      const { signal } = turn
      work = work
        .then(() => run(signal))
        .catch((cause: unknown) => {
          if (!signal.aborted) onFailed(cause)
        })
    },
    /** Calls off what is being done, and waits for it a little. */
    async callOff(): Promise<void> {
      turn.abort()
      await Promise.race([work, pause(CALLED_OFF_WITHIN_MS, undefined, { ref: false })])
    },
  }
}
