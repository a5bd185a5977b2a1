import { ROLE_NAMES, ROLES, meaningOf, rolesWith, VERBS } from '../../domain/access.ts'
import type { Actor, Authenticate } from '../../platform/auth.ts'
import type { Clock } from '../../platform/clock.ts'
import { problems as generic } from '../../platform/problems.ts'
import { secretHash, secretKind } from '../../platform/secret.ts'
import { actorOf, faultOf } from './access.credential.ts'
import type { Credentials } from './access.credentials.ts'
import type { AccessModel, WhoAmI } from './access.schema.ts'

type Deps = { credentials: Pick<Credentials, 'find' | 'used'>; clock: Clock }
export type AccessService = {
  authenticate: Authenticate
  whoAmI: (actor: Actor) => WhoAmI
  /** The roles and verbs of this version. */
  model: () => AccessModel
}

export const accessService = ({ credentials, clock }: Deps): AccessService => ({
  async authenticate(secret, requestId) {
    const unknown = generic['access.unauthenticated']({ detail: 'This is not a token of this installation' })
    const kind = secretKind(secret)
    if (kind !== 'token' && kind !== 'session') throw unknown
    const hash = secretHash(secret)
    const found = await credentials.find(hash)
    if (found === undefined) throw unknown
    const refused = faultOf(found, clock.now())
    if (refused) return { refused, holder: { operatorId: found.operatorId, tokenId: found.id } }
    await credentials.used(found, hash)
    return actorOf(found, requestId)
  },
  whoAmI: ({ operatorId, name, role, verbs, tokenId, credential, expiresAt }) => ({
    operatorId,
    name,
    role,
    verbs: [...verbs],
    tokenId,
    credential,
    expiresAt,
  }),
  model: () => ({
    roles: ROLE_NAMES.map((name) => ({ name, meaning: ROLES[name] })),
    verbs: VERBS.map((name) => ({ name, meaning: meaningOf(name), roles: rolesWith(name) })),
  }),
})
