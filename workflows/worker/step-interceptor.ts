import { Context } from '@temporalio/activity'
import type { ActivityExecuteInput, ActivityInterceptorsFactory } from '@temporalio/worker'
import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import type { Recorder } from '../../control-plane/features/operations/operations.recorder.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import { stepName } from '../saga/saga.policy.ts'
import { kindOf, toFailure } from './failure.ts'
import { safeError } from './safe-error.ts'
import { underSignal } from './step-signal.ts'

/** What is called around every effect; tests pass faults here, production passes nothing. */
export type StepHooks = {
  /** After the step is recorded as begun and before its effect. */
  beforeEffect?: (call: StepCall) => Promise<void> | void
  /** After the effect and before the step is recorded as done. */
  afterEffect?: (call: StepCall) => Promise<void> | void
}
export type StepCall = { operationId: string; epoch: number; step: string; attempt: number }

/** Where steps are recorded. `stepStarted` and `stepBeat` refuse an operation that is settled or runs under another epoch. */
export type StepRecorder = Pick<Recorder, 'stepStarted' | 'stepBeat' | 'stepFinished'>

export interface StepLog {
  info: (fields: object, message: string) => void
  warn: (fields: object, message: string) => void
}

export type StepInterceptorDeps = {
  recorder: StepRecorder
  log: StepLog
  hooks?: StepHooks
  /** Hears of every ended attempt. */
  observe?: (attempt: { step: string; outcome: 'succeeded' | 'failed'; durationMs: number }) => void
}

export const BEAT_MS = 2_000
/** Longer than the heartbeat timeout (10 s), after which another attempt may begin: until then the claims stay. */
const LEASE_MS = 15_000
/** These end an operation, look at it or plan it while it waits, and are no steps of it. */
const UNRECORDED: ReadonlySet<string> = new Set(['closeOperation', 'learnTenant', 'makeChangePlan', 'noteUnplanned'])

/**
 * Around every activity: heartbeats, the record of the step with its lease, the fence check before the effect, and faults
 * turned into failures with a code. Activities themselves hold the effect only.
 */
export const stepInterceptor =
  (deps: StepInterceptorDeps): ActivityInterceptorsFactory =>
  () => ({ inbound: { execute: (input, next) => execute(deps, input, () => next(input)) } })

async function execute(
  deps: StepInterceptorDeps,
  input: ActivityExecuteInput,
  effect: () => Promise<unknown>,
): Promise<unknown> {
  const { info } = Context.current()
  const { operationId, epoch } = input.args[0] as OperationInput // every activity of ours takes it
  const call = { operationId, epoch, step: stepName(info.activityType), attempt: info.attempt }
  const recorder = UNRECORDED.has(info.activityType) ? undefined : deps.recorder
  const began = performance.now()
  const ended = (outcome: 'succeeded' | 'failed') => {
    const durationMs = Math.round(performance.now() - began)
    deps.observe?.({ step: call.step, outcome, durationMs })
    return { event: `step.${outcome}`, ...call, durationMs }
  }
  const pulse = beating(deps.log, recorder, call)
  try {
    await recorder?.stepStarted({ ...call, leaseMs: LEASE_MS }) // refuses a settled operation before anything is touched
    pulse.leased()
    await deps.hooks?.beforeEffect?.(call)
    const result = await underSignal(pulse.disowned, effect)
    await deps.hooks?.afterEffect?.(call)
    await recorder?.stepFinished(call)
    deps.log.info(ended('succeeded'), 'step succeeded')
    return result
  } catch (error) {
    const failure = toFailure(pulse.disowned.aborted ? pulse.disowned.reason : error, call.step)
    deps.log.warn({ ...ended('failed'), err: safeError(error) }, 'step failed')
    await recorder?.stepFinished({ ...call, error: faultOf(failure) }).catch(() => {}) // the failure itself must get through
    throw failure
  } finally {
    pulse.stop()
  }
}

/**
 * Heartbeats to Temporal until stopped and, once `leased`, renews the lease; `disowned` is aborted when the operation was settled
 * meanwhile. Before the attempt is recorded there is no lease: on a busy database that took longer than a beat, and a renewal
 * that found none would have called the operation settled, which then ended as lost.
 */
function beating(
  log: StepLog,
  recorder: StepRecorder | undefined,
  call: StepCall,
): { disowned: AbortSignal; leased: () => void; stop: () => void } {
  const context = Context.current()
  const disowned = new AbortController()
  let leased = false
  const timer = setInterval(() => {
    context.heartbeat()
    if (!leased) return
    recorder?.stepBeat({ ...call, leaseMs: LEASE_MS }).catch((error: unknown) => {
      if (error instanceof Problem && !error.retryable) disowned.abort(error)
      else
        log.warn(
          { event: 'step.beat-lost', ...call, reason: kindOf(error) },
          'the lease of a step could not be renewed',
        )
    })
  }, BEAT_MS)
  return {
    disowned: disowned.signal,
    leased: () => {
      leased = true
    },
    stop: () => clearInterval(timer),
  }
}

const faultOf = (failure: Error): { code: string; message: string } => ({
  code: 'type' in failure && typeof failure.type === 'string' ? failure.type : 'step.cancelled',
  message: failure.message,
})
