import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { decide, isVerb, roleAllows, type AccessRule, type Role, type Verb } from '../domain/access.ts'
import { Problem } from '../domain/problem.ts'
import type { AuthFailures } from './auth-failures.ts'
import { cookieOf, SESSION_COOKIES } from './cookies.ts'
import { problems } from './problems.ts'
import { CREDENTIAL_INSIDE, secretHash } from './secret.ts'

/** Who a credential belongs to, whether it still opens anything or not. */
export type Holder = { operatorId: string; tokenId: string }
/** Who asks: an operator, the token or session it came with, and what both together allow. */
export type Actor = Holder & {
  name: string
  role: Role
  verbs: readonly Verb[]
  credential: 'token' | 'session'
  /** When the credential ends at the latest; null: never. */
  expiresAt: string | null
  requestId: string
}

/**
 * Turns a bearer token into the actor. A token that was good once is refused with its holder, for the record; one of nobody
 * throws a problem of status 401.
 */
export type Authenticate = (
  token: string,
  requestId: string,
  /** `secretHash` of the token. */
  hash: Buffer,
) => Promise<Actor | { refused: Problem; holder: Holder }>

/** Calls `cut` once as soon as the actor may no longer do what the rule asks for; the function it answers ends the watch. */
export type WatchAccess = (actor: Actor, rule: AccessRule, cut: () => void) => () => void

/** A request that was refused for want of a credential, of a verb or of a proof at sign-in, and who asked if that is known. */
export type Refusal = {
  /** `access.forbidden`, `access.token-revoked`, … */
  code: string
  /** The verb that was lacking; null when nobody was recognised. */
  verb: Verb | null
  holder: Holder | null
  method: string
  /** The pattern of the route, never the URL that was asked for. */
  route: string
  /** Where the request came from. */
  address: string
  requestId: string
}
/** Told of every refusal while the request waits for its answer: note it and return. */
export type OnRefused = (refusal: Refusal) => void

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: AccessRule
  }
  interface FastifyRequest {
    /** Who asks. Throws on public routes, which have nobody to ask. */
    actor: Actor
    /** For answers that go on: calls `cut` as soon as whoever asked may no longer; the function it answers ends the watch. */
    whileAllowed: (cut: () => void) => () => void
  }
}

const actors = new WeakMap<FastifyRequest, Actor>()

/** The token of an `Authorization: Bearer` header (RFC 6750); nowhere else is a token looked for, so none ends up in a log of URLs. */
function bearerOf(header: string | undefined): string {
  const token = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(header ?? '')?.[1]
  if (token !== undefined) return token
  const detail =
    header === undefined
      ? 'Send your token as "Authorization: Bearer …"'
      : 'Authorization must read "Bearer " and a token'
  throw problems['access.unauthenticated']({ detail })
}

type AuthOptions = { authenticate: Authenticate; failures: AuthFailures; watch: WatchAccess; onRefused?: OnRefused }

/**
 * Refuses before the body is read and anything is looked up: first who asks (401), then whether it may (403). Tells `onRefused` of
 * these refusals and of those that a service throws later, each once.
 */
export const authPlugin = fp<AuthOptions>(
  async (app, { authenticate, failures, watch, onRefused = () => {} }) => {
    app.decorateRequest('actor', {
      getter(this: FastifyRequest): Actor {
        const actor = actors.get(this)
        if (actor === undefined) throw new Error(`${this.routeOptions.url} is public: it has no actor`)
        return actor
      },
    })
    app.decorateRequest('whileAllowed', function whileAllowed(this: FastifyRequest, cut: () => void) {
      const rule = this.routeOptions.config.access
      if (rule === undefined) throw new Error(`${this.routeOptions.url} has no access rule`)
      return watch(this.actor, rule, cut)
    })
    const told = new WeakSet<Problem>()
    const refusal = (request: FastifyRequest, problem: Problem, holder: Holder | null, verb: Verb | null = null) => {
      if (!told.has(problem)) onRefused({ code: problem.code, verb, holder, ...placeOf(request) })
      told.add(problem)
      return problem
    }
    app.addHook('onRequest', async (request) => {
      const rule = request.routeOptions.config.access
      if (holdsSecret(request.url)) throw refusal(request, tokenInUrl(), null)
      if (request.is404 || rule?.access === 'public') return
      if (rule === undefined) throw new Error(`${request.routeOptions.url} has no access rule`)
      const actor = await recognised(request, { authenticate, failures }).catch((error: unknown) => {
        throw error instanceof Problem && error.status < 500 ? refusal(request, error, null) : error
      })
      if ('refused' in actor) throw refusal(request, actor.refused, actor.holder)
      request.log = request.log.child({ operatorId: actor.operatorId })
      const decision = decide(rule, actor.verbs)
      if (!decision.allowed) {
        request.log.warn({ event: 'access.refused', verb: decision.lacking }, 'access refused')
        throw refusal(request, forbidden(decision.lacking, actor), actor, decision.lacking)
      }
      actors.set(request, actor)
    })
    app.addHook('onError', async (request, _reply, error) => {
      if (!(error instanceof Problem && isRefusal(error, request))) return
      const { verb } = error.extra
      refusal(request, error, actors.get(request) ?? null, typeof verb === 'string' && isVerb(verb) ? verb : null)
    })
  },
  { name: 'steward-auth' },
)

