import type { AccessRule } from '../../domain/access.ts'
import { decide } from '../../domain/access.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database.ts'
import { actorOf, faultOf } from './access.credential.ts'
import { accessStore, type CredentialRow } from './access.store.ts'

/** Said by triggers when a role, a token, a session or an operator changes, by whichever process or hand. */
const CHANGES_CHANNEL = 'access_changed'

/** What is remembered at most so long: a change is heard at once, and when it is not heard it still counts within a second. */
const LIFE_MS = 700
/** How often streams that are open are asked about, for what ends by itself and for a notification that was lost. */
const LOOK_MS = 500
const MOST = 10_000
/** `last_used_at` is for people who clean up, and for idle sessions: a minute is exact enough, and spares a write per request. */
const TOUCH_MS = 60_000

export type Credentials = {
  /** The credential with this hash, as it is or was less than a second ago. Undefined: nobody's. */
  find: (hash: Buffer) => Promise<CredentialRow | undefined>
  /** Notes that it was used now, at most once a minute. */
  used: (found: CredentialRow, hash: Buffer) => Promise<void>
  /** Calls `cut` once as soon as the actor's credential no longer satisfies the rule; the answer ends the watch. */
  watch: (actor: Pick<Actor, 'tokenId'>, rule: AccessRule, cut: () => void) => () => void
  close: () => Promise<void>
}
type Deps = { database: Pick<Database, 'transaction' | 'statement' | 'listen'>; clock: Clock }
type Watched = { tokenId: string; rule: AccessRule; cut: () => void }

/** Credentials as this process knows them: remembered for an instant, forgotten when something changes. */
export async function openCredentials({ database, clock }: Deps): Promise<Credentials> {
  const known = new Map<string, { row: CredentialRow; readAt: number }>()
  const watched = new Set<Watched>()
  let changes = 0
  const look = lookAfter(watched, { database, clock })
  const listening = await database.listen(CHANGES_CHANNEL, () => {
    changes++
    known.clear()
    look()
  })
  const timer = setInterval(look, LOOK_MS).unref()
  return {
    async find(hash) {
      const key = hash.toString('base64')
      const held = known.get(key)
      if (held !== undefined && performance.now() - held.readAt < LIFE_MS) return held.row
      const [before, readAt] = [changes, performance.now()]
      const row = await database.statement((tx) => accessStore.byHash(tx, hash))
      if (known.size >= MOST) known.clear()
      if (row !== undefined && before === changes) known.set(key, { row, readAt }) // else it may be what it was before the change
      return row
    },
    async used(found, hash) {
      const now = clock.now()
      if (found.lastUsedAt !== null && now.getTime() - Date.parse(found.lastUsedAt) < TOUCH_MS) return
      await database.transaction((tx) => accessStore.touch(tx, found, now.toISOString()))
      const held = known.get(hash.toString('base64'))
      if (held) held.row = { ...held.row, lastUsedAt: now.toISOString() }
    },
    watch({ tokenId }, rule, cut) {
      const one = { tokenId, rule, cut }
      watched.add(one)
      look() // it may have ended since it was asked about
      return () => void watched.delete(one)
    },
    close: async () => {
      clearInterval(timer)
      await listening.close()
    },
  }
}

/** Asks about all that is watched in one query and cuts what has lost its right; one question at a time. */
function lookAfter(
  watched: Set<Watched>,
  { database, clock }: Pick<Deps, 'clock'> & { database: Pick<Database, 'statement'> },
) {
  let asking = false
  let again = false
  const ask = async () => {
    const ids = [...new Set([...watched].map(({ tokenId }) => tokenId))]
    const rows = await database.statement((tx) => accessStore.byIds(tx, ids))
    const byId = new Map(rows.map((row) => [row.id, row]))
    for (const one of watched) {
      if (!ids.includes(one.tokenId) || stillAllowed(byId.get(one.tokenId), one.rule, clock.now())) continue
      watched.delete(one)
      one.cut()
    }
  }
  return function look(): void {
    again = asking
    if (asking || watched.size === 0) return
    asking = true
    ask()
      .catch(() => {}) // without the database a stream has nothing to tell either; the next look asks again
      .finally(() => {
        asking = false
        if (again) look()
      })
  }
}

const stillAllowed = (row: CredentialRow | undefined, rule: AccessRule, now: Date): boolean =>
  row !== undefined && faultOf(row, now) === undefined && decide(rule, actorOf(row, '').verbs).allowed
