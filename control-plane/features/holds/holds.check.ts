import type { Clock } from '../../platform/clock.ts'
import type { Tx } from '../../platform/database.ts'
import { problems } from './holds.errors.ts'
import { holdsStore } from './holds.store.ts'

/** Throws `tenant.on-hold` while a legal hold on the tenant is in force. Whoever acts on the answer has locked the tenant before. */
export type RefuseOnHold = (tx: Tx, tenantId: string) => Promise<void>

export const refuseOnHold =
  ({ clock }: { clock: Clock }): RefuseOnHold =>
  async (tx, tenantId) => {
    const hold = await holdsStore.held(tx, clock.now().toISOString(), tenantId)
    if (hold === undefined) return
    const end = hold.until === null ? 'until it is released' : `until ${hold.until}`
    throw problems['tenant.on-hold']({
      detail: `Hold ${hold.id} keeps the tenant and its data ${end}`,
      extra: { holdId: hold.id, until: hold.until },
    })
  }
