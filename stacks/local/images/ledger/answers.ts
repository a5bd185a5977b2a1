import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../../../control-plane/domain/problem.ts'
import { problems } from './errors.ts'
import { fieldFaults } from './validation.ts'

/** Renders every fault as RFC 9457 `application/problem+json`; from 500 up without detail, with the cause in the log. */
export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => answer(request, reply, problemOf(error)))
  app.setNotFoundHandler((request, reply) => answer(request, reply, problems['route.not-found']()))
}

function problemOf(error: FastifyError | Problem): Problem {
  if (error instanceof Problem) return error
  const cause = { cause: error }
  if (error.validation) return problems['request.invalid']({ ...cause, fields: fieldFaults(error.validation) })
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return problems['request.too-large'](cause)
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return problems['request.unsupported-media-type'](cause)
  if (error.statusCode !== undefined && error.statusCode < 500) return problems['request.malformed'](cause)
  return problems['internal.error'](cause)
}

function answer(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const { code, status, title, retryable, detail, fields, extra, cause } = problem
  if (status >= 500) request.log.error({ event: 'request.failed', code, err: cause ?? problem }, 'request failed')
  const retryAfter = extra['retryAfterSeconds'] ?? (status === 503 ? 1 : undefined)
  if (typeof retryAfter === 'number') void reply.header('retry-after', String(retryAfter))
  const head = { type: `urn:ledger:problem:${code}`, title, status, code, retryable, instance: request.id }
  const particulars = status >= 500 ? {} : { detail, errors: fields.length > 0 ? fields : undefined }
  // serialised here: the response schemas of routes describe their successes only
  return reply
    .code(status)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send({ ...head, ...particulars })
}
