import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow'
import type { Fault } from './saga.contract.ts'

/** The code and message of what ended a step; the interceptor has already removed what must not be seen. */
export function faultOf(error: unknown): Fault {
  const cause = error instanceof ActivityFailure ? error.cause : error
  if (cause instanceof ApplicationFailure) return { code: cause.type ?? 'step.failed', message: cause.message }
  if (cause instanceof TimeoutFailure) {
    return { code: 'step.timed-out', message: 'the step gave no sign of life in time; retry the operation' }
  }
  return { code: 'step.failed', message: cause instanceof Error ? cause.message : 'the step failed' }
}
