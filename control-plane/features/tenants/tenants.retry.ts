import { isTenantKind } from '../../domain/tenant-lifecycle.ts'
import type { Tx } from '../../platform/database.ts'
import type { HookedOperation } from '../../platform/operation-port.ts'
import { noteLoosened } from './tenants.approval.ts'
import { checkOverrides, notInPlan, planOf } from './tenants.create.ts'
import type { TenantsDeps } from './tenants.deps.ts'
import { checkRoom } from './tenants.placement.ts'
import { settleStore } from './tenants.settle-store.ts'
import { termsWanted } from './tenants.settle.ts'
import { asSold } from './tenants.sold.ts'
import { type MovesForRetry, retryMove } from './tenants.move-retry.ts'
import { checkAllowed, refuseOtherFacets, sameTerms } from './tenants.update.ts'

type Deps = Pick<TenantsDeps, 'store' | 'placement' | 'findPlan' | 'findRelease' | 'lockSubjects' | 'refuseOnHold'> & {
  moves: MovesForRetry
}

/**
 * Before an operation on a tenant is asked for again: the state must still allow it, and an update, whose terms were taken back
 * when it failed, takes them up again under the checks of its first request. Throws what those throw.
 */
export const retryTenant =
  (deps: Deps) =>
  async (tx: Tx, operation: HookedOperation): Promise<void> => {
    const { kind, tenantId, unitId, otherUnitId } = operation
    if (!isTenantKind(kind) || tenantId === null) return
    if (kind === 'tenant.move') return retryMove(deps, tx, operation)
    const wish = termsWanted(operation)
    const seen = await deps.store.find(tx, tenantId, null)
    if (seen === undefined) return
    if (wish !== undefined) await deps.placement.lockRegion(tx, seen.region)
    await deps.lockSubjects(tx, { kind, tenantId, unitId, otherUnitId })
    const row = await deps.store.lock(tx, tenantId)
    if (kind === 'tenant.decommission') await deps.refuseOnHold(tx, tenantId)
    checkAllowed(row, kind, await deps.store.openKinds(tx, tenantId))
    if (kind !== 'tenant.update' || wish === undefined || sameTerms(row, wish.wanted)) return
    const plan = asSold(await planOf(deps, tx, wish.wanted.plan), row.sold)
    if (!plan.regions.includes(row.region)) throw notInPlan(plan, row.region, '/plan')
    checkOverrides(plan, wish.wanted.overrides)
    await refuseOtherFacets(deps, tx, seen, plan)
    await checkRoom(tx, deps.placement, { ...row, unitKind: seen.unitKind }, wish.wanted.limits)
    await noteLoosened(deps, tx, row, plan.name)
    await settleStore.setTerms(tx, tenantId, wish.wanted)
  }
