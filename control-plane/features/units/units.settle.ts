import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { isMoveKind } from '../../domain/moves.ts'
import { isTenantKind } from '../../domain/tenant-lifecycle.ts'
import {
  instanceState,
  isUnitKind,
  mayAskUnit,
  UNIT_STATES,
  unitStateAfter,
  unitStateDuring,
  type UnitState,
} from '../../domain/unit-lifecycle.ts'
import { reportCondition } from '../../platform/conditions.ts'
import type { Tx } from '../../platform/database.ts'
import type { FeatureHooks, HookedOperation } from '../../platform/operation-port.ts'
import { problems } from './units.errors.ts'
import { unitsStore } from './units.store.ts'

/** What a state says about whether tenants are served here. */
const READY: Readonly<Record<UnitState, { status: 'true' | 'false'; reason: string; message: string }>> = {
  creating: { status: 'false', reason: 'Creating', message: 'The unit is being created' },
  active: { status: 'true', reason: 'Created', message: 'Every pod serves the wanted version' },
  suspended: { status: 'false', reason: 'Suspended', message: 'Its tenant is suspended: no pod runs' },
  retiring: { status: 'false', reason: 'Retiring', message: 'The unit is being removed' },
  retired: { status: 'false', reason: 'Retired', message: 'A separate credential found nothing left of it' },
  failed: {
    status: 'false',
    reason: 'Failed',
    message: 'Its last operation did not get there: retry that, or remove the unit',
  },
}

async function settle(tx: Tx, operation: HookedOperation, next: (state: UnitState) => UnitState): Promise<void> {
  const { id, kind, unitId } = operation
  const { state, generation } = await unitsStore.lock(tx, unitId)
  const reached = next(state)
  if (reached !== state) await unitsStore.setState(tx, unitId, reached)
  const { message, ...seen } = READY[reached]
  const said = reached === 'failed' ? `${message} (${kind}, operation ${id})` : message
  await reportCondition(tx, {
    subject: `unit:${unitId}`,
    tenantId: null,
    type: 'Ready',
    ...seen,
    message: said,
    observedGeneration: generation,
  })
}

const RetireInput = Type.Object({ was: Type.Enum(UNIT_STATES) })
/** In which state a retirement found its cell, as the request noted. */
const stateBefore = ({ input }: HookedOperation): UnitState | undefined =>
  Value.Check(RetireInput, input) ? input.was : undefined

/** Nothing is removed under tenants. Throws `cell.occupied` with how many there are. */
export async function refuseOccupied(tx: Tx, unitId: string): Promise<void> {
  const facts = await unitsStore.facts(tx, unitId)
  if (facts === undefined || facts.occupants === 0) return
  const { name, occupants: tenants } = facts
  const detail = `${tenants} ${tenants === 1 ? 'tenant is' : 'tenants are'} placed in ${name}: decommission them first`
  throw problems['cell.occupied']({ detail, extra: { tenants } })
}

/**
 * Puts a unit of a tenant's own into a state, whatever that of its tenant is: of the two places of a move only one follows the tenant. A
 * cell stays what it is.
 */
export async function settleOwnUnit(
  tx: Tx,
  operation: HookedOperation,
  unitId: string,
  state: UnitState,
): Promise<void> {
  const unit = await unitsStore.find(tx, unitId, null)
  if (unit !== undefined && unit.kind !== 'cell') await settle(tx, { ...operation, unitId }, () => state)
}

/** An instance is where its tenant is: whatever changes the tenant's state changes the unit's with it. */
async function follow(tx: Tx, operation: HookedOperation): Promise<void> {
  if (!isTenantKind(operation.kind) || isMoveKind(operation.kind)) return
  const tenant = await unitsStore.ownTenant(tx, operation.unitId)
  if (tenant !== undefined) await settle(tx, operation, (state) => instanceState(tenant.state, state))
}

/** To be run after the hooks that settle the tenant itself. */
export const instanceHooks: Pick<FeatureHooks, 'onAdmitted' | 'onClosed'> = { onAdmitted: follow, onClosed: follow }

/** State and condition of a unit as its operations begin and end; other kinds are none of its business. */
export const unitHooks: FeatureHooks = {
  /** Under the region's lock: tenants may have been placed since the first request failed. */
  async onRetry(tx, operation) {
    const { kind, unitId } = operation
    if (!isUnitKind(kind)) return
    const unit = await unitsStore.find(tx, unitId, null)
    if (unit === undefined) return
    await unitsStore.lockRegion(tx, unit.region)
    if (kind === 'cell.retire') await refuseOccupied(tx, unitId)
    if (!mayAskUnit(kind, unit.state)) throw stateForbids(unit)
  },
  async onAdmitted(tx, operation) {
    const { kind } = operation
    if (isUnitKind(kind)) await settle(tx, operation, (state) => unitStateDuring(kind, state))
  },
  async onClosed(tx, operation, outcome) {
    const { kind } = operation
    if (isUnitKind(kind))
      await settle(tx, operation, (state) => unitStateAfter(kind, outcome, state, stateBefore(operation)))
  },
}

export const stateForbids = ({ name, state }: { name: string; state: UnitState }) =>
  problems['cell.state-forbids']({ detail: `${name} is ${state} already`, extra: { state } })
