import { Type } from 'typebox'
import type { OperationOutcome } from '../../control-plane/domain/operation-states.ts'
import type { OperationKind } from '../../control-plane/domain/operation-kinds.ts'
import type { Tx } from '../../control-plane/platform/database.ts'
import type { HookedOperation } from '../../control-plane/platform/operation-port.ts'
import { query } from '../../control-plane/platform/query.ts'
import { sql } from '../../control-plane/platform/sql.ts'

/** Condition of a tenant or unit of which an operation left something behind that it could not take back. */
export const QUARANTINED = 'Quarantined'

type Reason = 'UndoFailed' | 'CheckNotUndone' | 'ProbeNotUndone'
/** Why the condition is true: what a check or an attestation left is made good by nothing that does not look for it. */
export const quarantineReason = (kind: OperationKind): Reason =>
  kind === 'unit.check' ? 'CheckNotUndone' : kind === 'unit.attest' ? 'ProbeNotUndone' : 'UndoFailed'

const EVERY: readonly Reason[] = ['UndoFailed', 'CheckNotUndone', 'ProbeNotUndone']
/**
 * Their success means that everything of the subject is there, or that nothing of it is: nothing is left to look at. Suspending and
 * resuming publish the tenant anew and ask its address, and neither is possible where a provisioning or a removal left something.
 * A check and an attestation end by taking away what one before them left.
 */
const RESOLVED_BY: Partial<Record<OperationKind, readonly Reason[]>> = {
  'cell.create': EVERY,
  'cell.retire': EVERY,
  'unit.deploy': ['UndoFailed'],
  'unit.check': ['CheckNotUndone'],
  'unit.attest': ['ProbeNotUndone'],
  'tenant.provision': EVERY,
  'tenant.adopt': EVERY,
  'tenant.suspend': ['UndoFailed'],
  'tenant.resume': ['UndoFailed'],
  'tenant.decommission': EVERY,
  'tenant.move-abort': ['UndoFailed'],
}

const resolve = query({
  name: 'quarantine.resolve',
  row: Type.Object({}),
  sample: ['', '', '', []] as [subject: string, type: string, message: string, reasons: readonly Reason[]],
  sql: (subject, type, message, reasons) => sql`
    update conditions set status = 'false', reason = 'Resolved', message = ${message}, changed_at = now()
     where subject = ${subject} and type = ${type} and status = 'true' and reason = any (${reasons}::text[])`,
})

/** Takes the condition back when a later operation made good what an earlier one left behind. */
export async function resolveQuarantine(tx: Tx, operation: HookedOperation, outcome: OperationOutcome): Promise<void> {
  const { id, kind, tenantId, unitId } = operation
  const reasons = RESOLVED_BY[kind]
  if (outcome !== 'succeeded' || reasons === undefined) return
  const subject = tenantId === null ? `unit:${unitId}` : `tenant:${tenantId}`
  await tx.run(resolve, subject, QUARANTINED, `Operation ${id} made it good`, reasons)
}
