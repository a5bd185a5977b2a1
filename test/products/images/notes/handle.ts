import type { IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import type { Metrics } from './metrics.ts'
import type { Notes } from './notes.ts'
import { migrationsOf } from './schema.ts'
import type { Tenant, Tenants } from './tenants.ts'

/** A string goes out as it is, anything else as JSON. */
export type Answer = { status: number; body: unknown }
export type Handle = (request: IncomingMessage) => Promise<Answer>
export type Parts = {
  version: string
  tenants: Pick<Tenants, 'byHost' | 'revision'>
  within: (tenant: Tenant) => boolean
  metrics: Metrics
  notes: Notes
  draining: () => boolean
}

/** Operators address a pod by its address; a tenant's host name leads to the tenant's own paths and nowhere else. */
const POD_ITSELF = /^(localhost|\d{1,3}(\.\d{1,3}){3})(:\d+)?$/
const ok = (body: unknown, status = 200): Answer => ({ status, body })
const refused = (status: number, title: string): Answer => ({ status, body: { status, title } })

/** Every answer of this product. */
export const createHandle =
  (parts: Parts): Handle =>
  async (request) => {
    const host = request.headers.host ?? ''
    const route = `${request.method} ${(request.url ?? '/').split('?', 1)[0]}`
    return POD_ITSELF.test(host) ? forOperators(parts, route) : forTenants(parts, host, route, request)
  }

async function forOperators({ version, tenants, metrics, notes, draining }: Parts, route: string): Promise<Answer> {
  switch (route) {
    case 'GET /healthz':
      return ok({ status: 'ok' })
    case 'GET /readyz': {
      const done = await notes.migrations().catch(() => new Set<string>())
      const lacking = migrationsOf(version).filter(({ name, phase }) => phase === 'expand' && !done.has(name))
      const ready = !draining() && tenants.revision() >= 0 && lacking.length === 0
      return ok({ ready }, ready ? 200 : 503)
    }
    case 'GET /version':
      return ok({ version, tenantsRevision: tenants.revision() })
    case 'GET /metrics':
      return ok(metrics.render())
    default:
      return refused(404, 'No such path')
  }
}

async function forTenants(parts: Parts, host: string, route: string, request: IncomingMessage): Promise<Answer> {
  const began = performance.now()
  const tenant = parts.tenants.byHost(host.split(':', 1)[0] ?? '')
  const answer = await admitted(parts, tenant, route, request)
  const [method = '', path = ''] = route.split(' ')
  const sample = { method, route: answer.status === 404 ? '' : path, status: answer.status }
  parts.metrics.observe({ ...sample, tenant: tenant?.slug ?? 'none', seconds: (performance.now() - began) / 1000 })
  return answer
}

async function admitted(
  { version, within, notes }: Parts,
  tenant: Tenant | undefined,
  route: string,
  request: IncomingMessage,
): Promise<Answer> {
  if (!tenant) return refused(404, 'Nobody has this host name')
  if (tenant.state === 'suspended') return refused(403, 'This tenant is suspended')
  if (!within(tenant)) return refused(429, 'Too many requests')
  switch (route) {
    case 'GET /whoami':
      return ok({ tenant: tenant.slug, id: tenant.id, version })
    case 'GET /notes':
      return ok(await notes.list(tenant))
    case 'POST /notes': {
      const { text, pinned } = ((await json(request).catch(() => null)) ?? {}) as { text?: unknown; pinned?: unknown }
      if (typeof text !== 'string' || text === '') return refused(400, 'A note has a text')
      return ok(await notes.add(tenant, { text, pinned: pinned === true }), 201)
    }
    default:
      return refused(404, 'No such path')
  }
}
