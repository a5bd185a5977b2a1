import type { Meter } from '@opentelemetry/api'
import { OPERATION_KINDS, type OperationKind } from '../../domain/operation-kinds.ts'
import { OPERATION_OUTCOMES, type OperationOutcome } from '../../domain/operation-states.ts'

/** The loops beside the routes: each finds by state what another left undone. */
const LOOPS = ['relay', 'promoter', 'sweeper'] as const

/** Hears of what happens to operations. */
export interface OperationObserver {
  /** It was ended by this process. */
  ended: (kind: OperationKind, outcome: OperationOutcome) => void
  /** A round of a loop failed; the next one repeats it. */
  failed: (loop: (typeof LOOPS)[number]) => void
}
export const unobserved: OperationObserver = { ended: () => {}, failed: () => {} }

/** Counts what it hears. Every series begins at 0, so that the first of anything is seen as an increase. */
export function operationMeters(meter: Meter): OperationObserver {
  const ended = meter.createCounter('steward_operations_ended_total', {
    description: 'Operations that this process ended, by kind and outcome',
  })
  const failed = meter.createCounter('steward_loop_failures_total', {
    description: 'Failed rounds of what delivers, admits and settles operations',
  })
  for (const kind of OPERATION_KINDS) for (const outcome of OPERATION_OUTCOMES) ended.add(0, { kind, outcome })
  for (const loop of LOOPS) failed.add(0, { loop })
  return {
    ended: (kind, outcome) => ended.add(1, { kind, outcome }),
    failed: (loop) => failed.add(1, { loop }),
  }
}
