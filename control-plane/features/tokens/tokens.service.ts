import { effectiveVerbs, type Verb } from '../../domain/access.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import { forbidden, type Actor } from '../../platform/auth.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { cursorPage, type Cursors } from '../../platform/pagination.ts'
import type { Page } from '../../platform/schemas.ts'
import { newSecret, secretHash } from '../../platform/secret.ts'
import { problems } from './tokens.errors.ts'
import type { CreateToken, ListTokens, Token, TokenCreated } from './tokens.schema.ts'
import { tokensStore as store } from './tokens.store.ts'

const DAY_MS = 86_400_000
const USUAL_DAYS = 90
const LONGEST_DAYS = 366

type Deps = { database: Pick<Database, 'transaction'>; cursors: Cursors; audit: AuditAppend; clock: Clock }

export type TokensService = {
  /**
   * Makes a token that may only narrow what its operator may do. Throws `token.exceeds-operator`, `token.exceeds-yours`,
   * `token.lifetime`, `token.name-taken`, `token.needs-session`, `token.operator-unknown`, `access.forbidden`.
   */
  create: (actor: Actor, input: CreateToken) => Promise<TokenCreated>
  /** Newest first; one's own only, for who lacks `tokens:read`. Throws `cursor.invalid`. */
  list: (actor: Actor, wanted: ListTokens) => Promise<Page<Token>>
  /** At once and for ever; again it changes nothing. Throws `token.not-found`, also for tokens one may not see. */
  revoke: (actor: Actor, id: string) => Promise<Token>
}

/** Whose tokens somebody may act on: null is everybody's. */
const ownerFor = (actor: Actor, verb: Verb): string | null => (actor.verbs.includes(verb) ? null : actor.operatorId)

export const tokensService = (deps: Deps): TokensService => ({
  create: (actor, input) => deps.database.transaction((tx) => create(deps, tx, actor, input)),
  async list(actor, { limit = 50, cursor, ...filters }) {
    const owner = ownerFor(actor, 'tokens:read')
    const scope = { list: 'tokens', filters: { ...filters, owner } }
    const after = deps.cursors.decode(scope, cursor)
    const at = deps.clock.now().toISOString()
    const rows = await deps.database.transaction((tx) => store.list(tx, at, owner, filters, after, limit + 1))
    return cursorPage({ cursors: deps.cursors, scope, limit, rows, position: ({ id }) => [id], item: (row) => row })
  },
  revoke: (actor, id) =>
    deps.database.transaction(async (tx) => {
      const owner = ownerFor(actor, 'tokens:revoke')
      const at = deps.clock.now().toISOString()
      const revoked = await store.revoke(tx, id, owner, at)
      const token = await store.find(tx, at, owner, id)
      if (token === undefined)
        throw problems['token.not-found']({ detail: 'GET /v1/tokens lists those that you may see' })
      if (revoked) await record(deps, tx, actor, 'token.revoke', token)
      return token
    }),
})

async function create(deps: Deps, tx: Tx, actor: Actor, input: CreateToken): Promise<TokenCreated> {
  const { name, operator: reference = actor.operatorId, role = null, verbs = null } = input
  const own = isOwn(actor, reference)
  if (!actor.verbs.includes('tokens:create')) refuseMaking(actor, own)
  const operator = await store.owner(tx, own ? actor.operatorId : reference)
  if (operator === undefined) throw unknownOperator()
  if (operator.person && !own) {
    throw problems['token.of-a-person']({
      detail: 'What is done with it would be told of somebody else: it makes its own',
    })
  }
  const expiresAt = endOf(input.expiresAt, deps.clock.now())
  refuseExcess(actor, operator.role, { role, verbs })
  const [secret, id] = [newSecret('token'), newId()]
  const made = { id, operatorId: operator.id, hash: secretHash(secret), name, role, verbs, expiresAt }
  if ((await store.insert(tx, { ...made, createdBy: actor.operatorId })) === undefined) {
    const message = 'is the name of another token of this operator: revoke that one, or choose another name'
    const fields = [{ pointer: '/name', rule: 'token.name-unique', message }]
    throw problems['token.name-taken']({ detail: message, fields })
  }
  const token = await store.one(tx, deps.clock.now().toISOString(), null, id)
  await record(deps, tx, actor, 'token.create', token)
  return { token, secret }
}

/** Without the verb one makes tokens of one's own, and only where one has signed in. */
function refuseMaking(actor: Actor, own: boolean): void {
  if (!own) throw forbidden('tokens:create', actor)
  if (actor.credential === 'session') return
  const detail = 'A token that leaked would outlive itself: sign in for that, or ask an administrator'
  throw problems['token.needs-session']({ detail })
}

function unknownOperator() {
  const message = 'is neither id nor name of an operator'
  const fields = [{ pointer: '/operator', rule: 'operator.known', message }]
  return problems['token.operator-unknown']({ detail: `operator ${message}`, fields })
}

const isOwn = ({ operatorId, name }: Actor, reference: string): boolean =>
  reference.toLowerCase() === operatorId || reference === name

function endOf(wanted: string | undefined, now: Date): string {
  const end = wanted === undefined ? now.getTime() + USUAL_DAYS * DAY_MS : Date.parse(wanted)
  if (end > now.getTime() && end <= now.getTime() + LONGEST_DAYS * DAY_MS) return new Date(end).toISOString()
  const message = `must lie in the future and within ${LONGEST_DAYS} days`
  throw problems['token.lifetime']({
    detail: `expiresAt ${message}`,
    fields: [{ pointer: '/expiresAt', rule: 'token.lifetime', message }],
  })
}

/** A token may only narrow: its operator, and whoever makes it. */
function refuseExcess(
  actor: Actor,
  role: string,
  narrowing: { role: string | null; verbs: readonly string[] | null },
): void {
  const whole = effectiveVerbs(role, { role: null, verbs: null })
  const wanted = effectiveVerbs(narrowing.role ?? role, { role: null, verbs: narrowing.verbs })
  const listed = (narrowing.verbs ?? []).find((verb) => !wanted.some((one) => one === verb))
  const beyond = listed ?? wanted.find((verb) => !whole.includes(verb))
  if (beyond !== undefined) {
    const message = `${beyond} is not in the role ${narrowing.role ?? role}${listed === undefined ? ` within the operator's role ${role}` : ''}`
    throw problems['token.exceeds-operator']({
      detail: `A token only takes away: ${message}`,
      fields: [{ pointer: narrowing.verbs === null ? '/role' : '/verbs', rule: 'token.narrows', message }],
    })
  }
  const lacking = wanted.find((verb) => !actor.verbs.includes(verb))
  if (lacking === undefined) return
  throw problems['token.exceeds-yours']({
    detail: `It would have ${lacking}, which you do not have here`,
    extra: { verb: lacking },
  })
}

const record = ({ audit }: Deps, tx: Tx, actor: Actor, action: string, token: Token) =>
  audit(tx, {
    stream: 'installation',
    actor,
    action,
    subject: `token:${token.id}`,
    outcome: 'succeeded',
    detail: {
      operatorId: token.operatorId,
      name: token.name,
      role: token.role,
      verbs: token.verbs === null ? null : [...token.verbs],
      expiresAt: token.expiresAt,
    },
  })
