import type { Capacity, Limits } from './limits.ts'

export type Candidate = {
  unitId: string
  name: string
  capacity: Capacity
  /** Already reserved: tenants placed there, and the sum of their plan limits. */
  used: Capacity
}

export type Placement =
  | { verdict: 'placed'; unitId: string; name: string }
  /** Nothing has room; `room` says what each unit has left, so that the asker knows what would fit. */
  | { verdict: 'full'; room: readonly Room[] }
export type Room = { name: string; tenants: number; requestsPerSecond: number }

const roomOf = ({ name, capacity, used }: Candidate): Room => ({
  name,
  tenants: Math.max(0, capacity.tenants - used.tenants),
  requestsPerSecond: Math.max(0, capacity.requestsPerSecond - used.requestsPerSecond),
})

/**
 * Picks the unit for one more shared tenant: the fullest that still fits (best fit, so that whole cells stay free for growth),
 * ties by name. Both bounds count: tenants, and the sum of plan limits, because a cell full of small tenants and one full of
 * large ones must both keep their promise.
 */
export function place(limits: Limits, candidates: readonly Candidate[]): Placement {
  const fits = candidates
    .map((candidate) => ({ candidate, room: roomOf(candidate) }))
    .filter(({ room }) => room.tenants >= 1 && room.requestsPerSecond >= limits.requestsPerSecond)
    .toSorted(
      (a, b) =>
        a.room.requestsPerSecond - b.room.requestsPerSecond ||
        a.room.tenants - b.room.tenants ||
        (a.candidate.name < b.candidate.name ? -1 : 1),
    )
  const best = fits[0]
  return best
    ? { verdict: 'placed', unitId: best.candidate.unitId, name: best.candidate.name }
    : { verdict: 'full', room: candidates.map(roomOf) }
}
