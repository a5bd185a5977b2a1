import { getOperation, watchOperation } from '../client/generated/sdk.gen.ts'
import type { OperationDetail } from '../client/generated/types.gen.ts'
import { EXIT, Failure } from './failure.ts'
import { duration } from './output.ts'
import { answer, type Session } from './session.ts'

type Step = OperationDetail['steps'][number]
const FINAL: readonly string[] = ['succeeded', 'failed', 'cancelled']
/** Between two tries when the stream broke: short enough to stay live, long enough not to hammer a plane that restarts. */
const RECONNECT_MS = 500
const GIVE_UP_AFTER = 120

/**
 * Follows an operation to its end with live steps and the time remaining. Returns it when it succeeded; throws its error when it
 * failed (exit code 1) or was cancelled. A plane that restarts meanwhile is waited for.
 */
export async function waitFor(session: Session, operationId: string): Promise<OperationDetail> {
  const view = liveView(session)
  let silent = 0
  for (;;) {
    const operation = await read(session, operationId)
    if (operation !== undefined) {
      silent = 0
      view.update(operation)
      if (FINAL.includes(operation.state)) return conclude(operation)
      await follow(session, operationId, view)
    } else if (++silent > GIVE_UP_AFTER) {
      throw new Failure(EXIT.retryable, 'plane.unreachable', `lost the plane while waiting; the operation ${operationId} goes on`)
    }
    await new Promise((resolve) => setTimeout(resolve, operation === undefined ? RECONNECT_MS : 20))
  }
}

/** The operation as it is; undefined while nobody answers. A refusal is final. */
async function read(session: Session, id: string): Promise<OperationDetail | undefined> {
  try {
    return await answer(session, getOperation({ client: session.client, path: { id } }))
  } catch (error) {
    if (error instanceof Failure && error.exitCode === EXIT.retryable) return undefined
    throw error
  }
}

type View = { update: (operation: OperationDetail) => void }

/** Reads the event stream until it ends; each event shows the operation anew. */
async function follow(session: Session, id: string, view: View): Promise<void> {
  const { stream } = await watchOperation({ client: session.client, path: { id }, sseMaxRetryAttempts: 1 })
  try {
    for await (const _event of stream) {
      const operation = await read(session, id)
      if (operation === undefined) return
      view.update(operation)
      if (FINAL.includes(operation.state)) return
    }
  } catch {
    // a broken stream says nothing about the operation: the caller looks again
  }
}

function conclude(operation: OperationDetail): OperationDetail {
  if (operation.state === 'succeeded') return operation
  const { code, message } = operation.error ?? { code: `operation.${operation.state}`, message: `${operation.kind} was ${operation.state}` }
  const hint = operation.retryable ? [`try again: steward operations retry ${operation.id} --wait`] : []
  throw new Failure(EXIT.other, code, message, [`operation ${operation.id}`, ...hint])
}

const MARKS: Record<Step['state'], string> = { pending: ' ', running: '…', succeeded: '✓', failed: '✗' }

const tookOf = ({ startedAt, finishedAt }: Step): string =>
  startedAt === null || finishedAt === null ? '' : `  ${duration(Date.parse(finishedAt) - Date.parse(startedAt))}`

/** The operation as lines: a headline with progress and time remaining, then one line a step. */
export function renderOperation(operation: OperationDetail): string[] {
  const { progress, timeRemaining, state, kind, behind } = operation
  const left = state === 'running' ? `, ${timeRemaining ? `about ${duration(timeRemaining.p50Ms)} left` : 'no history yet'}` : ''
  const queued = behind !== null && state === 'queued' ? ` behind ${behind}` : ''
  const steps = operation.steps.map((step) => `  ${MARKS[step.state]} ${step.title}${tookOf(step)}${step.error ? `  ${step.error.message}` : ''}`)
  return [`${kind} ${state}${queued}: ${progress.done} of ${progress.total} steps${left}`, ...steps]
}

/** On a terminal the lines are painted over; elsewhere each step is one plain line when it ends. */
function liveView({ live, paint, note }: Session): View {
  let painted = 0
  const told = new Set<string>()
  const repaint = (operation: OperationDetail) => {
    const lines = renderOperation(operation)
    paint(`${painted > 0 ? `\u001B[${painted}A` : ''}${lines.map((line) => `\u001B[2K${line}\n`).join('')}\u001B[J`)
    painted = lines.length
  }
  const tell = (operation: OperationDetail) => {
    for (const step of operation.steps) {
      const key = `${step.step} ${step.state} ${step.attempt}`
      if ((step.state === 'succeeded' || step.state === 'failed') && !told.has(key)) {
        told.add(key)
        note(`${MARKS[step.state]} ${step.title}${tookOf(step)}${step.error ? `  ${step.error.message}` : ''}`)
      }
    }
    if (FINAL.includes(operation.state) && !told.has('end')) {
      told.add('end')
      note(`${operation.kind} ${operation.state}`)
    }
  }
  return { update: live ? repaint : tell }
}
