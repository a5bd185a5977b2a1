import { timingSafeEqual } from 'node:crypto'
import type { Role } from '../../domain/access.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { newSecret, secretHash, secretKind } from '../../platform/secret.ts'
import { personOf, type Claims, type Person } from './sign-in.claims.ts'
import { problems } from './sign-in.errors.ts'
import type { IdentityProvider } from './sign-in.provider.ts'
import type { DeviceSignIn, SignedIn, SignInPending } from './sign-in.schema.ts'
import { proofOf, seal, unseal } from './sign-in.secrets.ts'
import type { SignInSettings } from './sign-in.settings.ts'
import { signInStore as store } from './sign-in.store.ts'

/** A person has so long to prove itself to the provider. */
const BROWSER_MS = 600_000
const SLOWER_SECONDS = 5

type Client = 'browser' | 'cli'
type Opened = { id: string; secret: string; expiresAt: string }
/** What became of a person who has proved itself: an operator, or why not. */
export type Admitted =
  | { operatorId: string; role: Role }
  | {
      operatorId: string | null
      refused: 'sign-in.no-role' | 'sign-in.operator-disabled' | 'sign-in.last-administrator'
    }
export type Admit = (tx: Tx, person: Person & { requestId: string }) => Promise<Admitted>

export type SignInDeps = {
  database: Pick<Database, 'transaction'>
  clock: Clock
  audit: AuditAppend
  /** Null: none is configured. */
  configured: { settings: SignInSettings; provider: IdentityProvider } | null
  /** Makes or finds the operator of a person and gives it the role of its groups. */
  admit: Admit
  openSession: (tx: Tx, about: { operatorId: string; client: Client; amr: readonly string[] }) => Promise<Opened>
}
export type SignInService = {
  /** Where to send a browser, and the secret it must bring back. */
  start: (returnTo: string) => Promise<{ url: string; secret: string }>
  /** Ends a sign-in of a browser, once. Throws `sign-in.*`. */
  finish: (asked: {
    secret: string | undefined
    query: URLSearchParams
    requestId: string
  }) => Promise<Opened & { returnTo: string }>
  startDevice: () => Promise<DeviceSignIn>
  /** Asks how a sign-in of a command line stands; the session is told once. Throws `sign-in.*`. */
  askDevice: (secret: string, requestId: string) => Promise<SignedIn | SignInPending>
  forgetOld: () => Promise<number>
}

const unknown = () => problems['sign-in.unknown']({ detail: 'Start again' })
const same = (a: string, b: string) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

export const signInService = (deps: SignInDeps): SignInService => {
  const { database, clock } = deps
  const later = (ms: number) => new Date(clock.now().getTime() + ms).toISOString()
  const now = () => later(0)
  const needed = () => {
    if (deps.configured === null)
      throw problems['sign-in.not-configured']({ detail: 'Set STEWARD_OIDC_ISSUER, or come with a token' })
    return deps.configured
  }
  return {
    async start(returnTo) {
      const secret = newSecret('signIn')
      const url = await needed().provider.authorizeUrl(proofOf(secret))
      const about = { id: newId(), client: 'browser', hash: secretHash(secret), returnTo } as const
      const times = { at: now(), expiresAt: later(BROWSER_MS), nextAskAt: null }
      await database.transaction((tx) => store.insert(tx, { ...about, ...times, sealed: null }))
      return { url: url.href, secret }
    },
    async finish({ secret, query, requestId }) {
      const { settings, provider } = needed()
      if (secret === undefined || secretKind(secret) !== 'signIn') throw unknown()
      const proof = proofOf(secret)
      if (!same(query.get('state') ?? '', proof.state)) throw unknown()
      const used = await database.transaction((tx) => store.use(tx, secretHash(secret), 'browser', now()))
      if (used === undefined) throw unknown()
      const returned = new URL(`${settings.publicUrl}/v1/sign-in/callback?${query.toString()}`)
      const opened = await admitted(deps, await provider.exchange(returned, proof), 'browser', requestId)
      return { ...opened, returnTo: used.returnTo ?? '/' }
    },
    async startDevice() {
      const { deviceCode, intervalSeconds, expiresInSeconds, ...shown } = await needed().provider.startDevice()
      const secret = newSecret('signIn')
      const [at, expiresAt] = [now(), later(expiresInSeconds * 1000)]
      const sealed = seal(secret, { deviceCode, intervalSeconds })
      const about = { id: newId(), client: 'cli', hash: secretHash(secret), sealed, returnTo: null } as const
      await database.transaction((tx) => store.insert(tx, { ...about, nextAskAt: at, at, expiresAt }))
      return { secret, ...shown, expiresAt, intervalSeconds }
    },
    async askDevice(secret, requestId) {
      const { provider } = needed()
      const hash = secretHash(secret)
      const found = await database.transaction((tx) => store.waiting(tx, hash, now()))
      if (found === undefined || found.sealed === null) throw unknown()
      const { deviceCode, intervalSeconds } = unseal(secret, found.sealed)
      const pending = (seconds: number): SignInPending => ({ state: 'pending', intervalSeconds: seconds })
      const turn = await database.transaction((tx) => store.turn(tx, found.id, now(), later(intervalSeconds * 1000)))
      if (turn === undefined) return pending(intervalSeconds)
      const answer = await provider.askDevice(deviceCode)
      if ('pending' in answer) return pending(intervalSeconds + (answer.slower ? SLOWER_SECONDS : 0))
      const used = await database.transaction((tx) => store.use(tx, hash, 'cli', now()))
      if (used === undefined) throw unknown()
      const { secret: session, expiresAt } = await admitted(deps, answer.claims, 'cli', requestId)
      return { state: 'signed-in', token: session, expiresAt }
    },
    forgetOld: () => database.transaction((tx) => store.forget(tx, now())),
  }
}

/** Lets a person in who has proved itself, or records why not; both in one transaction, which commits before the refusal is told. */
async function admitted(deps: SignInDeps, claims: Claims, client: Client, requestId: string): Promise<Opened> {
  const settings = deps.configured?.settings
  if (settings === undefined) throw new Error('claims come from a configured provider')
  const person = personOf(claims, settings)
  const { amr, mfa, name, subject } = person
  const told = { client, amr, mfa, issuer: person.issuer }
  const outcome = await deps.database.transaction(async (tx) => {
    const operator = await deps.admit(tx, { ...person, requestId })
    const record = { stream: 'installation', action: 'session.sign-in' } as const
    if ('refused' in operator) {
      const holder = operator.operatorId ?? 'unknown'
      await deps.audit(tx, {
        ...record,
        actor: null,
        requestId,
        subject: `operator:${holder}`,
        outcome: 'refused',
        detail: { ...told, reason: operator.refused },
        personal: { name, subject },
      })
      return operator
    }
    const { operatorId, role } = operator
    const opened = await deps.openSession(tx, { operatorId, client, amr })
    await deps.audit(tx, {
      ...record,
      actor: { operatorId, tokenId: opened.id, requestId },
      subject: `session:${opened.id}`,
      outcome: 'succeeded',
      detail: { ...told, operatorId, role, expiresAt: opened.expiresAt },
    })
    return opened
  })
  if ('secret' in outcome) return outcome
  throw problems[outcome.refused]({ detail: 'Ask an administrator' })
}
