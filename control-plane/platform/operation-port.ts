import { Type } from 'typebox'
import type { ApprovalRule } from '../domain/approvals.ts'
import { OPERATION_KINDS, type OperationKind } from '../domain/operation-kinds.ts'
import type { UnitKind } from '../domain/unit-kinds.ts'
import { OPERATION_STATES, type OperationOutcome } from '../domain/operation-states.ts'
import type { Tx } from './database.ts'
import type { Json } from './json.ts'
import { closed, Uuid, type Accepted } from './schemas.ts'

/** One change asked of the plane, as features ask for it. */
export type OperationRequest = {
  kind: OperationKind
  tenantId: string | null
  unitId: string
  /** The second unit that it touches; left out by all but moves. */
  otherUnitId?: string | null
  region: string
  /** What was asked: names and numbers that the workflow and the way back need, never a secret. */
  input: Json
  requestedBy: string | null
  requestId: string | null
  /** Whether somebody else has to agree first; left out, nobody has to. What changes a dedicated stack waits for its change plan all the same. */
  approval?: ApprovalRule
  /** It is to be planned first, and another operator is to agree to the plan, whatever else says who must. */
  planned?: boolean | undefined
}

/**
 * Admits the change in the caller's transaction. Throws `operation.conflict` with the operation in the way, and `plan.not-offered` where what
 * is to be planned cannot be.
 */
export type RequestOperation = (tx: Tx, wanted: OperationRequest) => Promise<Accepted>

/**
 * Locks what an operation would touch, as admission does. A service that locks rows of its own calls this first: whoever closes
 * an operation holds the subjects when it reaches for those rows, and two who go opposite ways wait for each other.
 */
export type LockSubjects = (
  tx: Tx,
  wanted: Pick<OperationRequest, 'kind' | 'tenantId' | 'unitId' | 'otherUnitId'>,
) => Promise<void>

/** What the hooks of a feature learn about an operation. */
export type HookedOperation = {
  id: string
  kind: OperationKind
  tenantId: string | null
  unitId: string
  unitKind: UnitKind
  otherUnitId: string | null
  input: unknown
  retryOf: string | null
  /** Null only for one that never ran. */
  epoch: number | null
}

/** Run in the transaction that changes the operation, under its subjects' locks. */
export type FeatureHooks = {
  /**
   * Before a failed or cancelled operation is asked for anew: in the transaction of the retry, before subjects are locked.
   * Checks what its first request checked and takes its intent up again. Throws what that request would.
   */
  onRetry: (tx: Tx, operation: HookedOperation) => Promise<void>
  onAdmitted: (tx: Tx, operation: HookedOperation) => Promise<void>
  onClosed: (tx: Tx, operation: HookedOperation, outcome: OperationOutcome) => Promise<void>
}

/** An operation that has not ended, as the thing it acts on shows it. */
export const OpenOperation = Type.Object(
  { id: Uuid, kind: Type.Enum(OPERATION_KINDS), state: Type.Enum(OPERATION_STATES) },
  {
    $id: 'OpenOperation',
    ...closed,
    examples: [{ id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55', kind: 'tenant.provision', state: 'running' }],
  },
)
