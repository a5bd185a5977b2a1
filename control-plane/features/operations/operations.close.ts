import { claimsOf, type OperationKind } from '../../domain/operation-kinds.ts'
import { isFinal, type OperationOutcome } from '../../domain/operation-states.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { withoutNul } from '../../platform/json.ts'
import { withoutSecrets } from '../../platform/logger.ts'
import { reportDecided } from './operations.approval-condition.ts'
import { problems } from './operations.errors.ts'
import { unobserved, type OperationObserver } from './operations.meters.ts'
import { promote } from './operations.promoter.ts'
import type { OperationError, OperationHooks, OperationRow } from './operations.row.ts'
import { operationsStore } from './operations.store.ts'
import { yielding } from './operations.transaction.ts'

export type CloseDeps = {
  database: Pick<Database, 'transaction' | 'statement'>
  hooks: Pick<OperationHooks, 'onAdmitted' | 'onClosed'>
  /** Hears of a promotion that failed after the close was committed; the relay makes up for it. */
  onError: (error: unknown) => void
  observer?: OperationObserver
}

export type Closing = {
  operationId: string
  /** Null only for an operation that never ran. */
  epoch: number | null
  outcome: OperationOutcome
  error?: OperationError
  /** Looks once more under the row lock; false leaves the operation open. */
  unless?: (tx: Tx, operation: OperationRow) => Promise<boolean>
}

const MESSAGE_MAX = 2000
export const presentable = ({ code, message }: OperationError): OperationError => ({
  code,
  message: withoutNul(withoutSecrets(message)).slice(0, MESSAGE_MAX),
})

export const settled = (operationId: string) =>
  problems['operation.settled']({
    detail: `Operation ${operationId} is not running under this epoch any more; nothing was changed`,
    extra: { operationId },
  })

/** For who only tidies up: whoever was faster has ended it, or runs it, as it should be. */
export function ignoreSettled(error: unknown): false {
  if (error instanceof Error && 'code' in error && error.code === 'operation.settled') return false
  throw error
}

/**
 * Ends an operation: outcome, released claims, last event and what the hooks do in one transaction; then admits what waited.
 * Asked again with the same outcome it does nothing. Throws `operation.settled` when it ended otherwise, or runs under
 * another epoch; `operation.not-found`. Returns whether this call ended it.
 */
export async function closeOperation(
  { database, hooks, onError, observer = unobserved }: CloseDeps,
  closing: Closing,
): Promise<boolean> {
  const ended = await yielding(database, (tx) => closeUnderLock(tx, hooks, closing))
  if (ended === null) return false
  observer.ended(ended.kind, closing.outcome)
  try {
    await promote(database, hooks, claimsOf(ended.kind, ended))
  } catch (error) {
    observer.failed('promoter')
    onError(error)
  }
  return true
}

/** What ended the waiting of an operation that never ran, by the code it was closed with; cancelled, it has none. */
const WHY: Readonly<Record<string, 'Rejected' | 'Expired'>> = {
  'approval.rejected': 'Rejected',
  'approval.expired': 'Expired',
}

/** What they want is there with the request for them, and not when they begin. */
const AHEAD: ReadonlySet<OperationKind> = new Set(['tenant.provision', 'tenant.adopt', 'tenant.update', 'tenant.move'])

async function closeUnderLock(
  tx: Tx,
  hooks: Pick<OperationHooks, 'onClosed'>,
  closing: Closing,
): Promise<OperationRow | null> {
  const { operationId, epoch, outcome, error } = closing
  await tx.run(operationsStore.lockOf, operationId)
  const found = await tx.maybe(operationsStore.lockForClosing, operationId)
  if (found === undefined) throw problems['operation.not-found']({ extra: { operationId } })
  if (found.epoch !== epoch) throw settled(operationId)
  if (isFinal(found.state)) {
    if (found.state === outcome) return null
    throw settled(operationId)
  }
  if (closing.unless !== undefined && (await closing.unless(tx, found))) return null
  const ended = await tx.one(
    operationsStore.finish,
    operationId,
    outcome,
    error === undefined ? null : presentable(error),
  )
  await tx.one(operationsStore.yieldSoon)
  // What only waited has moved nothing, and what moves meanwhile under another operation of its kind is not its own. Where the
  // rows are ahead it is another matter: a tenant that waits to be provisioned, or a place to be moved to, would stay so for good, and one that
  // waits for other terms would be shown with them.
  if (found.state === 'waiting')
    await reportDecided(tx, ended, WHY[error?.code ?? ''] ?? (outcome === 'failed' ? 'Refused' : 'Withdrawn'))
  if (found.state !== 'waiting' || AHEAD.has(found.kind)) await hooks.onClosed(tx, ended, outcome)
  return ended
}
