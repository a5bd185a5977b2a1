import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { accountsRoutes } from './accounts.ts'
import { admitTenants } from './admission.ts'
import { answerProblems } from './answers.ts'
import type { Database } from './database.ts'
import { entriesRoutes } from './entries.ts'
import type { Metrics } from './metrics.ts'
import { operatorRoutes, OPERATOR_ROUTES } from './operator-routes.ts'
import type { RateLimits } from './rate-limits.ts'
import type { Readiness } from './readiness.ts'
import { hasReferences, type Release } from './release.ts'
import { tenantOf } from './tenant-of.ts'
import { useStrictBodies } from './validation.ts'
import type { WatchedTenants } from './watched-tenants.ts'

export type AppOptions = {
  release: Release
  unit: string
  tenants: WatchedTenants
  limits: RateLimits
  metrics: Metrics
  database: Database
  readiness: Readiness
  log: FastifyBaseLogger
}

/** The ledger's HTTP surface; listens nowhere yet. */
export function buildApp({
  release,
  unit,
  tenants,
  limits,
  metrics,
  database,
  readiness,
  log,
}: AppOptions): FastifyInstance {
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }), // the metrics count them; a line per request of every tenant would not be read
    bodyLimit: 64 * 1024,
    requestTimeout: 30_000,
    keepAliveTimeout: 75_000, // longer than gateways keep idle connections, so that they close first
    return503OnClosing: false, // what came in is finished
    forceCloseConnections: 'idle',
    genReqId: () => crypto.randomUUID(),
  })
  useStrictBodies(app)
  answerProblems(app)
  admitTenants(app, { tenants, limits, metrics, faults: release.faults, operatorRoutes: OPERATOR_ROUTES })
  app.addHook('onSend', async (_request, reply) => {
    if (readiness.draining()) void reply.header('connection', 'close') // kept-alive connections go to other pods
  })
  void app.register(operatorRoutes, { release, unit, tenants, metrics, readiness })
  app.get('/whoami', (request) => {
    const { slug, id } = tenantOf(request)
    return { tenant: slug, id, version: release.version }
  })
  void app.register(accountsRoutes, { database })
  void app.register(entriesRoutes, { database, references: hasReferences(release) })
  return app
}
