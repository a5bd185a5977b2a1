import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { Problem } from '../../../control-plane/domain/problem.ts'
import type { Edge } from '../edge/edge.ts'
import { estateProblems } from '../estate.errors.ts'
import type { TokenName } from '../credentials/paths.ts'
import type { Resources } from '../resources/resources.ts'
import { kindRoutes, resourceListRoute, resourceRoutes } from '../resources/resource-routes.ts'
import { logPath, tailLog } from './log-files.ts'
import type { Fleet } from './fleet.ts'
import type { Target } from './discovery.ts'
import { imageRoutes } from './image-routes.ts'
import { hasToken } from './tokens.ts'

export type DaemonApiOptions = {
  estateId: string
  fleet: Fleet
  logs: string
  /** Folders with the images of the estate's node. */
  images: readonly string[]
  /** The right tokens: `daemon` may do everything, `edge` its routes (`edge-sweep` reads them), `discovery` read what Prometheus reads, `resources` what it says. */
  tokens: Readonly<Record<TokenName, string>>
  edge: () => Pick<Edge, 'routes'> | undefined
  pods: () => unknown
  resources: Resources
  targets: () => Promise<{ pods: Target[]; servers: Target[] }>
  metrics: () => Promise<string>
  shutdown: () => void
}

const MAX_LOG_LINES = 2000

function requireToken(request: FastifyRequest, options: DaemonApiOptions, names: readonly TokenName[]): void {
  const accepted = names.some((name) => hasToken(request.headers.authorization, options.tokens[name]))
  if (accepted) return
  const detail = `send "Authorization: Bearer …" with the token in credentials/${names[0]}.token of the estate's home`
  throw estateProblems['estate.token-missing']({ detail })
}

type Named = { Params: { name: string } }

function serverRoutes(app: FastifyInstance, { fleet, logs }: DaemonApiOptions): void {
  app.get('/servers', async () => ({
    daemon: { pid: process.pid, memoryBytes: process.memoryUsage.rss() },
    servers: await fleet.statuses(),
  }))
  app.get<Named>('/servers/:name', ({ params }) => fleet.status(params.name))
  app.get<Named & { Querystring: { lines?: string } }>('/servers/:name/logs', async ({ params, query }, reply) => {
    // The status refuses an unknown name before it becomes a path; what runs inside the daemon logs where the daemon does.
    const inside = params.name === 'daemon' || (await fleet.status(params.name)).kind === 'inner'
    const lines = Math.min(Math.max(Number.parseInt(query.lines ?? '100', 10) || 100, 1), MAX_LOG_LINES)
    return reply
      .type('text/plain; charset=utf-8')
      .send(await tailLog(logPath(logs, inside ? 'daemon' : params.name), lines))
  })
  const act = (verb: string, run: (name: string, body: Record<string, unknown>) => Promise<void>) =>
    app.post<Named>(`/servers/:name/${verb}`, async ({ params, body }) => {
      await run(params.name, typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {})
      return fleet.status(params.name)
    })
  act('start', (name) => fleet.process(name).start())
  act('stop', (name) => fleet.process(name).stop())
  act('kill', (name, body) => fleet.process(name).kill({ stayDown: body['stayDown'] === true }))
  holdRoute(app, fleet)
  act('freeze', (name) => fleet.process(name).freeze())
  act('resume', (name) => fleet.process(name).resume())
}

/** A word now and then, or whoever waits at the other end takes the connection for a dead one. */
const STILL_HELD_MS = 20_000

/**
 * Keeps a server down for as long as whoever asked stays connected, so that one who is killed leaves nothing stopped. Says `held` when it
 * is down, and from time to time; after the end it starts.
 */
function holdRoute(app: FastifyInstance, fleet: Fleet): void {
  app.post<Named>('/servers/:name/hold', async ({ params }, reply) => {
    const held = fleet.process(params.name)
    await held.stop()
    const letGo = () => {
      if (!fleet.ending.aborted) held.start().catch(() => undefined) // its status says why it does not come
    }
    reply.hijack()
    if (reply.raw.socket?.destroyed !== false) return letGo()
    reply.raw.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
    const say = () => reply.raw.write('held\n')
    const still = setInterval(say, STILL_HELD_MS)
    reply.raw.once('close', () => {
      clearInterval(still)
      letGo()
    })
    say()
  })
}

