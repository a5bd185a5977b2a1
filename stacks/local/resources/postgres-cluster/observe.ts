import type { QueryResultRow } from 'pg'
import { untilAborted } from '../../../process/abort.ts'
import type { ResourceContext } from '../resource-kind.ts'
import { asSuperuser, type Patience } from './connect.ts'
import { currentRoles } from './current-roles.ts'
import type { ClusterInputs } from './inputs.ts'
import { bytesBehind } from './lsn.ts'
import { MEMBERS, otherThan, readMember, type MemberName } from './members.ts'
import type { Role } from './roles.ts'

/** What is true of one member now. Null is what cannot be known, or does not apply. */
export type MemberSeen = {
  up: boolean
  role: Role
  /** Why it is down or not as it should be. */
  fault: string | null
  version: string | null
  timeline: number
  inRecovery: boolean | null
  receivedLsn: string | null
  replayedLsn: string | null
  /** What of the primary's log it has not replayed. */
  lagBytes: number | null
  /** As the primary says: async, sync, quorum, potential; null while it does not stream. */
  syncState: string | null
  /** What the primary keeps for it: reserved, extended, unreserved, lost. */
  slot: string | null
}
export type ClusterSeen = {
  /** The one that can be written; of two the one with the higher timeline. */
  primary: MemberName | null
  /** More than one is a split: whoever promoted did not end the old primary first. */
  writable: readonly MemberName[]
  members: Readonly<Partial<Record<MemberName, MemberSeen>>>
}

/** Whoever asks waits two seconds. */
const HURRY: Patience = { connectMs: 1000, statementMs: 1000 }
const FAULTS: Partial<Record<Role, string>> = {
  deposed: 'another member was promoted over this one: it is left down with its data',
  undecided: 'the other member can be written, too, and has the same timeline: neither is started',
  lost: 'its data is gone and there is no primary to copy',
}

/** One member's own words. */
const SELF = `select pg_is_in_recovery() as in_recovery, split_part(current_setting('server_version'), ' ', 1) as version,
  case when pg_is_in_recovery() then pg_last_wal_receive_lsn() else pg_current_wal_lsn() end::text as received,
  case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end::text as replayed`
/** What a primary says of those that follow it. */
const FOLLOWERS = `select replace(s.slot_name, '_', '-') as member, s.wal_status as slot, r.sync_state
  from pg_replication_slots s left join pg_stat_replication r on r.pid = s.active_pid where s.slot_type = 'physical'`

type Self = QueryResultRow & { in_recovery: boolean; version: string; received: string | null; replayed: string | null }
type Follower = QueryResultRow & { member: string; slot: string | null; sync_state: string | null }
type Said = { self: Self; followers: Follower[] } | { fault: string }

const ask = (at: ResourceContext, name: MemberName): Promise<Said> =>
  asSuperuser(
    at,
    name,
    async (client) => {
      const [self] = (await client.query<Self>(SELF)).rows
      if (!self) throw new Error('it says nothing of itself')
      return { self, followers: self.in_recovery ? [] : (await client.query<Follower>(FOLLOWERS)).rows }
    },
    HURRY,
  ).catch((error: unknown) => ({ fault: error instanceof Error ? error.message : String(error) }))

/** What is true of a cluster now, by what its folders and its members say. A member that does not answer is down. */
export async function observeCluster(
  inputs: ClusterInputs,
  at: ResourceContext,
  signal: AbortSignal,
): Promise<ClusterSeen> {
  const roles = currentRoles(inputs, at)
  const names = MEMBERS.filter((name) => roles[name] !== 'retired')
  const said = new Map<MemberName, Said>()
  const asked = Promise.all(names.map(async (name) => said.set(name, await ask(at, name))))
  await Promise.race([asked, untilAborted(signal)])
  const selfOf = (name: MemberName): Self | undefined => {
    const words = said.get(name)
    return words && 'self' in words ? words.self : undefined
  }
  const timelines = new Map(names.map((name) => [name, readMember(at.folder, name).timeline]))
  const writable = names
    .filter((name) => selfOf(name)?.in_recovery === false)
    .toSorted((a, b) => (timelines.get(b) ?? 0) - (timelines.get(a) ?? 0))
  const primary = writable[0]
  const head = primary && selfOf(primary)?.received
  const lead = primary && said.get(primary)
  const followers = lead && 'self' in lead ? lead.followers : []
  const seen = (name: MemberName): MemberSeen => {
    const self = selfOf(name)
    const words = said.get(name)
    const follower = followers.find(({ member }) => member === name)
    const down = words && 'fault' in words ? words.fault : null
    const split = writable.includes(name) && name !== primary ? `it can be written beside ${otherThan(name)}` : null
    const lost = follower?.slot === 'lost' ? 'the primary no longer keeps what it lacks: it must be copied anew' : null
    return {
      up: self !== undefined,
      role: roles[name],
      fault: self ? (split ?? lost) : (FAULTS[roles[name]] ?? down),
      version: self?.version ?? null,
      timeline: timelines.get(name) ?? 0,
      inRecovery: self?.in_recovery ?? null,
      receivedLsn: self?.received ?? null,
      replayedLsn: self?.replayed ?? null,
      lagBytes: self?.replayed && head && name !== primary ? bytesBehind(self.replayed, head) : null,
      syncState: follower?.sync_state ?? null,
      slot: follower?.slot ?? null,
    }
  }
  return { primary: primary ?? null, writable, members: Object.fromEntries(names.map((name) => [name, seen(name)])) }
}
