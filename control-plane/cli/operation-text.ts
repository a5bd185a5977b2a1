import type { OperationDetail } from '../client/generated/types.gen.ts'
import { duration } from './output.ts'
import { oneLine } from './text.ts'

type Step = OperationDetail['steps'][number]
const FINAL: ReadonlySet<string> = new Set<OperationDetail['state']>(['succeeded', 'failed', 'cancelled'])
const MARKS: Record<Step['state'], string> = { pending: ' ', running: '…', succeeded: '✓', failed: '✗' }

/** Whether it has ended, however. */
export const isFinal = ({ state }: Pick<OperationDetail, 'state'>): boolean => FINAL.has(state)

const tookOf = ({ startedAt, finishedAt }: Step): string =>
  startedAt === null || finishedAt === null ? '' : `  ${duration(Date.parse(finishedAt) - Date.parse(startedAt))}`

/** A step on one line: its mark, what it does, how long it took, what went wrong. */
export const stepLine = (step: Step): string => {
  const again = step.attempt !== null && step.attempt > 1 ? ` (attempt ${step.attempt})` : ''
  const error = step.error === null ? '' : `  ${step.error.message} (${step.error.code})`
  return oneLine(`${MARKS[step.state]} ${step.title}${again}${tookOf(step)}${error}`)
}

/** What is left of a running operation, `sinceMs` after the plane said so; empty for one that does not run. */
export function timeLeft({ state, timeRemaining, progress, cancelRequestedAt }: OperationDetail, sinceMs = 0): string {
  if (state !== 'running') return ''
  if (cancelRequestedAt !== null) return 'stopping'
  if (progress.done === progress.total) return 'finishing'
  if (timeRemaining === null) return 'no history yet'
  const [usual, most] = [timeRemaining.p50Ms - sinceMs, timeRemaining.p95Ms - sinceMs]
  if (usual > 0) return `about ${duration(usual)} left`
  return most > 0 ? `slower than usual, rarely more than ${duration(most)}` : 'slower than ever'
}

/** The headline: what it is, how far it is, how long it still takes. */
export function headline(operation: OperationDetail, sinceMs = 0): string {
  const { progress, state, kind, behind, approval } = operation
  const queued = behind !== null && state === 'queued' ? ` behind ${behind}` : ''
  const waiting =
    state === 'waiting' && approval?.decision === null ? ` for another operator until ${approval.expiresAt}` : ''
  const left = timeLeft(operation, sinceMs)
  return `${kind} ${state}${queued}${waiting}: ${progress.done} of ${progress.total} steps${left === '' ? '' : `, ${left}`}`
}
