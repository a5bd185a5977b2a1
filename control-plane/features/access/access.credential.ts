import { effectiveVerbs, isRole } from '../../domain/access.ts'
import type { Problem } from '../../domain/problem.ts'
import type { Actor } from '../../platform/auth.ts'
import { problems as generic } from '../../platform/problems.ts'
import { problems } from './access.errors.ts'
import type { CredentialRow } from './access.store.ts'

const AGAIN = {
  token: 'Ask an administrator for a new token',
  session: 'Sign in again: steward login --sso',
} as const

/** When it ends by itself, in milliseconds since 1970: at its end, or when it was not used for too long. */
function endOf({ expiresAt, idleSeconds, lastUsedAt }: CredentialRow): number {
  const end = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt)
  if (idleSeconds === null || lastUsedAt === null) return end
  return Math.min(end, Date.parse(lastUsedAt) + idleSeconds * 1000)
}

/** What is wrong with a credential now; undefined when it opens something. */
export function faultOf(found: CredentialRow, now: Date): Problem | undefined {
  const { kind, endedAt, disabledAt, operatorExpiresAt, role } = found
  const detail = AGAIN[kind]
  if (endedAt !== null) return problems[kind === 'token' ? 'access.token-revoked' : 'access.session-ended']({ detail })
  if (endOf(found) <= now.getTime())
    return problems[kind === 'token' ? 'access.token-expired' : 'access.session-expired']({ detail })
  if (disabledAt !== null || (operatorExpiresAt !== null && Date.parse(operatorExpiresAt) <= now.getTime()))
    return problems['access.operator-disabled']({ detail: 'Ask an administrator to enable you again' })
  if (!isRole(role)) return generic['access.forbidden']({ detail: `This version does not know your role ${role}` })
  return undefined
}

/** Who asks with a credential that has no fault. */
export function actorOf(found: CredentialRow, requestId: string): Actor {
  const { operatorId, id, kind, name, role, lesserRole, verbs: list, expiresAt } = found
  if (!isRole(role)) throw new Error(`${role} is a fault of the credential`)
  const verbs = effectiveVerbs(role, { role: lesserRole, verbs: list })
  return { operatorId, tokenId: id, credential: kind, expiresAt, name, role, verbs, requestId }
}
