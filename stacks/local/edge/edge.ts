import { createRequestMetrics } from '../gateway/metrics.ts'
import type { Log } from '../kube/log.ts'
import { hostName } from '../proxy/headers.ts'
import { proxyProblems, sendProblem } from '../proxy/problems.ts'
import { type Upstream, createProxy } from '../proxy/proxy.ts'
import { listen } from '../proxy/server.ts'
import { type EdgeApiAnswer, type EdgeApiRequest, edgeApi } from './edge-api.ts'
import { openEdgeStore } from './edge-store.ts'
import { createHostLimits } from './host-limits.ts'

export type EdgeOptions = {
  host: string
  /** 0: any free port; see `port` of what is returned. */
  port: number
  /** Where the routes are kept. */
  stateFile: string
  log: Log
}

export interface Edge {
  port: number
  /** Administration of the routes, for the daemon's authenticated API to mount under `/edge/routes`. */
  routes: (request: EdgeApiRequest) => Promise<EdgeApiAnswer>
  /** Prometheus text; the label is the unit, so that it does not grow with tenants. */
  metrics: () => string
  stop: () => Promise<void>
}

/** Where customers connect: one route per host name to the gateway of the unit that serves it. Rejects when the port is taken. */
export async function startEdge({ host, port, stateFile, log }: EdgeOptions): Promise<Edge> {
  const store = openEdgeStore(stateFile)
  const proxy = createProxy({ trustForwarded: false })
  const metrics = createRequestMetrics('steward_edge')
  const limits = createHostLimits((name) => store.current().get(name)?.closed === false)
  const server = await listen(host, port, (request, response) => {
    const entry = store.current().get(hostName(request.headers.host))
    if (!entry || entry.closed) return sendProblem(response, proxyProblems['host.unknown']())
    const began = performance.now()
    response.once('close', () => {
      metrics.observe(entry.unit, response.headersSent ? response.statusCode : 499, (performance.now() - began) / 1_000)
    })
    if (entry.refusing) return sendProblem(response, proxyProblems['tenant.suspended']())
    const waitSeconds = limits.take(entry)
    if (waitSeconds !== null) return sendProblem(response, proxyProblems['tenant.over-limit'](), waitSeconds)
    proxy.forward(request, response, [upstreamOf(entry.target)])
  })
  log.info({ event: 'edge.listening', host, port: server.port }, 'edge listening')
  return {
    port: server.port,
    routes: (request) => edgeApi(store, request),
    metrics: () => metrics.render(),
    async stop() {
      await server.stop()
      proxy.close()
    },
  }
}

const upstreams = new Map<string, Upstream>() // a handful of gateways, parsed once
function upstreamOf(target: string): Upstream {
  const known = upstreams.get(target)
  if (known) return known
  const { hostname, port } = new URL(target)
  const upstream = { host: hostname, port: Number(port || 80) }
  upstreams.set(target, upstream)
  return upstream
}
