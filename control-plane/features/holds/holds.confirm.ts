import type { Tx } from '../../platform/database.ts'
import type { RefuseOnHold } from './holds.check.ts'
import { holdsStore as store } from './holds.store.ts'

/** The last word before a removal destroys, and its taking back. */
export type RemovalConfirmation = {
  /** Notes that a removal destroys from now on: of it and a hold, one comes first. Throws `tenant.on-hold`. */
  confirm: (tx: Tx, removal: { tenantId: string; operationId: string }) => Promise<void>
  /** The removal turned back before it destroyed anything; twice is once. */
  takeBack: (tx: Tx, removal: { tenantId: string; operationId: string }) => Promise<void>
}

type Deps = {
  refuseOnHold: RefuseOnHold
  /** Locks the tenant's row, as placing a hold does. */
  lockTenant: (tx: Tx, id: string) => Promise<unknown>
}

export const removalConfirmation = ({ refuseOnHold, lockTenant }: Deps): RemovalConfirmation => ({
  async confirm(tx, { tenantId, operationId }) {
    await lockTenant(tx, tenantId)
    await refuseOnHold(tx, tenantId)
    await store.confirm(tx, tenantId, operationId)
  },
  async takeBack(tx, { tenantId, operationId }) {
    await lockTenant(tx, tenantId)
    await store.takeBack(tx, tenantId, operationId)
  },
})
