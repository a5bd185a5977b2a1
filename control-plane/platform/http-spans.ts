import { context, type Context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { underTraceParent } from './spans.ts'

type Traced = { span: Span; at: Context }
const traced = new WeakMap<FastifyRequest, Traced>()

/**
 * A span around every request, in the caller's trace when it names one. Hooks and handlers run inside it: Node loses the thread
 * when a body arrives, so it is taken up again after parsing, and once more for what is said of the answer.
 */
export function traceRequests(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, next) => {
    if (request.routeOptions.config.quiet) return next()
    const span = trace.getTracer('steward').startSpan(
      `${request.method} ${routeOf(request)}`,
      {
        kind: SpanKind.SERVER,
        attributes: {
          'http.request.method': request.method,
          'http.route': routeOf(request),
          'steward.request.id': request.id,
        },
      },
      underTraceParent(request.headers['traceparent']),
    )
    const at = trace.setSpan(context.active(), span)
    traced.set(request, { span, at })
    context.with(at, next)
  })
  app.addHook('preValidation', (request, _reply, next) => inside(request, next))
  app.addHook('onResponse', (request, reply, next) => {
    const { span } = traced.get(request) ?? {}
    span?.setAttribute('http.response.status_code', reply.statusCode)
    if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR })
    span?.end()
    inside(request, next)
  })
}

const routeOf = (request: FastifyRequest): string => (request.is404 ? 'none' : (request.routeOptions.url ?? 'none'))

function inside(request: FastifyRequest, next: () => void): void {
  const at = traced.get(request)?.at
  if (at === undefined) next()
  else context.with(at, next)
}
