import { setTimeout as pause } from 'node:timers/promises'
import type { HostAnswer } from './plane.ts'

export type Traffic = {
  /** Sends nothing more; says how many requests were answered with 200 and what became of the others. */
  stop: () => Promise<{ answered: number; failures: readonly string[] }>
}

/**
 * Requests one after the other on a few lanes until stopped: what a customer would notice of a change. At most 67 a second, below
 * the 100 of the plan that is tested with: without a pause that long, a quiet machine sends more and is refused with 429, rightly.
 */
export function steadyTraffic(ask: () => Promise<HostAnswer>, { lanes = 4, everyMs = 60 } = {}): Traffic {
  const stopping = new AbortController()
  let answered = 0
  const failures: string[] = []
  const began = performance.now()
  const lane = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const at = `after ${Math.round(performance.now() - began)} ms`
      try {
        const { status, body } = await ask()
        if (status === 200) answered += 1
        else failures.push(`${status} ${at}: ${body.slice(0, 200)}`)
      } catch (error) {
        failures.push(`${error instanceof Error ? error.message : String(error)} ${at}`)
      }
      await pause(everyMs)
    }
  }
  const running = Promise.all(Array.from({ length: lanes }, lane))
  return {
    async stop() {
      stopping.abort()
      await running
      return { answered, failures }
    },
  }
}
