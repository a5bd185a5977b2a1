import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Log } from '../kube/log.ts'
import { hostName } from '../proxy/headers.ts'
import { proxyProblems, sendProblem } from '../proxy/problems.ts'
import { type Upstream, createProxy } from '../proxy/proxy.ts'
import { listen } from '../proxy/server.ts'
import { watchCluster } from './cluster-view.ts'
import { type PodNetwork, inTurn } from './endpoints.ts'
import { createRequestMetrics } from './metrics.ts'
import type { Backend, GatewayName, Route, RouteTable } from './route-table.ts'
import { choose } from './weighted-choice.ts'

export type GatewayOptions = {
  kubeconfig: string
  host: string
  /** 0: any free port; see `port` of what is returned. */
  port: number
  podNetwork: PodNetwork | null
  log: Log
  /** The Gateway object whose routes are served; default `steward` in namespace `steward`. */
  gateway?: GatewayName
}

export interface Gateway {
  port: number
  /** True once all routes, services and endpoints of the cluster are known. */
  ready: () => boolean
  /** Prometheus text. */
  metrics: () => string
  stop: () => Promise<void>
}

/** Serves the HTTPRoutes of one cluster to its ready pods. Rejects when the port is taken. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const gateway = options.gateway ?? { namespace: 'steward', name: 'steward' }
  const proxy = createProxy({ trustForwarded: true })
  const metrics = createRequestMetrics('steward_gateway')
  const onRemoved = (table: RouteTable) => {
    const names = new Set([...table.byHost.values()].map(({ name }) => name))
    metrics.retain((route) => names.has(route))
  }
  const { kubeconfig, podNetwork, log } = options
  const state = watchCluster({ kubeconfig, podNetwork, log, gateway, onRemoved })
  const turns = new WeakMap<Backend, number>()

  const upstreams = (route: Route): readonly Upstream[] => {
    const backend = choose(route.backends)
    if (!backend) return []
    const turn = turns.get(backend) ?? 0
    turns.set(backend, turn + 1)
    return inTurn(state.endpoints(backend), turn)
  }
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    if (!state.ready()) return sendProblem(response, proxyProblems['host.not-ready']())
    const host = hostName(request.headers.host)
    const route = state.table().byHost.get(host)
    if (!route) return sendProblem(response, proxyProblems['host.unknown']())
    const began = performance.now()
    response.once('close', () => {
      // an answer that outlives its route must not bring back the series that went with it
      if (state.table().byHost.get(host)?.name !== route.name) return
      metrics.observe(route.name, response.headersSent ? response.statusCode : 499, (performance.now() - began) / 1_000)
    })
    proxy.forward(request, response, upstreams(route))
  }

  const server = await listen(options.host, options.port, serve).catch((error: unknown) => {
    state.stop()
    throw error
  })
  return {
    port: server.port,
    ready: state.ready,
    metrics: () => metrics.render(),
    async stop() {
      state.stop()
      await server.stop()
      proxy.close()
    },
  }
}
