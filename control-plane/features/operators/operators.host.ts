import type { AuditAppend } from '../../platform/audit.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { problems } from './operators.errors.ts'
import { hasEnded } from './operators.service.ts'
import { operatorsStore as store, type OperatorRow } from './operators.store.ts'

/** Puts a secret where its reader finds it, before the transaction that makes it valid commits. */
export type Keep = (secret: string) => Promise<void>
export type BreakGlass = {
  /** Name of the operator to let in; made when there is none. */
  name: string
  minutes: number
  /** Why nobody could be let in otherwise. */
  reason: string
  /** Account of the host that asks. */
  account: string
}
type Deps = {
  database: Pick<Database, 'transaction'>
  audit: AuditAppend
  clock: Clock
  /** Makes a token of an operator; without an end, it lasts until it is revoked. */
  issueToken: (tx: Tx, operatorId: string, expiresAt: string | null) => Promise<{ id: string; secret: string }>
  revokeTokens: (tx: Tx, operatorId: string) => Promise<readonly string[]>
  endSessions: (tx: Tx, operatorId: string) => Promise<readonly string[]>
}

/** What whoever holds the owner's login may do without a token: the way in, and the ways back in. Each is on record. */
export const operatorsHost = (deps: Deps) => ({
  /** Creates the first administrator; with any operator there already it does nothing and keeps no token. */
  ensureToken: (keep: Keep): Promise<'created' | 'unchanged'> =>
    deps.database.transaction(async (tx) => {
      await store.lock(tx)
      if (await store.any(tx)) return 'unchanged'
      await createFirst(deps, tx, keep)
      return 'created'
    }),
  /** Revokes all tokens of the first administrator, enables it again and makes a new token. */
  resetToken: (keep: Keep): Promise<'created' | 'reset'> =>
    deps.database.transaction(async (tx) => {
      await store.lock(tx)
      const found = await store.firstAdministrator(tx)
      if (found === undefined) {
        await createFirst(deps, tx, keep)
        return 'created'
      }
      const revoked = await deps.revokeTokens(tx, found.id)
      await store.setStanding(tx, found.id, { role: 'administrator', disabledAt: null, expiresAt: null })
      const tokenId = await issue(deps, tx, found.id, null, keep)
      await record(deps, tx, 'operator.reset-token', found.id, { tokenId, revoked: [...revoked] })
      return 'reset'
    }),
  /**
   * Lets an administrator in for a short time: makes the operator, or enables it again for that time only, without what was
   * issued before it was shut out. Throws `operator.name-taken` when the name is that of somebody who is no administrator, or of
   * a person who was disabled: its groups would let it in for good afterwards.
   */
  breakGlass: (
    { name, minutes, reason, account }: BreakGlass,
    keep: Keep,
  ): Promise<{ operatorId: string; expiresAt: string }> =>
    deps.database.transaction(async (tx) => {
      await store.lock(tx)
      const now = deps.clock.now()
      const expiresAt = new Date(now.getTime() + minutes * 60_000).toISOString()
      const found = await store.find(tx, null, name)
      const operatorId = found?.id ?? newId()
      const before = found
        ? await letIn(deps, tx, found, { now, expiresAt })
        : { enabled: false, revoked: [], sessions: [] }
      if (!found)
        await store.insert(tx, { id: operatorId, name, role: 'administrator', issuer: null, subject: null, expiresAt })
      const tokenId = await issue(deps, tx, operatorId, expiresAt, keep)
      const detail = { tokenId, expiresAt, created: found === undefined, ...before }
      await record(deps, tx, 'operator.break-glass', operatorId, detail, { name, reason, account })
      return { operatorId, expiresAt }
    }),
})

/** Who was shut out comes back for the time only, and alone: nothing that was issued before opens anything again. */
async function letIn(
  deps: Deps,
  tx: Tx,
  found: OperatorRow,
  { now, expiresAt }: { now: Date; expiresAt: string },
): Promise<{ enabled: boolean; revoked: string[]; sessions: string[] }> {
  const { id, name, role, issuer, disabledAt } = found
  if (role !== 'administrator')
    throw problems['operator.name-taken']({ detail: `${name} is a ${role}: choose another name` })
  if (disabledAt !== null && issuer !== null)
    throw problems['operator.name-taken']({
      detail: `${name} was disabled, and signs in at ${issuer}: choose another name`,
    })
  const enabled = disabledAt !== null || hasEnded(found, now)
  const revoked = enabled ? [...(await deps.revokeTokens(tx, id))] : []
  const sessions = enabled ? [...(await deps.endSessions(tx, id))] : []
  const lasting = !enabled && found.expiresAt === null
  await store.setStanding(tx, id, { role, disabledAt: null, expiresAt: lasting ? null : expiresAt })
  return { enabled, revoked, sessions }
}

async function issue(
  { issueToken }: Deps,
  tx: Tx,
  operatorId: string,
  expiresAt: string | null,
  keep: Keep,
): Promise<string> {
  const { id, secret } = await issueToken(tx, operatorId, expiresAt)
  await keep(secret)
  return id
}

/** The first administrator is called that, unless somebody who is none has taken the name. */
async function createFirst(deps: Deps, tx: Tx, keep: Keep): Promise<void> {
  const operatorId = newId()
  const first = { id: operatorId, role: 'administrator', issuer: null, subject: null, expiresAt: null }
  const named = await store.insert(tx, { ...first, name: 'administrator' })
  if (named === undefined) await store.insert(tx, { ...first, name: `administrator-${operatorId.slice(-12)}` })
  const tokenId = await issue(deps, tx, operatorId, null, keep)
  await record(deps, tx, 'operator.create', operatorId, { tokenId, revoked: [] })
}

const record = (
  { audit }: Deps,
  tx: Tx,
  action: string,
  operatorId: string,
  detail: Parameters<AuditAppend>[1]['detail'],
  personal: Readonly<Record<string, string>> = {},
) =>
  audit(tx, {
    stream: 'installation',
    actor: null,
    action,
    subject: `operator:${operatorId}`,
    outcome: 'succeeded',
    detail,
    personal,
  })
