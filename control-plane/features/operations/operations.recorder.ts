import { stepTitles } from '../../domain/operation-kinds.ts'
import type { OperationOutcome } from '../../domain/operation-states.ts'
import type { Tx } from '../../platform/database.ts'
import { closeOperation, presentable, settled, type CloseDeps } from './operations.close.ts'
import type { OperationError } from './operations.row.ts'
import { stepsStore, type StepRef } from './operations.steps-store.ts'

export type Recorder = {
  /** Opens an attempt and leases it for `leaseMs`. Throws `operation.settled` when the operation is not running under this epoch. */
  stepStarted: (step: StepRef & { leaseMs: number }) => Promise<void>
  /** Renews the lease. Throws `operation.settled` as above, or when the attempt was superseded: the activity must stop. */
  stepBeat: (step: StepRef & { leaseMs: number }) => Promise<void>
  /** Ends the attempt and its lease. The second call for an attempt does nothing. */
  stepFinished: (step: StepRef & { error?: OperationError }) => Promise<void>
  /** Inside the transaction of an effect: holds the operation open until it commits. Throws `operation.settled`. */
  assertCurrent: (tx: Tx, operation: { operationId: string; epoch: number }) => Promise<void>
  /** Ends the operation once, then admits what waited for it. Throws `operation.settled` when it ended otherwise. */
  close: (closing: {
    operationId: string
    epoch: number
    outcome: OperationOutcome
    error?: OperationError
  }) => Promise<void>
}

/** What the worker reports about the operations it performs. */
export const operationsRecorder = (deps: CloseDeps): Recorder => ({
  async stepStarted({ leaseMs, ...step }) {
    const began = await deps.database.statement((tx) =>
      tx.maybe(stepsStore.start, step, leaseMs, stepTitles(step.step)),
    )
    if (began === undefined) throw settled(step.operationId)
  },
  async stepBeat({ leaseMs, ...step }) {
    const renewed = await deps.database.statement((tx) => tx.maybe(stepsStore.beat, step, leaseMs))
    if (renewed === undefined) throw settled(step.operationId)
  },
  async stepFinished({ error, ...step }) {
    const shown = error === undefined ? null : presentable(error)
    await deps.database.statement((tx) => tx.maybe(stepsStore.finish, step, stepTitles(step.step), shown))
  },
  async assertCurrent(tx, { operationId, epoch }) {
    if ((await tx.maybe(stepsStore.holdCurrent, operationId, epoch)) === undefined) throw settled(operationId)
  },
  async close(closing) {
    await closeOperation(deps, closing)
  },
})
