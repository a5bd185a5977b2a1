import { setTimeout as pause } from 'node:timers/promises'
import { effectSignal } from '../worker/step-signal.ts'
import type { Leftover, Tally } from '../../control-plane/domain/leftover.ts'
import type { Look } from '../../control-plane/proof/removal-record.ts'
import { problems } from './steps.errors.ts'

/** What is being deleted may be seen a moment longer; what is seen longer than this stays. */
const PATIENCE_MS = 5_000
const LOOK_EVERY_MS = 250

/**
 * Looks until nothing of `subject` is found; answers in which ways it looked at last, and at how much. Throws the code with every
 * leftover by name.
 */
export async function refuseLeftovers(
  subject: string,
  look: (tally: Tally) => Promise<readonly Leftover[]>,
  code: 'removal.incomplete' | 'decommission.residue' = 'removal.incomplete',
): Promise<Look[]> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const looked = new Map<string, number>()
    const found = await look((means, count) => void looked.set(means, (looked.get(means) ?? 0) + count))
    if (found.length === 0) return [...looked].map(([means, count]) => ({ means, looked: count, found: 0 }))
    if (performance.now() > deadline)
      throw problems[code]({ detail: `left of ${subject}: ${found.map(named).join('; ')}` })
    await pause(LOOK_EVERY_MS, undefined, { signal: effectSignal() })
  }
}

const named = ({ kind, name, where }: Leftover): string => `${kind} ${name} in ${where}`
