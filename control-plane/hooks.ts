import { backupHooks } from './features/backups/backups.ask.ts'
import { reconcileHooks } from './features/drift/drift.reconcile.ts'
import { refuseOnHold } from './features/holds/holds.check.ts'
import { movesHooks } from './features/moves/moves.settle.ts'
import { movesStore } from './features/moves/moves.store.ts'
import { plansStore } from './features/plans/plans.store.ts'
import { findRelease } from './features/products/products.releases.ts'
import { carryHooks } from './features/tenants/tenants.carry.ts'
import { placementStore } from './features/tenants/tenants.placement-store.ts'
import { stackKeyHooks } from './features/stack-keys/stack-keys.ask.ts'
import { retryTenant } from './features/tenants/tenants.retry.ts'
import { tenantHooks } from './features/tenants/tenants.settle.ts'
import { tenantsStore } from './features/tenants/tenants.store.ts'
import { deployHooks } from './features/units/units.deploy-settle.ts'
import type { Clock } from './platform/clock.ts'
import { instanceHooks, settleOwnUnit, unitHooks } from './features/units/units.settle.ts'
import type { FeatureHooks, LockSubjects } from './platform/operation-port.ts'

/** What features do as operations are retried, begin and end: one after the other, in the transaction of the change. */
export function featureHooks(lockSubjects: LockSubjects, clock: Clock): FeatureHooks {
  const onRetry = retryTenant({
    store: tenantsStore,
    placement: placementStore,
    findPlan: plansStore.get,
    findRelease,
    moves: movesStore,
    lockSubjects,
    refuseOnHold: refuseOnHold({ clock }),
  })
  const hooks: readonly Partial<FeatureHooks>[] = [
    unitHooks,
    deployHooks(findRelease),
    { ...tenantHooks, onRetry },
    carryHooks(movesStore.setOrigin),
    reconcileHooks,
    backupHooks,
    stackKeyHooks,
    instanceHooks,
    movesHooks(settleOwnUnit),
  ]
  return {
    async onRetry(tx, operation) {
      for (const hook of hooks) await hook.onRetry?.(tx, operation)
    },
    async onAdmitted(tx, operation) {
      for (const hook of hooks) await hook.onAdmitted?.(tx, operation)
    },
    async onClosed(tx, operation, outcome) {
      for (const hook of hooks) await hook.onClosed?.(tx, operation, outcome)
    },
  }
}
