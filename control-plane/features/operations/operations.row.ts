import { Type, type Static } from 'typebox'
import { OPERATION_KINDS } from '../../domain/operation-kinds.ts'
import { OPERATION_STATES, type OperationOutcome } from '../../domain/operation-states.ts'
import { UNIT_KINDS } from '../../domain/unit-kinds.ts'
import type { Tx } from '../../platform/database.ts'
import type { Json } from '../../platform/json.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'

export const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** An operation as stored. `input` is what was asked for; `behind` the operation that it first queued behind. */
export const OperationRow = Type.Object({
  id: Uuid,
  sequence: Type.Integer(),
  kind: Type.Enum(OPERATION_KINDS),
  tenantId: orNull(Uuid),
  unitId: Uuid,
  otherUnitId: orNull(Uuid),
  unitKind: Type.Enum(UNIT_KINDS),
  region: Type.String(),
  state: Type.Enum(OPERATION_STATES),
  input: Type.Unsafe<Json>(Type.Unknown()), // jsonb holds nothing else
  epoch: orNull(Type.Integer()),
  requestedBy: orNull(Uuid),
  requestId: orNull(Type.String()),
  retryOf: orNull(Uuid),
  behind: orNull(Uuid),
  errorCode: orNull(Type.String()),
  errorMessage: orNull(Type.String()),
  createdAt: Timestamp,
  admittedAt: orNull(Timestamp),
  cancelRequestedAt: orNull(Timestamp),
  finishedAt: orNull(Timestamp),
  traceParent: orNull(Type.String()),
})
export type OperationRow = Static<typeof OperationRow>

/** The columns of `OperationRow`, of a table or subquery called `o`. */
export const operationColumns = sql`
  o.id, o.sequence, o.kind, o.tenant_id as "tenantId", o.unit_id as "unitId", o.other_unit_id as "otherUnitId", o.unit_kind as "unitKind", o.region, o.state, o.input, o.epoch,
  o.requested_by as "requestedBy", o.request_id as "requestId", o.retry_of as "retryOf", o.behind,
  o.error_code as "errorCode", o.error_message as "errorMessage", o.created_at as "createdAt", o.admitted_at as "admittedAt",
  o.cancel_requested_at as "cancelRequestedAt", o.finished_at as "finishedAt", o.trace_parent as "traceParent"`

/** Values for the proving test, which only prepares statements. */
export const ANY_ID = '00000000-0000-7000-8000-000000000000'

/** Wakes the relays: something was asked for, admitted, cancelled or closed. */
export const OPERATIONS_CHANNEL = 'operations'
/** Wakes the subscribers of one operation; the payload is its id. */
export const EVENTS_CHANNEL = 'operation_events'

export type OperationError = { code: string; message: string }

/**
 * What other features do about an operation, in the transaction of its change of state: tenant and unit state, conditions.
 * Lock order: subjects, then operations, then whatever the hooks lock.
 */
export interface OperationHooks {
  /** In the transaction of a retry, before anything is locked for it: checks again what the first request checked. */
  onRetry: (tx: Tx, operation: OperationRow) => Promise<void>
  onAdmitted: (tx: Tx, operation: OperationRow) => Promise<void>
  onClosed: (tx: Tx, operation: OperationRow, outcome: OperationOutcome) => Promise<void>
}
