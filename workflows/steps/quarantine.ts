import { Type } from 'typebox'
import type { OperationOutcome } from '../../control-plane/domain/operation-states.ts'
import type { OperationKind } from '../../control-plane/domain/operation-kinds.ts'
import type { Tx } from '../../control-plane/platform/database.ts'
import type { HookedOperation } from '../../control-plane/platform/operation-port.ts'
import { query } from '../../control-plane/platform/query.ts'
import { sql } from '../../control-plane/platform/sql.ts'

/** Condition of a tenant or unit of which an operation left something behind that it could not take back. */
export const QUARANTINED = 'Quarantined'

/**
 * Their success means that everything of the subject is there, or that nothing of it is: nothing is left to look at. Suspending and
 * resuming publish the tenant anew and ask its address, and neither is possible where a provisioning or a removal left something.
 */
const RESOLVING: ReadonlySet<OperationKind> = new Set([
  'cell.create',
  'cell.retire',
  'unit.deploy',
  'tenant.provision',
  'tenant.suspend',
  'tenant.resume',
  'tenant.decommission',
])

const resolve = query({
  name: 'quarantine.resolve',
  row: Type.Object({}),
  sample: ['', '', ''] as [subject: string, type: string, message: string],
  sql: (subject, type, message) => sql`
    update conditions set status = 'false', reason = 'Resolved', message = ${message}, changed_at = now()
     where subject = ${subject} and type = ${type} and status = 'true'`,
})

/** Takes the condition back when a later operation made good what an earlier one left behind. */
export async function resolveQuarantine(tx: Tx, operation: HookedOperation, outcome: OperationOutcome): Promise<void> {
  const { id, kind, tenantId, unitId } = operation
  if (outcome !== 'succeeded' || !RESOLVING.has(kind)) return
  const subject = tenantId === null ? `unit:${unitId}` : `tenant:${tenantId}`
  await tx.run(resolve, subject, QUARANTINED, `Operation ${id} made it good`)
}
