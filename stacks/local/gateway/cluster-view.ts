import { type KubeClient, connectKube } from '../kube/client.ts'
import type { Log } from '../kube/log.ts'
import { type Reflector, reflect } from '../kube/reflector.ts'
import { createEndpointIndex } from './endpoint-index.ts'
import type { PodNetwork } from './endpoints.ts'
import type { EndpointSlice, HttpRoute, Service } from './gateway-types.ts'
import { nextParents, verdicts, writeParents } from './route-status.ts'
import { type Backend, type GatewayName, type RouteTable, buildTable, parentsOf, routeName } from './route-table.ts'

export type ViewOptions = {
  kubeconfig: string
  podNetwork: PodNetwork | null
  log: Log
  gateway: GatewayName
  /** Told when a route has gone. */
  onRemoved: (table: RouteTable) => void
}

/** The gateway's picture of the cluster: route table and endpoints, kept current; and the routes' status, written back. */
export function watchCluster({ kubeconfig, podNetwork, log, gateway, onRemoved }: ViewOptions) {
  const client = connectKube({ kubeconfig })
  const tell = createTeller(client, gateway, log)
  const index = createEndpointIndex(() => services.items, podNetwork)
  let table: RouteTable = { byHost: new Map(), refused: new Map() }
  let pending: NodeJS.Immediate | undefined
  let loaded = false

  const settle = () => {
    pending = undefined
    const before = table
    table = buildTable(routes.items.values(), gateway, before)
    if ([...before.byHost.keys()].some((host) => !table.byHost.has(host))) onRemoved(table)
    loaded ||= routes.synced() && services.synced() && slices.synced()
    // Before, every route would be told for a moment that its Service is missing.
    if (services.synced()) tell(routes, services, table)
  }
  /** A burst of events, as in a first list, costs one rebuild. */
  const changed = () => void (pending ??= setImmediate(settle))

  const services = reflect<Service>({
    client,
    path: '/api/v1/services',
    log,
    onChange(key, now, before) {
      index.serviceChanged(key)
      if (!now || !before) changed() // routes are told whether it exists
    },
    onSync: changed,
  })
  const slices = reflect<EndpointSlice>({
    client,
    path: '/apis/discovery.k8s.io/v1/endpointslices',
    log,
    onChange: (key, now, before) => index.sliceChanged(key, now, before),
    onSync: changed,
  })
  const path = '/apis/gateway.networking.k8s.io/v1/httproutes'
  const routes = reflect<HttpRoute>({ client, path, log, onChange: changed, onSync: changed })

  return {
    table: () => table,
    ready: () => loaded,
    endpoints: (backend: Backend) => index.endpoints(backend),
    stop(): void {
      if (pending) clearImmediate(pending)
      for (const reflector of [services, slices, routes]) reflector.stop()
      client.close()
    },
  }
}

/** Writes what is decided about each of our routes into its status, once per version of the route and verdict. */
function createTeller(client: KubeClient, gateway: GatewayName, log: Log) {
  const told = new WeakMap<HttpRoute, string>()
  return (routes: Reflector<HttpRoute>, services: Reflector<Service>, table: RouteTable): void => {
    for (const route of routes.items.values()) {
      if (parentsOf(route, gateway).length === 0) continue
      const wanted = verdicts(route, table.refused.get(routeName(route)), (key) => services.items.has(key))
      const verdict = wanted.map(({ message }) => message).join()
      if (told.get(route) === verdict) continue
      told.set(route, verdict)
      const parents = nextParents(route, gateway, wanted, new Date().toISOString())
      if (parents) void writeParents(client, route, parents, log)
    }
  }
}
