import { effectiveVerbs, isRole } from '../../domain/access.ts'
import type { Problem } from '../../domain/problem.ts'
import type { Actor, Authenticate } from '../../platform/auth.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database.ts'
import { problems as generic } from '../../platform/problems.ts'
import { problems } from './access.errors.ts'
import type { WhoAmI } from './access.schema.ts'
import { accessStore } from './access.store.ts'
import { isTokenShaped, tokenHash } from './access.token.ts'

/** `last_used_at` is for people who clean up: a minute is exact enough, and spares a write per request. */
const TOUCH_MS = 60_000

type Found = NonNullable<Awaited<ReturnType<typeof accessStore.byTokenHash>>>
function faultOf({ revokedAt, expiresAt, disabledAt }: Found, now: Date): Problem | undefined {
  const detail = 'Ask an administrator for a new token'
  if (revokedAt !== null) return problems['access.token-revoked']({ detail })
  if (expiresAt !== null && new Date(expiresAt) <= now) return problems['access.token-expired']({ detail })
  if (disabledAt === null) return undefined
  return problems['access.operator-disabled']({ detail: 'Ask an administrator to enable you' })
}

type Deps = { database: Pick<Database, 'transaction'>; clock: Clock }
export type AccessService = { authenticate: Authenticate; whoAmI: (actor: Actor) => WhoAmI }

export const accessService = ({ database, clock }: Deps): AccessService => ({
  async authenticate(token, requestId) {
    const unknown = generic['access.unauthenticated']({ detail: 'This is not a token of this installation' })
    if (!isTokenShaped(token)) throw unknown
    return database.transaction(async (tx) => {
      const found = await accessStore.byTokenHash(tx, tokenHash(token))
      if (found === undefined) throw unknown
      const now = clock.now()
      const { operatorId, name, role, tokenId, lastUsedAt } = found
      const refused = faultOf(found, now)
      if (refused) return { refused, holder: { operatorId, tokenId } }
      if (!isRole(role)) throw generic['access.forbidden']({ detail: `This version does not know your role ${role}` })
      if (lastUsedAt === null || now.getTime() - new Date(lastUsedAt).getTime() >= TOUCH_MS) {
        await accessStore.touch(tx, tokenId, now.toISOString())
      }
      return { operatorId, name, role, verbs: effectiveVerbs(role, { role: null, verbs: null }), tokenId, requestId }
    })
  },
  whoAmI: ({ operatorId, name, role, verbs, tokenId }) => ({ operatorId, name, role, verbs: [...verbs], tokenId }),
})
