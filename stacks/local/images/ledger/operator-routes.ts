import type { FastifyPluginAsync } from 'fastify'
import type { Metrics } from './metrics.ts'
import type { Readiness } from './readiness.ts'
import type { Release } from './release.ts'
import type { WatchedTenants } from './watched-tenants.ts'

export const OPERATOR_ROUTES: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/version', '/metrics'])
/**
 * Answered only where a pod is addressed as itself, as probes and scrapers do. A tenant's host name leads to the tenant's own paths and
 * nowhere else: metrics name every tenant of the unit.
 */
const POD_ITSELF = /^(localhost|\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])(:\d+)?$/i

type Options = {
  release: Release
  unit: string
  tenants: Pick<WatchedTenants, 'status'>
  metrics: Pick<Metrics, 'render'>
  readiness: Readiness
}

/** Liveness, readiness, version and metrics, for those who run the pod. */
export const operatorRoutes: FastifyPluginAsync<Options> = async (
  app,
  { release, unit, tenants, metrics, readiness },
) => {
  const only = { constraints: { host: POD_ITSELF } }
  app.get('/healthz', only, () => ({ status: 'ok' }))
  app.get('/readyz', only, async (_request, reply) => {
    const checks = await readiness.checks()
    const ready = Object.values(checks).every(({ ok }) => ok)
    return reply.code(ready ? 200 : 503).send({ ready, checks })
  })
  app.get('/version', only, () => ({
    product: 'ledger',
    version: release.version,
    tag: release.tag,
    unit,
    tenantsRevision: tenants.status().revision,
  }))
  app.get('/metrics', only, (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(metrics.render()),
  )
}