function edgeRoutes(app: FastifyInstance, options: DaemonApiOptions): void {
  const handle = async (request: FastifyRequest, host: string | null) => {
    const edge = options.edge()
    if (!edge) throw estateProblems['server.not-running']({ detail: 'the edge is not running in this estate' })
    const query = request.query as Record<string, unknown> // Fastify's parsed query string
    return edge.routes({ method: request.method, host, query, body: request.body })
  }
  const add = (url: string, method: readonly ('GET' | 'PUT' | 'DELETE')[], tokens: readonly TokenName[]) =>
    app.route<{ Params: { host?: string } }>({
      method: [...method],
      url,
      onRequest: async (request) => requireToken(request, options, tokens),
      handler: async (request, reply) => {
        const answer = await handle(request, request.params.host ?? null)
        return reply.code(answer.status).type(answer.contentType).send(JSON.stringify(answer.body))
      },
    })
  const [writers, readers] = [
    ['edge', 'daemon'],
    ['edge-sweep', 'edge', 'daemon'],
  ] as const
  add('/edge/routes', ['GET'], readers)
  add('/edge/routes/:host', ['GET'], readers)
  add('/edge/routes/:host', ['PUT', 'DELETE'], writers)
}

/** A group of routes that one of these tokens opens. */
const guarded = (
  app: FastifyInstance,
  options: DaemonApiOptions,
  names: readonly TokenName[],
  add: (scope: FastifyInstance) => void,
) =>
  app.register(async (scope) => {
    scope.addHook('onRequest', async (request) => requireToken(request, options, names))
    add(scope)
  })

/** The daemon's loopback API: what a cloud's API is to other targets. Everything but `/healthz` takes a token. */
export function daemonApi(options: DaemonApiOptions): FastifyInstance {
  const app = Fastify({ logger: false, forceCloseConnections: true })
  app.setErrorHandler((error, _request, reply) => {
    const problem = error instanceof Problem ? error : undefined
    const status = problem?.status ?? (error as { statusCode?: number }).statusCode ?? 500
    const title = problem?.title ?? (status < 500 ? 'The request is not valid' : 'The daemon failed')
    const detail = problem?.detail ? { detail: problem.detail } : {}
    const body = {
      ...problem?.extra,
      type: 'about:blank',
      title,
      status,
      code: problem?.code ?? 'request.invalid',
      retryable: problem?.retryable ?? false,
      ...detail,
    }
    return reply.code(status).type('application/problem+json').send(JSON.stringify(body))
  })
  imageRoutes(app, options)
  app.get('/healthz', () => ({ estate: options.estateId, status: 'ok' }))
  void guarded(app, options, ['daemon'], (scope) => {
    serverRoutes(scope, options)
    scope.get('/pods', () => ({ pods: options.pods() }))
    scope.post('/shutdown', (_request, reply) => {
      reply.raw.once('finish', options.shutdown)
      return reply.code(202).send({ status: 'stopping' })
    })
  })
  void guarded(app, options, ['discovery', 'daemon'], (scope) => {
    scope.get('/discovery/pods', async () => (await options.targets()).pods)
    scope.get('/discovery/servers', async () => (await options.targets()).servers)
    scope.get('/metrics', async (_request, reply) =>
      reply.type('text/plain; version=0.0.4').send(await options.metrics()),
    )
  })
  edgeRoutes(app, options)
  void guarded(app, options, ['resources', 'daemon'], (scope) => {
    resourceRoutes(scope, options.resources)
    kindRoutes(scope, options.resources)
  })
  void guarded(app, options, ['keys', 'resources', 'daemon'], (scope) => kindRoutes(scope, options.resources, 'keys'))
  void guarded(app, options, ['resources-sweep', 'resources', 'daemon'], (scope) =>
    resourceListRoute(scope, options.resources),
  )
  return app
}
