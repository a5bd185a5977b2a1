import { Type } from 'typebox'
import { processOf } from '../../domain/operation-kinds.ts'
import type { Tx } from '../../platform/database.ts'
import type { Json } from '../../platform/json.ts'
import { query } from '../../platform/query.ts'
import { Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'
import { operationsStore } from './operations.store.ts'
import { viewsStore } from './operations.views-store.ts'

const open = query({
  name: 'operations.open-removal',
  row: Type.Object({ id: Uuid }),
  sample: ['00000000-0000-0000-0000-000000000000'] as [tenantId: string],
  sql: (tenantId) => sql`
    select id from operations where tenant_id = ${tenantId} and kind = 'tenant.decommission' and finished_at is null
     order by sequence limit 1`,
})

/**
 * Asks the open removal of a tenant to stop, as cancelling does; null: there is none. `irreversible`: its point of no return has
 * begun, and nothing was asked. In the caller's transaction, under the tenant's subject.
 */
export async function stopRemoval(
  tx: Tx,
  tenantId: string,
  why: Json,
): Promise<{ operationId: string; irreversible: boolean } | null> {
  const found = await tx.maybe(open, tenantId)
  const operation = found && (await tx.maybe(viewsStore.lockForCancel, found.id))
  if (operation === undefined) return null
  const { pointOfNoReturn } = processOf(operation.kind, operation.unitKind)
  const irreversible = pointOfNoReturn !== null && (await tx.one(viewsStore.begun, operation.id, pointOfNoReturn)).begun
  if (!irreversible) await tx.run(operationsStore.askToStop, [operation.id], why)
  return { operationId: operation.id, irreversible }
}
