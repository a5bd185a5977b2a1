import type { FastifyPluginAsync } from 'fastify'
import type { Credentials } from './features/access/access.credentials.ts'
import { accessRoutes } from './features/access/access.routes.ts'
import { accessService } from './features/access/access.service.ts'
import { admitPerson } from './features/operators/operators.admit.ts'
import { operatorsRoutes } from './features/operators/operators.routes.ts'
import { operatorsService } from './features/operators/operators.service.ts'
import { sessionsRoutes } from './features/sessions/sessions.routes.ts'
import { sessionsService, type SessionTimes } from './features/sessions/sessions.service.ts'
import { signInRoutes } from './features/sign-in/sign-in.routes.ts'
import { signInService } from './features/sign-in/sign-in.service.ts'
import { signInSettings, type SignInSettings } from './features/sign-in/sign-in.settings.ts'
import { tokensHost } from './features/tokens/tokens.host.ts'
import { tokensRoutes } from './features/tokens/tokens.routes.ts'
import { tokensService } from './features/tokens/tokens.service.ts'
import type { AuditAppend } from './platform/audit.ts'
import { createAuthFailures, usualLimits, type FailureLimits } from './platform/auth-failures.ts'
import type { Clock } from './platform/clock.ts'
import type { Config } from './platform/config.ts'
import type { Database } from './platform/database.ts'
import { createLimiter } from './platform/limiter.ts'
import type { Cursors } from './platform/pagination.ts'
import { trustedProxies } from './platform/trusted-proxies.ts'

export type AccessParts = {
  database: Database
  cursors: Cursors
  clock: Clock
  /** Who comes with which token or session. */
  credentials: Credentials
  /** Who vouches for people; null: nobody, there are tokens only. */
  signInWith: SignInSettings | null
  sessionTimes: SessionTimes
  /** How often authentication may fail before it is put off. */
  authFailures: FailureLimits
  /** Who is believed about whom a request comes from. */
  trustedProxies: readonly string[]
}

/** What the configuration says about access. Throws a `ConfigError`. */
export const accessSettings = (
  config: Config,
): Pick<AccessParts, 'signInWith' | 'sessionTimes' | 'authFailures' | 'trustedProxies'> => ({
  signInWith: signInSettings(config),
  sessionTimes: {
    longestSeconds: config.STEWARD_SESSION_HOURS * 3600,
    idleSeconds: config.STEWARD_SESSION_IDLE_MINUTES * 60,
  },
  authFailures: usualLimits(config.STEWARD_AUTH_FAILURES_PER_MINUTE),
  trustedProxies: trustedProxies(config.STEWARD_TRUSTED_PROXIES),
})

/** Sign-ins that one address may begin, and how often command lines behind it may ask: fifty who ask every 5 s. */
const SIGN_INS = { count: 60, windowMs: 60_000 }
const ASKS = { count: 600, windowMs: 60_000 }

/** Who may come in and what they may do: the features of access, wired to each other. */
export async function wireAccess(parts: AccessParts, audit: AuditAppend) {
  const { database, cursors, clock, credentials, signInWith, sessionTimes } = parts
  const kept = { database, cursors, audit, clock }
  const access = accessService({ credentials, clock })
  const sessions = sessionsService({ ...kept, times: sessionTimes })
  const operators = operatorsService({ ...kept, endSessions: sessions.endAll })
  const tokens = tokensService(kept)
  const revokeTokens = tokensHost({ clock }).revokeAll
  const signIn = signInService({
    ...kept,
    configured: signInWith && (await configured(signInWith)),
    admit: admitPerson({ audit, clock, endSessions: sessions.endAll, revokeTokens }),
    openSession: sessions.open,
  })
  const secure = signInWith?.publicUrl.startsWith('https:') ?? false
  const routes: FastifyPluginAsync = async (app) => {
    await app.register(accessRoutes, { access })
    await app.register(operatorsRoutes, { operators })
    await app.register(tokensRoutes, { tokens })
    await app.register(sessionsRoutes, { sessions })
    const limiters = { begin: createLimiter(SIGN_INS), ask: createLimiter(ASKS) }
    await app.register(signInRoutes, { signIn, secure, limiters })
  }
  const auth = {
    authenticate: access.authenticate,
    failures: createAuthFailures(parts.authFailures),
    watch: credentials.watch,
  }
  return { auth, routes, sessions, signIn }
}

/** Loaded only where a provider is configured: the protocol costs memory that a plane with tokens alone does not have to pay. */
async function configured(settings: SignInSettings) {
  const { identityProvider } = await import('./features/sign-in/sign-in.provider.ts')
  return { settings, provider: identityProvider(settings) }
}
