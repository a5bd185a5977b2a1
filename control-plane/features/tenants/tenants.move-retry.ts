import { Type } from 'typebox'
import { Value } from 'typebox/value'
import type { Tx } from '../../platform/database.ts'
import type { HookedOperation } from '../../platform/operation-port.ts'
import { placeFor, planOf } from './tenants.create.ts'
import type { TenantsDeps } from './tenants.deps.ts'
import { problems } from './tenants.errors.ts'
import { facetsOf } from './tenants.facets.ts'
import { refuseOpenMove } from './tenants.move.ts'
import { makeOwnUnit } from './tenants.placement.ts'
import { asSold } from './tenants.sold.ts'
import { checkAllowed, sameTerms, termsOf } from './tenants.update.ts'
import type { Terms } from '../../domain/limits.ts'
import type { MoveState } from '../../domain/moves.ts'

/** What a retry needs of moves. */
export type MovesForRetry = TenantsDeps['moves'] & {
  find: (
    tx: Tx,
    id: string,
  ) => Promise<
    | { id: string; state: MoveState; targetUnitId: string; sourceUnitId: string; before: Terms; wanted: Terms }
    | undefined
  >
  setBefore: (tx: Tx, id: string, terms: Terms) => Promise<unknown>
  reopen: (tx: Tx, id: string) => Promise<unknown>
}
type Deps = Pick<TenantsDeps, 'store' | 'placement' | 'findPlan' | 'findRelease' | 'lockSubjects'> & {
  moves: MovesForRetry
}

const Input = Type.Object({ moveId: Type.String() })

/**
 * Takes a move up again that was taken back: the same way to the same place, if that still has room. One that is stuck is aborted first.
 * One that waited for its change plan has its place; where the tenant was changed meanwhile, it goes back to what it has now. Throws
 * `move.open`, `move.same-placement`, `placement.full`, `tenant.state-forbids`.
 */
export async function retryMove(deps: Deps, tx: Tx, operation: HookedOperation): Promise<void> {
  const { kind, tenantId, unitId, otherUnitId, input } = operation
  if (kind !== 'tenant.move' || tenantId === null || !Value.Check(Input, input)) return
  const [seen, move] = [await deps.store.find(tx, tenantId, null), await deps.moves.find(tx, input.moveId)]
  if (seen === undefined || move === undefined) return
  await deps.placement.lockRegion(tx, seen.region)
  const waited = move.state === 'moving'
  if (!waited) await refuseOpenMove(deps, tx, seen)
  if (seen.unitId !== move.sourceUnitId) throw elsewhere(seen.slug)
  if (!waited) await reserve(deps, tx, seen, move)
  await deps.lockSubjects(tx, { kind, tenantId, unitId, otherUnitId })
  const row = await deps.store.lock(tx, tenantId)
  checkAllowed(row, kind, await deps.store.openKinds(tx, tenantId))
  if (!waited) await deps.moves.reopen(tx, move.id)
  if (!sameTerms(row.confirmed, move.before)) await deps.moves.setBefore(tx, move.id, termsOf(row.confirmed))
}

type Seen = NonNullable<Awaited<ReturnType<Deps['store']['find']>>>
type Move = NonNullable<Awaited<ReturnType<MovesForRetry['find']>>>

/** The same place: what was asked for names it. */
async function reserve(deps: Deps, tx: Tx, seen: Seen, { targetUnitId, wanted }: Move): Promise<void> {
  const plan = asSold(await planOf(deps, tx, wanted.plan), seen.sold)
  const region = await deps.placement.region(tx, seen.region)
  if (region === undefined) return
  const { slug, product } = seen
  const place = await placeFor(deps, tx, { plan, region, product, limits: wanted.limits }, slug)
  const facets = facetsOf(plan, region)
  const from = { tenantId: seen.id, unitId: seen.unitId }
  const own = { slug, region: region.name, product, facets, from }
  const { id: unitId } = place.kind === 'cell' ? place : await makeOwnUnit(tx, deps, { ...own, kind: place.kind })
  if (unitId !== targetUnitId) throw elsewhere(slug)
}

const elsewhere = (slug: string) =>
  problems['move.same-placement']({
    detail: `${slug} would not go from the same place to the same place any more: ask for a new move instead`,
  })
