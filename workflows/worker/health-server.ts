import { createServer, type ServerResponse } from 'node:http'

export type HealthServer = { port: number; close: () => Promise<void> }
export type HealthChecks = {
  /** Whether it takes work now: throws when it does not. */
  ready: () => Promise<void>
  /** Prometheus text. */
  metrics: () => Promise<string>
}

/** Serves /healthz (the process lives), /readyz (it takes work) and /metrics. Port 0 takes a free one. */
export async function startHealthServer(
  at: { host: string; port: number },
  checks: HealthChecks,
): Promise<HealthServer> {
  const json = (response: ServerResponse, status: number, body: object) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  const routes: Readonly<Record<string, (response: ServerResponse) => Promise<void> | void>> = {
    '/healthz': (response) => json(response, 200, { status: 'alive' }),
    '/readyz': (response) =>
      checks.ready().then(
        () => json(response, 200, { status: 'ready' }),
        () => json(response, 503, { status: 'not-ready' }),
      ),
    '/metrics': async (response) =>
      void response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(await checks.metrics()),
  }
  const server = createServer((request, response) => {
    const route = routes[new URL(request.url ?? '/', 'http://worker').pathname]
    if (!route || request.method !== 'GET')
      return json(response, 404, { code: 'route.not-found', status: 404, title: 'No such route' })
    return void Promise.resolve(route(response)).catch(() => json(response, 500, { status: 'failed' }))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(at.port, at.host, resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : at.port,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
