import type { Verb } from '../../domain/access.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { cursorPage, type Cursors } from '../../platform/pagination.ts'
import type { Page } from '../../platform/schemas.ts'
import { newSecret, secretHash } from '../../platform/secret.ts'
import { problems } from './sessions.errors.ts'
import type { ListSessions, Session } from './sessions.schema.ts'
import { sessionsStore as store } from './sessions.store.ts'

export type SessionTimes = {
  /** A session ends after this time however it is used. */
  longestSeconds: number
  /** It ends when it was not used for so long. */
  idleSeconds: number
}
type Deps = {
  database: Pick<Database, 'transaction'>
  cursors: Cursors
  audit: AuditAppend
  clock: Clock
  times: SessionTimes
}
export type Opened = { id: string; secret: string; expiresAt: string }

export type SessionsService = {
  /** Opens a session in the transaction of a sign-in, which records it. */
  open: (tx: Tx, about: { operatorId: string; client: 'browser' | 'cli'; amr: readonly string[] }) => Promise<Opened>
  /** Newest first; one's own only, for who lacks `sessions:read`. Throws `cursor.invalid`. */
  list: (actor: Actor, wanted: ListSessions) => Promise<Page<Session>>
  /** At once; again it changes nothing. Throws `session.not-found`, also for sessions one may not see. */
  revoke: (actor: Actor, id: string) => Promise<Session>
  /** Ends the session it was asked with. Throws `session.none`. */
  signOut: (actor: Actor) => Promise<void>
  /** Ends all of one operator, in the transaction of whoever records it. */
  endAll: (tx: Tx, operatorId: string) => Promise<readonly string[]>
  /** Records the end of those that ended by themselves, each once; answers how many. */
  noteExpired: () => Promise<number>
}

const EXPIRED_AT_ONCE = 100
/** Whose sessions somebody may act on: null is everybody's. */
const ownerFor = (actor: Actor, verb: Verb): string | null => (actor.verbs.includes(verb) ? null : actor.operatorId)

export const sessionsService = (deps: Deps): SessionsService => {
  const { database, cursors, audit, clock, times } = deps
  const now = () => clock.now().toISOString()
  const record = (tx: Tx, actor: Actor | null, action: string, about: { id: string; operatorId: string }) =>
    audit(tx, {
      stream: 'installation',
      actor,
      action,
      subject: `session:${about.id}`,
      outcome: 'succeeded',
      detail: { operatorId: about.operatorId },
    })
  return {
    async open(tx, { operatorId, client, amr }) {
      const [secret, id, at] = [newSecret('session'), newId(), clock.now()]
      const expiresAt = new Date(at.getTime() + times.longestSeconds * 1000).toISOString()
      const made = { id, operatorId, hash: secretHash(secret), client, amr, at: at.toISOString(), expiresAt }
      await store.insert(tx, { ...made, idleSeconds: times.idleSeconds })
      return { id, secret, expiresAt }
    },
    async list(actor, { limit = 50, cursor, ...filters }) {
      const owner = ownerFor(actor, 'sessions:read')
      const scope = { list: 'sessions', filters: { ...filters, owner } }
      const after = cursors.decode(scope, cursor)
      const rows = await database.transaction((tx) => store.list(tx, now(), owner, filters, after, limit + 1))
      return cursorPage({ cursors, scope, limit, rows, position: ({ id }) => [id], item: (row) => row })
    },
    revoke: (actor, id) =>
      database.transaction(async (tx) => {
        const [owner, at] = [ownerFor(actor, 'sessions:revoke'), now()]
        const ended = await store.end(tx, id, owner, at, 'revoked')
        const session = await store.find(tx, at, owner, id)
        if (session === undefined)
          throw problems['session.not-found']({ detail: 'GET /v1/sessions lists those that you may see' })
        if (ended) await record(tx, actor, 'session.revoke', session)
        return session
      }),
    signOut: (actor) =>
      database.transaction(async (tx) => {
        if (actor.credential !== 'session') throw problems['session.none']({ detail: 'To end a token, revoke it' })
        const ended = await store.end(tx, actor.tokenId, actor.operatorId, now(), 'sign-out')
        if (ended) await record(tx, actor, 'session.sign-out', { id: actor.tokenId, operatorId: actor.operatorId })
      }),
    endAll: (tx, operatorId) => store.endAll(tx, operatorId, now()),
    noteExpired: () =>
      database.transaction(async (tx) => {
        const ended = await store.expire(tx, now(), EXPIRED_AT_ONCE)
        for (const session of ended) await record(tx, null, 'session.expire', session)
        return ended.length
      }),
  }
}
