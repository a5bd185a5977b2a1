import { Type } from 'typebox'
import { Value } from 'typebox/value'
import type { LimitOverrides, Limits } from '../../domain/limits.ts'
import { LIMIT_NAMES } from '../../domain/limits.ts'
import { carriedBack, type Origin } from '../../domain/moves.ts'
import { hasRoom, roomOf } from '../../domain/placement.ts'
import type { Tx } from '../../platform/database.ts'
import type { FeatureHooks } from '../../platform/operation-port.ts'
import type { TenantsDeps } from './tenants.deps.ts'
import type { PlacementStore } from './tenants.placement-store.ts'
import { type TenantRow, Terms } from './tenants.rows.ts'
import { asSold } from './tenants.sold.ts'
import { settleStore } from './tenants.settle-store.ts'

/** Where a move would take the tenant back to; in the input of an update, because it counts from its success on. */
const MovesOrigin = Type.Object({
  moveId: Type.String(),
  terms: Terms,
  notKept: Type.Array(Type.Enum(LIMIT_NAMES)),
})
export type MovesOrigin = Origin & { moveId: string }
const WithOrigin = Type.Object({ origin: MovesOrigin })
const originIn = (input: unknown): MovesOrigin | undefined =>
  Value.Check(WithOrigin, input) ? input.origin : undefined

type Deps = Pick<TenantsDeps, 'placement' | 'findPlan' | 'moves'>

/**
 * What an abort would bring a tenant back to after a change of its overrides, for one that soaks at its new place; undefined for all others.
 * What waits before it is carried back before it. Under the lock of the region's placements.
 */
export async function originOf(
  { placement, findPlan, moves }: Deps,
  tx: Tx,
  row: Pick<TenantRow, 'id' | 'unitId' | 'region' | 'overrides' | 'sold'>,
  to: LimitOverrides,
): Promise<MovesOrigin | undefined> {
  const move = await moves.open(tx, row.id)
  if (move === undefined || move.targetUnitId !== row.unitId) return undefined
  const waiting = originIn((await settleStore.lastWish(tx, row.id))?.input)
  const base = waiting ?? { terms: move.before, notKept: move.notKept }
  const plan = await findPlan(tx, base.terms.plan)
  const fits = (limits: Limits) => fitsIn(tx, placement, { ...row, unitId: move.sourceUnitId }, limits)
  const after = await carriedBack(base, row.overrides, to, { plan: plan && asSold(plan, row.sold), fits })
  return { moveId: move.id, ...after }
}

/** Whether the cell has room for the tenant with these limits; a unit of its own has. */
async function fitsIn(
  tx: Tx,
  placement: Pick<PlacementStore, 'candidates'>,
  { id, unitId, region }: Pick<TenantRow, 'id' | 'unitId' | 'region'>,
  limits: Limits,
): Promise<boolean> {
  const cell = (await placement.candidates(tx, [region], id)).find((one) => one.unitId === unitId)
  return cell === undefined || hasRoom(limits, roomOf(cell))
}

/** An update that succeeded while its tenant soaks changes what an abort brings back. */
export const carryHooks = (
  setOrigin: (tx: Tx, moveId: string, origin: Origin) => Promise<unknown>,
): Pick<FeatureHooks, 'onClosed'> => ({
  async onClosed(tx, { kind, input }, outcome) {
    const origin = kind === 'tenant.update' && outcome === 'succeeded' ? originIn(input) : undefined
    if (origin !== undefined) await setOrigin(tx, origin.moveId, origin)
  },
})
