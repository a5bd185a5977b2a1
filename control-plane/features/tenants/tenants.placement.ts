import type { Limits } from '../../domain/limits.ts'
import { hasRoom, place, roomOf, type Room } from '../../domain/placement.ts'
import type { Tx } from '../../platform/database.ts'
import { problems } from './tenants.errors.ts'
import type { Candidate, PlacementStore } from './tenants.placement-store.ts'

const open = ({ state, retiring }: Candidate): boolean => state === 'active' && !retiring
const said = ({ name, region, tenants, requestsPerSecond }: Room): string =>
  `${name} in ${region} (${tenants} tenants, ${requestsPerSecond} requests per second)`

function full(wanted: Limits, region: string, cells: readonly Candidate[]) {
  const room = cells
    .filter(open)
    .map(roomOf)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const coming = cells.filter(({ state }) => state === 'creating').map(({ name }) => name)
  const some = room.filter((one) => one.tenants > 0 && one.requestsPerSecond > 0)
  const left = some.length === 0 ? 'no cell has any' : `there is room in ${some.map(said).join(', ')}`
  const wait =
    coming.length === 0
      ? 'create a cell or choose a smaller plan'
      : `wait for ${coming.join(', ')}, which is being created`
  const detail = `No cell in ${region} has room for one more tenant with ${wanted.requestsPerSecond} requests per second; ${left}: ${wait}`
  return problems['placement.full']({ detail, extra: { room } })
}

/** Picks the cell for a new tenant. Throws `placement.full` with the room of the plan's other regions, too. */
export async function choose(
  tx: Tx,
  store: PlacementStore,
  wanted: { limits: Limits; region: string; regions: readonly string[] },
): Promise<Candidate> {
  const { limits, region, regions } = wanted
  const cells = await store.candidates(tx, regions)
  const placement = place(
    limits,
    cells.filter((cell) => cell.region === region && open(cell)),
  )
  const chosen = placement.verdict === 'placed' ? cells.find(({ unitId }) => unitId === placement.unitId) : undefined
  if (chosen === undefined) throw full(limits, region, cells)
  return chosen
}

/** Checks that a tenant's cell can keep it under new limits. Throws `placement.full`. Smaller limits are never refused. */
export async function checkRoom(
  tx: Tx,
  store: PlacementStore,
  tenant: { id: string; unitId: string; region: string; limits: Limits },
  limits: Limits,
): Promise<void> {
  if (limits.requestsPerSecond <= tenant.limits.requestsPerSecond) return
  const cells = await store.candidates(tx, [tenant.region], tenant.id)
  const own = cells.find(({ unitId }) => unitId === tenant.unitId)
  const room = own === undefined ? undefined : roomOf(own)
  if (room === undefined || !hasRoom(limits, room)) throw outgrown(limits, room)
}

/** Another cell does not help a tenant that stays where it is, so none is proposed. */
function outgrown(wanted: Limits, room: Room | undefined) {
  const has = room === undefined ? 'Its cell has no' : `Its cell ${room.name} has ${room.requestsPerSecond}`
  const detail = `${has} requests per second for it, not ${wanted.requestsPerSecond}: choose smaller limits, or make room in that cell`
  return problems['placement.full']({ detail, extra: { room: room === undefined ? [] : [room] } })
}
