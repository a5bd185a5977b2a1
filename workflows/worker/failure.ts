import { Context } from '@temporalio/activity'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import { defineProblems, type Problem } from '../../control-plane/domain/problem.ts'
import { asProblem } from '../../control-plane/platform/problem-of.ts'

export const stepProblems = defineProblems({
  'step.failed': { status: 500, retryable: true, title: 'A step failed unexpectedly; see the log of the worker' },
  'worker.stopping': { status: 503, retryable: true, title: 'The worker is stopping; another one continues' },
})

/** What `asProblem` makes of a fault that it does not know. */
const UNFORESEEN = 'internal.error'

/**
 * The failure an activity reports to Temporal. A problem keeps its code, its message and whether retrying can help; of any other
 * fault only its kind leaves the process, because messages of drivers can quote what they sent.
 */
export function toFailure(error: unknown, step: string): Error {
  if (error instanceof ApplicationFailure) return error
  const stopped = stoppedBecause()
  if (stopped) return stopped
  const problem = asProblem(error)
  if (problem.code !== UNFORESEEN) return fromProblem(problem)
  return fromProblem(
    stepProblems['step.failed']({ detail: `step ${step} failed: ${kindOf(error)}; see the log of the worker` }),
  )
}

/** An aborted attempt ends as what aborted it, whatever its effect made of the signal. */
function stoppedBecause(): Error | undefined {
  const { cancellationSignal, cancellationDetails } = Context.current()
  if (!cancellationSignal.aborted) return undefined
  // Reported as cancelled it would look like a cancelled operation: the server has not asked for that.
  if (cancellationDetails?.workerShutdown) return fromProblem(stepProblems['worker.stopping']())
  return cancellationDetails?.cancelRequested ? new CancelledFailure('cancelled') : undefined
}

const fromProblem = ({ code, message, retryable }: Problem): ApplicationFailure =>
  ApplicationFailure.create({ type: code, message, nonRetryable: !retryable })

/** The name and code of a fault, for example `Error ECONNREFUSED`: enough to look for, nothing that it was given. */
export function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const code =
    'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? ` ${error.code}` : ''
  return `${error.name}${code}`
}
