import type { RequestLimits } from '../../../control-plane/domain/limits.ts'
import { Problem } from '../../../control-plane/domain/problem.ts'
import { hostName } from '../proxy/headers.ts'
import type { EdgeStore } from './edge-store.ts'
import { type EdgeRoute, closeRoute, edgeProblems, openRoute } from './edge-table.ts'

/** One request to the edge's administration, below the place where the daemon mounts it; already authenticated. */
export type EdgeApiRequest = {
  method: string
  /** Decoded last path segment, or null for the collection. */
  host: string | null
  query: Readonly<Record<string, unknown>>
  body: unknown
}
export type EdgeApiAnswer = { status: number; contentType: string; body: unknown }

/**
 * `GET` lists open routes; `PUT <host>` with `{ target, unit, tenant, epoch, refusing?, limits? }` opens; `DELETE <host>?tenant=&epoch=` closes.
 * Problems are answers, not exceptions, so that any server can mount this.
 */
export async function edgeApi(store: EdgeStore, { method, host, query, body }: EdgeApiRequest): Promise<EdgeApiAnswer> {
  try {
    if (host === null) {
      if (method !== 'GET')
        throw edgeProblems['edge.route-invalid']({ detail: `${method} needs a host name in the path` })
      return json(200, { routes: openRoutes(store) })
    }
    if (method === 'PUT') {
      const route = parseRoute(host, body)
      await store.change((table) => openRoute(table, route))
      return json(200, route)
    }
    if (method === 'DELETE') {
      const close = { host: parseHost(host), tenant: text(query, 'tenant'), epoch: parseEpoch(query['epoch']) }
      await store.change((table) => closeRoute(table, close))
      return json(200, { ...close, closed: true })
    }
    const found = openRoutes(store).find((route) => route.host === host)
    if (method !== 'GET' || !found) throw edgeProblems['edge.route-unknown']({ detail: `no open route for ${host}` })
    return json(200, found)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const { code, status, title, detail, retryable, extra } = error
    return {
      status,
      contentType: 'application/problem+json',
      body: { type: 'about:blank', title, status, code, retryable, ...(detail ? { detail } : {}), ...extra },
    }
  }
}

const json = (status: number, body: unknown): EdgeApiAnswer => ({ status, contentType: 'application/json', body })

const openRoutes = (store: EdgeStore): EdgeRoute[] =>
  [...store.current().values()].filter(({ closed }) => !closed).map(({ closed: _closed, ...route }) => route)

function parseRoute(host: string, body: unknown): EdgeRoute {
  if (typeof body !== 'object' || body === null) throw invalid('', 'send an object with target, unit, tenant and epoch')
  const fields = body as Record<string, unknown> // each is checked before use
  const target = text(fields, 'target')
  const url = URL.canParse(target) ? new URL(target) : null
  if (!url || url.protocol !== 'http:' || url.pathname !== '/' || url.username || url.search) {
    throw invalid('/target', 'target must be an http URL without path, for example http://127.0.0.1:7402')
  }
  return {
    host: parseHost(host),
    target: url.origin,
    unit: text(fields, 'unit'),
    tenant: text(fields, 'tenant'),
    epoch: parseEpoch(fields['epoch']),
    ...(flag(fields, 'refusing') ? { refusing: true } : {}),
    ...(fields['limits'] === undefined ? {} : { limits: parseLimits(fields['limits']) }),
  }
}

function parseLimits(value: unknown): RequestLimits {
  const { requestsPerSecond, burst, ...others } = (value ?? {}) as Record<string, unknown> // each is checked here
  const isWhole = (limit: unknown): limit is number => Number.isSafeInteger(limit) && Number(limit) >= 1
  if (!isWhole(requestsPerSecond) || !isWhole(burst) || Object.keys(others).length > 0) {
    throw invalid('/limits', 'limits must be { requestsPerSecond, burst }, whole numbers from 1')
  }
  return { requestsPerSecond, burst }
}

function parseHost(host: string): string {
  const valid = host.length <= 253 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(host)
  if (!valid || hostName(host) !== host) throw invalid('/host', 'the host must be a lower-case DNS name without a port')
  return host
}

function text(from: Readonly<Record<string, unknown>>, name: string): string {
  const value = from[name]
  if (typeof value !== 'string' || value === '') throw invalid(`/${name}`, `${name} must be a non-empty string`)
  return value
}

function flag(from: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = from[name] ?? false
  if (typeof value !== 'boolean') throw invalid(`/${name}`, `${name} must be true or false`)
  return value
}

function parseEpoch(value: unknown): number {
  const epoch = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  if (typeof epoch !== 'number' || !Number.isSafeInteger(epoch) || epoch < 0) {
    throw invalid('/epoch', 'epoch must be the fencing epoch of the operation, a whole number')
  }
  return epoch
}

const invalid = (pointer: string, message: string): Problem =>
  edgeProblems['edge.route-invalid']({ detail: message, fields: [{ pointer, rule: 'invalid', message }] })
