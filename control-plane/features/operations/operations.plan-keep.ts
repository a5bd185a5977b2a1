import type { Clock } from '../../platform/clock.ts'
import type { Tx } from '../../platform/database.ts'
import { presentable } from './operations.close.ts'
import { plansStore, type Made } from './operations.plans-store.ts'
import type { OperationError } from './operations.row.ts'

/** What whoever makes change plans keeps of them. Each is repeatable, and does nothing to a plan that is wanted no more. */
export type ChangePlans = {
  keep: (tx: Tx, planId: string, made: Made) => Promise<void>
  fail: (tx: Tx, planId: string, fault: OperationError) => Promise<void>
}

export const changePlans = ({ clock }: { clock: Clock }): ChangePlans => ({
  keep: async (tx, planId, made) => void (await tx.maybe(plansStore.keep, planId, made, clock.now().toISOString())),
  fail: async (tx, planId, fault) =>
    void (await tx.maybe(plansStore.fail, planId, presentable(fault), clock.now().toISOString())),
})
