import type { MemberData, MemberName } from './members.ts'

/**
 * What a member is to be now.
 *
 * - `new-primary`: nothing was ever made: a database cluster is initialized in it
 * - `new-standby`: it is copied from the primary
 * - `deposed`: it was a primary when another was promoted: started, it would be a second one that can be written
 * - `undecided`: there is another one like it of the same timeline: neither is started
 * - `lost`: its data is gone and there is no primary to copy
 * - `retired`: no longer wanted
 */
export type Role = 'primary' | 'new-primary' | 'standby' | 'new-standby' | 'deposed' | 'undecided' | 'lost' | 'retired'
export type Roles = Readonly<Record<MemberName, Role>>

/** Who has the highest timeline of those that may be written; none when two have. */
function leaderOf(members: readonly MemberData[]): MemberData | undefined {
  const writable = members.filter(({ isMade, isStandby }) => isMade && !isStandby)
  const highest = Math.max(...writable.map(({ timeline }) => timeline))
  const leaders = writable.filter(({ timeline }) => timeline === highest)
  return leaders.length === 1 ? leaders[0] : undefined
}

/**
 * Decides who is what from the data alone, so that a promotion outlives every restart. `wasMade` says that the cluster once held
 * data: what is gone is then not made anew, because an empty cluster would look whole.
 */
export function decideRoles(
  members: readonly MemberData[],
  { standbys, wasMade }: { standbys: number; wasMade: boolean },
): Roles {
  const isNew = !wasMade && members.every(({ isMade }) => !isMade)
  const primary = isNew ? members[0] : leaderOf(members)
  const roleOf = (member: MemberData): Role => {
    if (member === primary) return isNew ? 'new-primary' : 'primary'
    if (member.isMade && !member.isStandby) return primary ? 'deposed' : 'undecided' // kept whatever is wanted: it may hold rows nobody else has
    if (!primary) return member.isMade ? 'standby' : 'lost'
    if (standbys === 0) return 'retired'
    return member.isMade ? 'standby' : 'new-standby'
  }
  return Object.fromEntries(members.map((member) => [member.name, roleOf(member)])) as Roles // one each
}

/** The member that is written to; undefined when there is none. */
export const primaryOf = (roles: Roles): MemberName | undefined =>
  (Object.keys(roles) as MemberName[]).find((name) => roles[name] === 'primary' || roles[name] === 'new-primary')
