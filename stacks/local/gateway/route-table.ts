import type { BackendRef, HttpRoute, ParentRef } from './gateway-types.ts'
import { type Weighted, weighted } from './weighted-choice.ts'

/** A service and one of its ports, as a route names it. */
export type Backend = { service: string; port: number }

export type Route = {
  /** `namespace/name` of the HTTPRoute: the label of its metrics. */
  name: string
  hosts: readonly string[]
  backends: Weighted<Backend>[]
}

export type Refusal = {
  reason: 'HostnameConflict' | 'UnsupportedValue' | 'NoMatchingListenerHostname'
  message: string
}
export type RouteTable = {
  byHost: ReadonlyMap<string, Route>
  /** Why a route of ours is not served; a route absent here is. */
  refused: ReadonlyMap<string, Refusal>
}

export type GatewayName = { namespace: string; name: string }
const GATEWAY_GROUP = 'gateway.networking.k8s.io'

export const routeName = ({ metadata }: HttpRoute): string => `${metadata.namespace}/${metadata.name}`

/** The parent references of a route that mean this gateway. */
export const parentsOf = (route: HttpRoute, gateway: GatewayName): ParentRef[] =>
  (route.spec.parentRefs ?? []).filter(
    (ref) =>
      (ref.kind ?? 'Gateway') === 'Gateway' &&
      (ref.group ?? GATEWAY_GROUP) === GATEWAY_GROUP &&
      ref.name === gateway.name &&
      (ref.namespace ?? route.metadata.namespace) === gateway.namespace,
  )

/** By object: a watch delivers a new one for every change, so a thousand routes are not compiled again for one. */
const compiled = new WeakMap<HttpRoute, Route>()

/**
 * Which route serves which host name. Of two routes that want one host the older keeps it (ties by name, as Gateway API rules);
 * the younger is refused whole, so that a tenant is never half routed. `known` keeps the counters of unchanged routes.
 */
export function buildTable(routes: Iterable<HttpRoute>, gateway: GatewayName, known?: RouteTable): RouteTable {
  const byHost = new Map<string, Route>()
  const refused = new Map<string, Refusal>()
  const attached = [...routes].filter((route) => parentsOf(route, gateway).length > 0).toSorted(byAge)
  for (const route of attached) {
    const name = routeName(route)
    const hosts = (route.spec.hostnames ?? []).map((host) => host.toLowerCase())
    const taken = hosts.map((host) => byHost.get(host)).find((owner) => owner !== undefined)
    const refusal: Refusal | null = taken
      ? { reason: 'HostnameConflict', message: `a host name is already served by the older route ${taken.name}` }
      : unsupported(route)
    if (refusal) {
      refused.set(name, refusal)
      continue
    }
    const entry = compiled.get(route) ?? reuse(known, { name, hosts, backends: backendsOf(route) })
    compiled.set(route, entry)
    for (const host of hosts) byHost.set(host, entry)
  }
  return { byHost, refused }
}

const byAge = (a: HttpRoute, b: HttpRoute): number =>
  compare(a.metadata.creationTimestamp, b.metadata.creationTimestamp) || compare(routeName(a), routeName(b))
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** What is not implemented is refused in the status, never served differently from what was asked. */
function unsupported({ spec }: HttpRoute): Refusal | null {
  const refuse = (message: string): Refusal => ({ reason: 'UnsupportedValue', message })
  if (!spec.hostnames?.length) return { reason: 'NoMatchingListenerHostname', message: 'name at least one host name' }
  if (spec.hostnames.some((host) => host.startsWith('*')))
    return refuse('wildcard host names are not supported by the local gateway')
  if (spec.rules?.length !== 1) return refuse('the local gateway supports exactly one rule per route')
  const [rule] = spec.rules
  const everything = (rule?.matches ?? []).every(
    ({ path, headers, queryParams, method }) =>
      !headers?.length &&
      !queryParams?.length &&
      !method &&
      (path?.type ?? 'PathPrefix') === 'PathPrefix' &&
      (path?.value ?? '/') === '/',
  )
  if (!everything)
    return refuse('the local gateway matches by host name only: match the path prefix / and nothing else')
  if (rule?.filters?.length || rule?.backendRefs?.some((ref) => ref.filters?.length)) {
    return refuse('filters are not supported by the local gateway')
  }
  return null
}

/** Backends with their weights; a reference to anything but a Service of the route's own namespace is left out. */
const backendsOf = (route: HttpRoute): Weighted<Backend>[] =>
  weighted(
    (route.spec.rules?.[0]?.backendRefs ?? []).map((ref) => ({
      value: { service: serviceOf(route, ref) ?? '', port: ref.port ?? 0 },
      weight: ref.weight ?? 1,
    })),
  )

/** `namespace/name` of the Service that a reference means; null for what this gateway may not send to. */
export function serviceOf(route: HttpRoute, ref: BackendRef): string | null {
  const namespace = ref.namespace ?? route.metadata.namespace
  // Another namespace would need a ReferenceGrant: tenants of different units must not reach each other by a route.
  const allowed =
    (ref.kind ?? 'Service') === 'Service' && (ref.group ?? '') === '' && namespace === route.metadata.namespace
  return allowed ? `${namespace}/${ref.name}` : null
}

/** The known entry when nothing about it changed, so that an unrelated change does not restart its weighted choice. */
function reuse(known: RouteTable | undefined, fresh: Route): Route {
  const old = fresh.hosts[0] === undefined ? undefined : known?.byHost.get(fresh.hosts[0])
  return old && fingerprint(old) === fingerprint(fresh) ? old : fresh
}
const fingerprint = ({ name, hosts, backends }: Route): string =>
  JSON.stringify([name, hosts, backends.map(({ value, weight }) => [value.service, value.port, weight])])
