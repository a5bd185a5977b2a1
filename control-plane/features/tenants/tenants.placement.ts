import type { Limits } from '../../domain/limits.ts'
import type { Facet } from '../../domain/facets.ts'
import { freeInstances, hasRoom, place, roomOf, type Room } from '../../domain/placement.ts'
import { type GivenNames, ownUnitNames } from '../../domain/naming.ts'
import { isOwn, type UnitKind } from '../../domain/unit-kinds.ts'

import type { Tx } from '../../platform/database.ts'
import { problems } from './tenants.errors.ts'
import { newId } from '../../platform/ids.ts'
import type { TenantsDeps } from './tenants.deps.ts'
import type { Candidate, OwnKind, PlacementStore, Region } from './tenants.placement-store.ts'

const open = ({ state, retiring }: Candidate): boolean => state === 'active' && !retiring
const said = ({ name, region, tenants, requestsPerSecond }: Room): string =>
  `${name} in ${region} (${tenants} tenants, ${requestsPerSecond} requests per second)`

function full(wanted: Wanted, cells: readonly Candidate[]) {
  const { limits, region, product } = wanted
  const room = cells
    .filter(open)
    .map(roomOf)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const coming = cells.filter(({ state }) => state === 'creating').map(({ name }) => name)
  const some = room.filter((one) => one.tenants > 0 && one.requestsPerSecond > 0)
  const left = some.length === 0 ? 'no cell has any' : `there is room in ${some.map(said).join(', ')}`
  const wait =
    coming.length === 0
      ? 'create a cell of it or choose a smaller plan'
      : `wait for ${coming.join(', ')}, which is being created`
  const detail = `No cell of ${product} in ${region} has room for one more tenant with ${limits.requestsPerSecond} requests per second; ${left}: ${wait}`
  return problems['placement.full']({ detail, extra: { room } })
}

/** Where a new tenant goes: a cell, or a unit of its own that is still to be made. */
export type Place = { id: string; kind: 'cell'; name: string } | { id: null; kind: OwnKind; name: string }

type Wanted = { limits: Limits; region: string; regions: readonly string[]; product: string }

/** Picks the cell of its product for a new tenant. Throws `placement.full` with the room of the plan's other regions, too. */
export async function choose(tx: Tx, store: PlacementStore, wanted: Wanted): Promise<Candidate> {
  const { limits, region, regions, product } = wanted
  const cells = (await store.candidates(tx, regions)).filter((cell) => cell.product === product)
  const placement = place(
    limits,
    cells.filter((cell) => cell.region === region && open(cell)),
  )
  const chosen = placement.verdict === 'placed' ? cells.find(({ unitId }) => unitId === placement.unitId) : undefined
  if (chosen === undefined) throw full(wanted, cells)
  return chosen
}

/** Checks that a tenant's cell can keep it under new limits; a unit of its own has nobody else to make room for. Throws `placement.full`. Smaller limits are never refused. */
export async function checkRoom(
  tx: Tx,
  store: PlacementStore,
  tenant: { id: string; unitId: string; unitKind: UnitKind; region: string; limits: Limits },
  limits: Limits,
): Promise<void> {
  if (isOwn(tenant.unitKind) || limits.requestsPerSecond <= tenant.limits.requestsPerSecond) return
  const cells = await store.candidates(tx, [tenant.region], tenant.id)
  const own = cells.find(({ unitId }) => unitId === tenant.unitId)
  const room = own === undefined ? undefined : roomOf(own)
  if (room === undefined || !hasRoom(limits, room)) throw outgrown(limits, room)
}

const NAMED: Readonly<Record<OwnKind, string>> = { instance: 'private instances', stack: 'dedicated stacks' }

/**
 * Checks that the region takes one more unit of the kind, which is named after its tenant. Throws `placement.full` and
 * `region.builds-no-stacks`.
 */
export async function chooseOwnUnit(
  tx: Tx,
  store: PlacementStore,
  region: Region,
  wanted: { slug: string; kind: OwnKind },
): Promise<Place> {
  const { slug, kind } = wanted
  if (kind === 'stack' && !region.buildsStacks) {
    const message = `${region.name} names no target for stacks: choose another region or plan`
    throw problems['region.builds-no-stacks']({
      detail: message,
      fields: [{ pointer: '/plan', rule: 'region.builds-no-stacks', message }],
    })
  }
  const capacity = kind === 'stack' ? region.stacks : region.instances
  const used = await store.ownUnitsIn(tx, region.name, kind)
  if (freeInstances(capacity, used) > 0) return { id: null, kind, name: slug }
  const detail = `${region.name} takes ${capacity} ${NAMED[kind]} and has ${used}: choose another region or plan`
  throw problems['placement.full']({ detail, extra: { room: [], [`${kind}s`]: { capacity, used } } })
}

/** A tenant that gets a place of its own, and the unit that it leaves. */
type Mover = { tenantId: string; unitId: string }

/**
 * Makes the unit that is to be a tenant's own, of its product's default version. For one that moves it is of the version that it is served
 * now, so that its rows fit; a unit of the kind that it had before, which is gone, begins anew, and beside one of another kind it gets
 * the next of its names. Throws `unit.name-taken` and `version.unknown`.
 */
export async function makeOwnUnit(
  tx: Tx,
  { placement, findRelease }: Pick<TenantsDeps, 'placement' | 'findRelease'>,
  wanted: {
    slug: string
    kind: OwnKind
    region: string
    product: string
    facets: readonly Facet[]
    from?: Mover
    adopts?: GivenNames | undefined
  },
): Promise<{ id: string; name: string }> {
  const { slug, kind, region, product, facets, from, adopts = null } = wanted
  const known = from === undefined ? undefined : await placement.versionOf(tx, from.unitId)
  const { version } = await findRelease(tx, product, known)
  for (const name of from === undefined ? [slug] : ownUnitNames(slug)) {
    const unit = { id: newId(), kind, name, region, product, version, facets, adopts }
    const made = await placement.insertOwnUnit(tx, unit, from?.tenantId ?? null)
    if (made !== undefined) return { id: made.id, name }
  }
  const message = `${slug} is or was the name of a cell, and a unit of a tenant's own is named after its slug: choose another slug`
  throw problems['unit.name-taken']({
    detail: message,
    fields: [{ pointer: '/slug', rule: 'unit.name-unique', message }],
  })
}

/** Another cell does not help a tenant that stays where it is, so none is proposed. */
function outgrown(wanted: Limits, room: Room | undefined) {
  const has = room === undefined ? 'Its cell has no' : `Its cell ${room.name} has ${room.requestsPerSecond}`
  const detail = `${has} requests per second for it, not ${wanted.requestsPerSecond}: choose smaller limits, or make room in that cell`
  return problems['placement.full']({ detail, extra: { room: room === undefined ? [] : [room] } })
}