/** What a service refuses for want of access, and whatever a public route refuses that acts: nobody has come in there, yet somebody tried. */
function isRefusal({ status }: Problem, { routeOptions: { config } }: FastifyRequest): boolean {
  const tried = config.access?.access === 'public' && config.audit !== undefined
  return status === 401 || status === 403 || (tried && status < 500)
}

/** URLs end up in histories, logs of proxies and referrers: a secret in one is no longer a secret, so it is not used. */
function holdsSecret(url: string): boolean {
  const plain = url.replaceAll(/%([0-7][0-9a-f])/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  )
  return CREDENTIAL_INSIDE.test(plain) || /[?&]access_token=/i.test(plain)
}
const tokenInUrl = () =>
  problems['access.token-in-url']({
    detail: 'Send it as "Authorization: Bearer …". This one may be in logs now: revoke it and make another',
  })

/** Whose the credential is. Who brings what is none too often is told so before anything is looked up. */
async function recognised(
  request: FastifyRequest,
  { authenticate, failures }: Pick<AuthOptions, 'authenticate' | 'failures'>,
): ReturnType<Authenticate> {
  const secret = secretOf(request)
  const hash = secretHash(secret)
  const key = hash.toString('base64')
  const putOff = failures.beforeLookup(request.ip, key)
  if (putOff) throw putOff
  const found = await authenticate(secret, request.id, hash).catch((error: unknown) => {
    if (error instanceof Problem && error.status === 401) failures.unknown(request.ip)
    throw error
  })
  if (!('refused' in found)) failures.succeeded(key)
  else if (found.refused.status === 401)
    return { ...found, refused: failures.refused(found.holder.tokenId) ?? found.refused }
  return found
}

/** A token or session in the header that only programs set, or the session of a browser, which its cookie brings by itself. */
function secretOf(request: FastifyRequest): string {
  const { authorization, cookie } = request.headers
  const session = authorization === undefined ? cookieOf(cookie, SESSION_COOKIES) : undefined
  if (session === undefined) return bearerOf(authorization)
  if (request.method !== 'GET' && !isSameSite(request)) {
    throw problems['access.cross-site']({ detail: 'A session in a cookie changes nothing for pages of other sites' })
  }
  return session
}

/** Browsers say where a request comes from; one that does not say changes nothing. */
function isSameSite({ headers, host, protocol }: FastifyRequest): boolean {
  if (headers['sec-fetch-site'] !== undefined) return headers['sec-fetch-site'] === 'same-origin'
  return headers.origin === `${protocol}://${host}`
}

const placeOf = (request: FastifyRequest) => ({
  method: request.method,
  route: request.routeOptions.url ?? 'none',
  address: request.ip,
  requestId: request.id,
})

/** The one answer to who lacks a verb, from routes and from services that learn only later which verb it takes. */
export function forbidden(verb: Verb, { role }: Pick<Actor, 'role'>): Problem {
  const detail = roleAllows(role, verb)
    ? `This needs ${verb}, which your role ${role} has, but the token you came with does not: use another one`
    : `This needs ${verb}, which the role ${role} does not have: ask an administrator`
  return problems['access.forbidden']({ detail, extra: { verb } })
}
