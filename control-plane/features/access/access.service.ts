import { ROLE_NAMES, ROLES, meaningOf, rolesWith, VERBS } from '../../domain/access.ts'
import type { Actor, Authenticate } from '../../platform/auth.ts'
import type { Clock } from '../../platform/clock.ts'
import { problems as generic } from '../../platform/problems.ts'
import { secretKind } from '../../platform/secret.ts'
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
  async authenticate(secret, requestId, hash) {
    const kind = secretKind(secret)
    const found = kind === 'token' || kind === 'session' ? await credentials.find(hash) : undefined
    if (found === undefined)
      throw generic['access.unauthenticated']({ detail: 'This is not a token of this installation' })
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
