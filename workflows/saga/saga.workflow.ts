import {
  type ActivityOptions,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
} from '@temporalio/workflow'
import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import { faultOf } from './fault-of.ts'
import {
  activityName,
  isPointOfNoReturn,
  type SagaPolicy,
  type StepActivity,
  type StepInput,
  type StepPolicy,
  undoName,
  undoOrder,
} from './saga.policy.ts'
import type { Fault, Frame, Learned, Stuck } from './saga.contract.ts'

/**
 * Retried only where the fault says so (the interceptor marks the others): 12 attempts span about 90 s, longer than a
 * restarted API server, database or worker takes. Attempts are bounded instead of time, because time also passes while no
 * worker runs.
 */
const RETRY = { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '15s', maximumAttempts: 12 } as const
const HEARTBEAT = '10s' // one interceptor beats every 2 s

/** A removal that a legal hold forbids at the last moment ends as one that somebody cancelled, and says why. */
const ON_HOLD = 'tenant.on-hold'

/** What the recorder says of an operation that ended elsewhere, or runs under another epoch. */
const SETTLED = 'operation.settled'

/** These have no bound: an operation that cannot be closed keeps its claims, and someone must see it running. */
const FRAME: ActivityOptions = {
  startToCloseTimeout: '30s',
  heartbeatTimeout: HEARTBEAT,
  retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '10s' },
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
}

const perform = async (step: StepPolicy, activity: string, input: StepInput): Promise<void> => {
  const proxy = proxyActivities<Record<string, StepActivity>>({
    startToCloseTimeout: step.attempt,
    heartbeatTimeout: HEARTBEAT,
    retry: RETRY,
    // Said although the SDK calls it the default: left out, 1.24 sends TRY_CANCEL, and undos run beside the effect they undo.
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  })[activityName(activity)]
  if (!proxy) throw ApplicationFailure.nonRetryable(`no activity for ${activity}`, 'step.unknown')
  await proxy(input)
}

/** Runs the steps in order; takes back what was begun, last first, when one fails or the operation is cancelled in time. */
export async function runSaga(input: OperationInput, policy: SagaPolicy): Promise<void> {
  const { learnTenant, closeOperation } = proxyActivities<Frame>(FRAME)
  const begun: StepPolicy[] = [] // noted before the step runs: one that timed out may still have happened
  let learned: Learned = {}
  let forwardOnly = false
  try {
    if (policy.learnFirst) learned = await learnTenant(input)
    for (const step of policy.steps) {
      if (!forwardOnly) await cancelPoint()
      forwardOnly ||= isPointOfNoReturn(policy, step)
      begun.push(step)
      const run = () => perform(step, step.step, { ...input, learned })
      await (forwardOnly ? CancellationScope.nonCancellable(run) : run())
    }
  } catch (error) {
    await CancellationScope.nonCancellable(async () => {
      if (faultOf(error).code === SETTLED) return // somebody else ended it: its effects are refused, undos included
      const stuck = forwardOnly ? [] : await takeBack({ ...input, learned }, begun)
      await closeOperation({ ...input, ...ending(error, stuck) })
    })
    throw isCancellation(error) ? error : ApplicationFailure.nonRetryable(faultOf(error).message, faultOf(error).code)
  }
  await CancellationScope.nonCancellable(() => closeOperation({ ...input, outcome: 'succeeded' })) // a late cancel undoes nothing
}

/** Turns back here when cancelling was asked for, so that a step that has not begun needs no undo. */
async function cancelPoint(): Promise<void> {
  const scope = CancellationScope.current()
  if (scope.consideredCancelled) await scope.cancelRequested // rejects with the cancellation
}

/** Undoes what was begun; what cannot be undone is quarantined and the rest goes on. Returns the steps that stayed. */
async function takeBack(input: StepInput, begun: readonly StepPolicy[]): Promise<string[]> {
  const stuck: Stuck[] = []
  for (const step of undoOrder(begun)) {
    try {
      await perform(step, undoName(step.step), input)
    } catch (error) {
      const fault = faultOf(error)
      if (fault.code === SETTLED) throw error
      stuck.push({ step: step.step, fault })
    }
  }
  if (stuck.length > 0) await proxyActivities<Frame>(FRAME).quarantine({ ...input, stuck })
  return stuck.map(({ step }) => step)
}

/** Cancelled means that nothing stayed; what could not be taken back makes it a failure that names it. */
function ending(error: unknown, stuck: readonly string[]): { outcome: 'failed' | 'cancelled'; fault?: Fault } {
  const fault = faultOf(error)
  const held = fault.code === ON_HOLD
  if (!isCancellation(error) && !(held && stuck.length === 0)) return { outcome: 'failed', fault }
  if (held) return { outcome: 'cancelled', fault }
  if (stuck.length === 0) return { outcome: 'cancelled' }
  const message = `cancelled, but these steps could not be taken back and need an operator: ${stuck.join(', ')}`
  return { outcome: 'failed', fault: { code: 'operation.quarantined', message } }
}
