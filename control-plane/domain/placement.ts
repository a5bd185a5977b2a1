import type { Capacity, Limits } from './limits.ts'

export type Candidate = {
  unitId: string
  name: string
  region: string
  capacity: Capacity
  /** Already reserved: tenants placed there, and the sum of their limits. */
  used: Capacity
}

export type Placement =
  | { verdict: 'placed'; unitId: string; name: string }
  /** Nothing has room; `room` says what each unit has left, so that the asker knows what would fit. */
  | { verdict: 'full'; room: readonly Room[] }
export type Room = { name: string; region: string } & Capacity

type Demand = Pick<Limits, 'requestsPerSecond'>

/** What is left of a capacity; never negative, also after an operator lowered a capacity below what is used. */
export const freeCapacity = (capacity: Capacity, used: Capacity): Capacity => ({
  tenants: Math.max(0, capacity.tenants - used.tenants),
  requestsPerSecond: Math.max(0, capacity.requestsPerSecond - used.requestsPerSecond),
})

export const roomOf = ({ name, region, capacity, used }: Candidate): Room => ({
  name,
  region,
  ...freeCapacity(capacity, used),
})

/** Whether one more tenant with these limits fits. */
export const hasRoom = (limits: Demand, room: Capacity): boolean =>
  room.tenants >= 1 && room.requestsPerSecond >= limits.requestsPerSecond

/**
 * Picks the unit for one more shared tenant: the fullest that still fits (best fit, so that whole cells stay free for growth),
 * ties by name. Both bounds count: tenants, and the sum of limits, because a cell full of small tenants and one full of
 * large ones must both keep their promise.
 */
export function place(limits: Demand, candidates: readonly Candidate[]): Placement {
  const best = candidates
    .map((candidate) => ({ candidate, room: roomOf(candidate) }))
    .filter(({ room }) => hasRoom(limits, room))
    .toSorted(
      (a, b) =>
        a.room.requestsPerSecond - b.room.requestsPerSecond ||
        a.room.tenants - b.room.tenants ||
        byName(a.room, b.room),
    )[0]?.candidate
  return best
    ? { verdict: 'placed', unitId: best.unitId, name: best.name }
    : { verdict: 'full', room: candidates.map(roomOf).toSorted(byName) }
}

/** How many more instances a region takes; never negative, also after its number was lowered below what runs. */
export const freeInstances = (capacity: number, used: number): number => Math.max(0, capacity - used)

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
