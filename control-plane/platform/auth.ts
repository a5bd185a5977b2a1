import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { roleAllows, type AccessRule, type Role } from '../domain/access.ts'
import { problems } from './problems.ts'

/** Who asks: an operator and the token it came with. */
export type Actor = { operatorId: string; name: string; role: Role; tokenId: string; requestId: string }

/** Turns a bearer token into the actor; throws a problem of status 401. */
export type Authenticate = (token: string, requestId: string) => Promise<Actor>

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: AccessRule
  }
  interface FastifyRequest {
    /** Who asks. Throws on public routes, which have nobody to ask. */
    actor: Actor
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

/** Refuses before the body is read: first who asks (401), then whether the role may (403). */
export const authPlugin = fp<{ authenticate: Authenticate }>(
  async (app, { authenticate }) => {
    app.decorateRequest('actor', {
      getter(this: FastifyRequest): Actor {
        const actor = actors.get(this)
        if (actor === undefined) throw new Error(`${this.routeOptions.url} is public: it has no actor`)
        return actor
      },
    })
    app.addHook('onRequest', async (request) => {
      const rule = request.routeOptions.config.access
      if (request.is404 || rule?.access === 'public') return
      if (rule === undefined) throw new Error(`${request.routeOptions.url} has no access rule`)
      const actor = await authenticate(bearerOf(request.headers.authorization), request.id)
      request.log = request.log.child({ operatorId: actor.operatorId })
      if (rule.access === 'verb' && !roleAllows(actor.role, rule.verb)) {
        request.log.warn({ event: 'access.refused', verb: rule.verb }, 'access refused')
        throw problems['access.forbidden']({
          detail: `This needs ${rule.verb}, which the role ${actor.role} does not have: ask an administrator`,
          extra: { verb: rule.verb },
        })
      }
      actors.set(request, actor)
    })
  },
  { name: 'steward-auth' },
)
