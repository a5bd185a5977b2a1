import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyError,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { Problem } from '../domain/problem.ts'
import { newId } from './ids.ts'
import { illFormedAt } from './json.ts'
import type { Logger } from './logger.ts'
import { documentation } from './openapi.ts'
import { asProblem } from './problem-of.ts'
import { problems, renderProblem } from './problems.ts'
import { checkRoute } from './routes.ts'
import { SECRET_INSIDE } from './secret.ts'
import { traceRequests } from './http-spans.ts'
import { answerUnreadable } from './unreadable.ts'
import { compileValidator, UNCHECKED } from './validation.ts'

/** Largest body, in bytes: a tenant with the longest notes fits eight times. */
export const BODY_LIMIT = 64 * 1024

/** What may be trusted of a request id that a caller brings: short, plain and none of our secrets, because it ends up in logs and records. */
const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/
const requestIdOf = (given: string | string[] | undefined): string =>
  typeof given === 'string' && REQUEST_ID.test(given) && !SECRET_INSIDE.test(given) ? given : newId()

/**
 * The HTTP core that knows no feature: validation, problems, request ids, limits, time-outs, the OpenAPI document. Whatever
 * route is added later must declare `config.access`, `operationId` and `tags`, or adding it throws.
 */
export async function createHttp(options: {
  logger: Logger
  version: string
  /** Addresses and networks whose `X-Forwarded-*` headers are believed; none when left out. */
  trustedProxies?: readonly string[]
}): Promise<FastifyInstance> {
  const { trustedProxies: proxies = [] } = options
  const loggerInstance: FastifyBaseLogger = options.logger.child({}, { serializers: { req: loggedRequest } })
  const app: FastifyInstance = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }), // one line of ours per answer instead
    genReqId: (request) => requestIdOf(request.headers['x-request-id']),
    bodyLimit: BODY_LIMIT,
    trustProxy: proxies.length > 0 && [...proxies],
    // not setValidatorCompiler: a plugin that adds schemas would fall back to the default, which coerces and strips bodies
    // (Fastify's type of this option is that of ajv.compile; what it calls is a compiler of route parts: hence the cast)
    schemaController: { compilersFactory: { buildValidator: () => compileValidator as never } },
    requestTimeout: 30_000,
    connectionTimeout: 0, // streams of events stay open; requestTimeout bounds how long a request may take to arrive
    keepAliveTimeout: 72_000,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: false },
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    clientErrorHandler: answerUnreadable(options.logger),
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply),
  })
  app.removeContentTypeParser('text/plain')
  app.addHook('onRoute', checkRoute)
  traceRequests(app)
  app.setSchemaErrorFormatter((errors, part) =>
    Object.assign(new Error('validation'), { validation: errors, validationContext: part }),
  )
  app.setErrorHandler<FastifyError>((error, request, reply) => sendProblem(error, request, reply))
  app.setNotFoundHandler((request, reply) => {
    const detail = `${request.method} ${request.url.split('?')[0]} does not exist: see /docs`
    return sendProblem(problems['route.not-found']({ detail }), request, reply)
  })
  app.addHook('onRequest', async (request, reply) => {
    void reply
      .header('x-request-id', request.id)
      .header('cache-control', 'no-store')
      .header('x-content-type-options', 'nosniff')
  })
  app.addHook('preValidation', refuseUndeclaredBody)
  app.addHook('preHandler', refuseIllFormedText)
  app.addHook('onResponse', logAnswer)
  await app.register(documentation, { version: options.version })
  return app
}

const loggedRequest = (request: FastifyRequest) => ({ method: request.method, route: request.routeOptions?.url })

/** A body where none is declared would be dropped silently: it is refused like an unknown field. */
async function refuseUndeclaredBody(request: FastifyRequest): Promise<void> {
  const { body, routeOptions } = request
  const empty = body === undefined || body === null || (typeof body === 'object' && Object.keys(body).length === 0)
  if (empty || routeOptions.schema?.body !== undefined || request.is404) return
  throw problems['request.invalid']({
    fields: [{ pointer: '', rule: 'maxProperties', message: 'must be empty: this request takes no body' }],
  })
}

/** The database would keep another text than the audit record hashes. After validation, which bounds how deep a body goes. */
async function refuseIllFormedText({ body }: FastifyRequest): Promise<void> {
  const pointer = illFormedAt(body)
  if (pointer === undefined) return
  throw problems['request.invalid']({
    fields: [{ pointer, rule: 'unicode', message: 'must be Unicode text: it holds half of a surrogate pair' }],
  })
}

async function logAnswer(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const route = request.is404 ? undefined : request.routeOptions.url
  const fields = {
    event: 'http.answered',
    method: request.method,
    route,
    status: reply.statusCode,
    durationMs: Math.round(reply.elapsedTime),
  }
  const level = route === undefined || request.routeOptions.config.quiet ? 'debug' : 'info'
  request.log[level](fields, 'request answered')
}

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = error instanceof Problem ? error : asProblem(error)
  if (problem.status >= 500) {
    request.log.error({ event: 'http.failed', code: problem.code, err: problem.cause ?? problem }, 'request failed')
  } else if (problem.status === 401) {
    request.log.warn({ event: 'access.refused', code: problem.code, route: request.routeOptions.url }, 'access refused')
  }
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="steward"')
  if (problem.status === 503) void reply.header('retry-after', '1')
  const { retryAfterSeconds } = problem.extra
  if (typeof retryAfterSeconds === 'number') void reply.header('retry-after', String(retryAfterSeconds))
  void reply.removeHeader('etag').removeHeader('location')
  void reply.header('x-request-id', request.id).code(problem.status).type('application/problem+json')
  return reply.serializer(UNCHECKED).send(renderProblem(problem, request.id))
}
