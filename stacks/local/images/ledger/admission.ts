import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { PublishedTenant } from '../../../../control-plane/domain/tenants-file.ts'
import { problems } from './errors.ts'
import type { Metrics } from './metrics.ts'
import type { RateLimits } from './rate-limits.ts'
import type { Release } from './release.ts'
import { TENANT } from './tenant-of.ts'
import { hostName } from './tenants-file.ts'
import type { WatchedTenants } from './watched-tenants.ts'

/** Methods that become a label as they are; anybody can send any other. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE'])
/** What nginx calls a request whose client left before the answer. */
const CLIENT_LEFT = 499

type Options = {
  tenants: Pick<WatchedTenants, 'byHost'>
  limits: Pick<RateLimits, 'take'>
  metrics: Pick<Metrics, 'request'>
  faults: Release['faults']
  /** Routes for operators: no tenant, no limit, not counted. */
  operatorRoutes: ReadonlySet<string>
}

/** The way every request of a tenant takes first: who is it for, may it, is there room; and the measure of all of them. */
export function admitTenants(
  app: FastifyInstance,
  { tenants, limits, metrics, faults, operatorRoutes }: Options,
): void {
  const isOperators = (request: FastifyRequest) => operatorRoutes.has(request.routeOptions.url ?? '')
  const tenantFor = (request: FastifyRequest) => tenants.byHost(hostName(request.headers.host))
  app.decorateRequest(TENANT, null)

  app.addHook('onRequest', async (request, reply) => {
    if (isOperators(request)) return
    const tenant = tenantFor(request)
    measure(metrics, request, reply.raw, tenant?.slug ?? 'none')
    refuseTwoHosts(request)
    if (!tenant) throw problems['tenant.unknown']({ detail: hostName(request.headers.host) })
    if (tenant.state === 'suspended') throw problems['tenant.suspended']()
    const taken = limits.take(tenant)
    if (!taken.allowed) {
      const { retryAfterSeconds } = taken
      throw problems['tenant.over-limit']({
        detail: `Repeat after ${retryAfterSeconds} s.`,
        extra: { retryAfterSeconds },
      })
    }
    request.setDecorator<PublishedTenant>(TENANT, tenant)
  })

  const misbehave = plannedFaults(faults)
  app.addHook('preHandler', async (request) => {
    if (!isOperators(request)) await misbehave()
  })
}

/** A gateway in front may have looked at the other one: a second Host header, or the host of a whole URL. */
function refuseTwoHosts({ raw }: FastifyRequest): void {
  if (raw.headersDistinct['host']?.length === 1 && raw.url?.startsWith('/') === true) return
  throw problems['request.malformed']({
    detail: 'Name one host, in one Host header, and only a path in the request line.',
  })
}

/** Counted when the connection is done with it, so that answers nobody waited for are counted, too. */
function measure(
  metrics: Pick<Metrics, 'request'>,
  request: FastifyRequest,
  raw: import('node:http').ServerResponse,
  tenant: string,
) {
  const started = performance.now()
  raw.once('close', () => {
    const { method, url: route } = request.routeOptions
    metrics.request({
      method: METHODS.has(request.method) ? request.method : '_OTHER',
      status: raw.writableFinished ? raw.statusCode : CLIENT_LEFT,
      route: method === undefined ? undefined : route,
      tenant,
      seconds: (performance.now() - started) / 1000,
    })
  })
}

/** The same share of failures in every stretch of requests: a small sample shows it as surely as a large one. */
function plannedFaults({ errorShare, latencyMs }: Release['faults']): () => Promise<void> {
  let due = 0
  return async () => {
    if (latencyMs > 0) await pause(latencyMs)
    due += errorShare
    if (due < 1) return
    due -= 1
    throw problems['fault.planned']()
  }
}
