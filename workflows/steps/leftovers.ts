import { setTimeout as pause } from 'node:timers/promises'
import { effectSignal } from '../worker/step-signal.ts'
import type { Leftover } from '../../control-plane/domain/leftover.ts'
import { problems } from './steps.errors.ts'

/** What is being deleted may be seen a moment longer; what is seen longer than this stays. */
const PATIENCE_MS = 5_000
const LOOK_EVERY_MS = 250

/** Looks until nothing of `subject` is found. Throws `removal.incomplete`, which names every leftover. */
export async function refuseLeftovers(subject: string, look: () => Promise<readonly Leftover[]>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const found = await look()
    if (found.length === 0) return
    if (performance.now() > deadline)
      throw problems['removal.incomplete']({ detail: `left of ${subject}: ${found.map(named).join('; ')}` })
    await pause(LOOK_EVERY_MS, undefined, { signal: effectSignal() })
  }
}

const named = ({ kind, name, where }: Leftover): string => `${kind} ${name} in ${where}`
