import { getOperation, watchOperation } from '../client/generated/sdk.gen.ts'
import type { OperationDetail } from '../client/generated/types.gen.ts'
import { EXIT, Failure } from './failure.ts'
import { openView } from './live-view.ts'
import { isFinal } from './operation-text.ts'
import { answer, type Session } from './session.ts'

export type Patience = {
  /** Between two tries while nobody answers: short enough to stay live, long enough not to hammer a plane that restarts. */
  againMs: number
  /** The longest time without a look: a connection that died silently sends no event. */
  lookMs: number
  /** After this time without any answer nobody is waited for any more. */
  giveUpMs: number
}
const PATIENCE: Patience = { againMs: 500, lookMs: 10_000, giveUpMs: 60_000 }

/**
 * Follows an operation to its end with live steps and the time remaining, and returns it, however it ended. A plane that restarts
 * meanwhile is waited for; one that stays away is a Failure (retryable), a refusal the Failure that it is.
 */
export async function waitFor(session: Session, id: string, patience = PATIENCE): Promise<OperationDetail> {
  const [view, bell, stop] = [openView(session), doorbell(), new AbortController()]
  const listening = listen(session, id, { ring: bell.ring, signal: stop.signal, againMs: patience.againMs })
  let heardAt = performance.now()
  try {
    for (;;) {
      const operation = await read(session, id)
      if (operation instanceof Failure) {
        if (performance.now() - heardAt > patience.giveUpMs) throw lost(session.url, id)
        view.lost(`${operation.message}; the operation goes on, trying again`)
        await bell.wait(patience.againMs)
      } else {
        heardAt = performance.now()
        view.update(operation)
        if (isFinal(operation)) return operation
        await bell.wait(patience.lookMs)
      }
    }
  } finally {
    stop.abort()
    view.close()
    await listening
  }
}

const lost = (url: string, id: string) =>
  new Failure(EXIT.retryable, 'plane.unreachable', `lost the plane at ${url} while waiting; operation ${id} goes on`, [
    `look again: steward operations watch ${id}`,
  ])

/** The operation as it is, or why nobody could say so at the moment. Throws what no second try changes. */
async function read(session: Session, id: string): Promise<OperationDetail | Failure> {
  try {
    return await answer(session, getOperation({ client: session.client, path: { id } }))
  } catch (error) {
    if (error instanceof Failure && error.exitCode === EXIT.retryable) return error
    throw error
  }
}

/** Remembers one ring until it is asked for, so that rings during a look make one more look and not one each. */
function doorbell() {
  let rung = false
  let rouse = () => {}
  const ring = () => {
    rung = true
    rouse()
  }
  const wait = async (ms: number) => {
    if (!rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        rouse = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    rung = false
  }
  return { ring, wait }
}

type Listening = { ring: () => void; signal: AbortSignal; againMs: number }

/** Rings at each event of the operation, and when the stream broke; opens it again until it is told to stop. Never throws. */
async function listen(session: Session, id: string, { ring, signal, againMs }: Listening): Promise<void> {
  let seen = 0
  while (!signal.aborted) {
    const { stream } = await watchOperation({
      client: session.client,
      path: { id },
      headers: { 'last-event-id': seen },
      fetch, // a stream may stay open for longer than an answer may take
      signal,
      sseMaxRetryAttempts: 1,
      onSseEvent: ({ id: number }) => (seen = Number(number ?? seen)),
    })
    for await (const _event of stream) ring()
    ring()
    await pause(againMs, signal)
  }
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(resolve, ms)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })

/** Nothing for an operation that succeeded; throws its error when it failed or was cancelled (exit code 1). */
export function assertSucceeded(operation: OperationDetail): void {
  const { id, kind, state, retryable } = operation
  if (state === 'succeeded') return
  const { code, message } = operation.error ?? { code: `operation.${state}`, message: `${kind} was ${state}` }
  const hint = retryable ? [`try again: steward operations retry ${id} --wait`] : []
  throw new Failure(EXIT.other, code, message, [`operation ${id}`, ...hint])
}
