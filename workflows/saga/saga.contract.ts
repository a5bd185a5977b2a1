import type { OperationOutcome } from '../../control-plane/domain/operation-states.ts'
import type { Published } from '../../control-plane/domain/tenant-lifecycle.ts'
import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'

/** Why a step or an operation ended as it did: a problem code and a sentence without secrets. */
export type Fault = { code: string; message: string }

export type CloseInput = OperationInput & { outcome: OperationOutcome; fault?: Fault }
export type Stuck = { step: string; fault: Fault }
export type QuarantineInput = OperationInput & { stuck: readonly Stuck[] }

/** What was found before the first step. Never a secret, because histories keep it. */
export type Learned = { published?: Published }

/** Activities around the steps of a process. */
export type Frame = {
  /** How the tenant is published before anything is changed: where an undo goes back to. */
  learnTenant: (input: OperationInput) => Promise<Learned>
  /** Puts the operation into its final state; asked twice, closes once. */
  closeOperation: (input: CloseInput) => Promise<void>
  /** Records, labels and reports what failed undos left behind. */
  quarantine: (input: QuarantineInput) => Promise<void>
}
