import { isRole, type Role } from '../../domain/access.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Tx } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { hasEnded, isLastAdministrator } from './operators.service.ts'
import { operatorsStore as store, type OperatorRow } from './operators.store.ts'

type Deps = {
  audit: AuditAppend
  clock: Clock
  endSessions: (tx: Tx, operatorId: string) => Promise<readonly string[]>
  revokeTokens: (tx: Tx, operatorId: string) => Promise<readonly string[]>
}
type Person = { issuer: string; subject: string; name: string; role: Role | null; requestId: string }
type Refused = 'sign-in.no-role' | 'sign-in.operator-disabled' | 'sign-in.last-administrator'
type Admitted = { operatorId: string; role: Role } | { operatorId: string | null; refused: Refused }

/**
 * The operator of a person who has proved itself: made at the first sign-in, known by issuer and subject and never by name. Its
 * groups decide its role each time. Without a role it is let in no more, and neither is what it left behind, until its groups
 * give it one again. The last administrator keeps its role whatever its groups are: it is refused, and nothing changes.
 */
export const admitPerson =
  (deps: Deps) =>
  async (tx: Tx, person: Person): Promise<Admitted> => {
    const { issuer, subject, role } = person
    await store.lock(tx)
    const found = await store.byIdentity(tx, issuer, subject)
    if (found === undefined)
      return role === null ? { operatorId: null, refused: 'sign-in.no-role' } : make(deps, tx, person, role)
    const operatorId = found.id
    if (found.disabledAt !== null) return { operatorId, refused: 'sign-in.operator-disabled' }
    if (found.role === role && found.expiresAt === null) return { operatorId, role }
    if (role !== 'administrator' && (await isLastAdministrator(tx, operatorId, deps.clock.now())))
      return { operatorId, refused: 'sign-in.last-administrator' }
    if (role === null) {
      await shutOut(deps, tx, found, person)
      return { operatorId, refused: 'sign-in.no-role' }
    }
    await store.setStanding(tx, operatorId, { role, disabledAt: null, expiresAt: null })
    const detail = { before: { role: found.role, expiresAt: found.expiresAt }, after: { role }, by: 'groups' }
    await record(deps, tx, 'operator.set-role', operatorId, person, detail)
    return { operatorId, role }
  }

async function make(deps: Deps, tx: Tx, person: Person, role: Role): Promise<Admitted> {
  const { issuer, subject, name } = person
  const operatorId = newId()
  const made = { id: operatorId, role, issuer, subject, expiresAt: null }
  const named = await store.insert(tx, { ...made, name })
  if (named === undefined) await store.insert(tx, { ...made, name: `${name} (${operatorId.slice(-12)})` }) // taken by somebody else
  await record(deps, tx, 'operator.create', operatorId, person, { role, issuer, by: 'groups' }, { name, subject })
  return { operatorId, role }
}

async function shutOut(deps: Deps, tx: Tx, found: OperatorRow, person: Person): Promise<void> {
  const [sessions, tokens] = [await deps.endSessions(tx, found.id), await deps.revokeTokens(tx, found.id)]
  const now = deps.clock.now()
  const wasOut = hasEnded(found, now)
  if (wasOut && sessions.length + tokens.length === 0) return
  const { role: kept, disabledAt } = found
  if (!wasOut) await store.setStanding(tx, found.id, { role: kept, disabledAt, expiresAt: now.toISOString() })
  const role = isRole(found.role) ? found.role : null
  const detail = { before: { role }, sessions: [...sessions], tokens: [...tokens], by: 'groups' }
  await record(deps, tx, 'operator.shut-out', found.id, person, detail)
}

const record = (
  { audit }: Deps,
  tx: Tx,
  action: string,
  operatorId: string,
  { requestId }: Person,
  detail: Parameters<AuditAppend>[1]['detail'],
  personal: Readonly<Record<string, string>> = {},
) =>
  audit(tx, {
    stream: 'installation',
    actor: null,
    requestId,
    action,
    subject: `operator:${operatorId}`,
    outcome: 'succeeded',
    detail,
    personal,
  })
