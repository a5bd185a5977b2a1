import { defineProblems, type Problem } from '../domain/problem.ts'
import type { ProblemBody } from './schemas.ts'

/** Codes that any route may answer with. */
export const problems = defineProblems({
  'request.invalid': { status: 400, retryable: false, title: 'The request breaks its schema' },
  'request.malformed': { status: 400, retryable: false, title: 'The request cannot be read' },
  'request.headers-too-large': { status: 431, retryable: false, title: 'The headers are too large' },
  'request.too-slow': { status: 408, retryable: true, title: 'The request did not arrive in time' },
  'request.too-large': { status: 413, retryable: false, title: 'The body is too large' },
  'request.unsupported-media-type': { status: 415, retryable: false, title: 'The body is not application/json' },
  'route.not-found': { status: 404, retryable: false, title: 'No such route' },
  'access.unauthenticated': { status: 401, retryable: false, title: 'A valid token is needed' },
  'access.token-in-url': { status: 400, retryable: false, title: 'A token does not belong into a URL' },
  'access.cross-site': { status: 403, retryable: false, title: 'Another site must not act in your name' },
  'auth.too-many-failures': { status: 429, retryable: true, title: 'Authentication failed too often' },
  'access.forbidden': { status: 403, retryable: false, title: 'Your role does not allow this' },
  'cursor.invalid': { status: 400, retryable: false, title: 'The cursor is not one of ours' },
  'generation.stale': { status: 412, retryable: false, title: 'It has changed since you read it' },
  'idempotency.reused': { status: 422, retryable: false, title: 'This Idempotency-Key was used for another request' },
  'idempotency.in-progress': {
    status: 409,
    retryable: true,
    title: 'The first request with this Idempotency-Key still runs',
  },
  'plane.unavailable': { status: 503, retryable: true, title: 'A part the plane needs cannot be reached' },
  'internal.error': { status: 500, retryable: false, title: 'Something failed inside the plane' },
})

/** The body of the answer (RFC 9457). From 500 up it names nothing but the request, under which the log has the rest. */
export function renderProblem(problem: Problem, requestId: string): ProblemBody {
  const { code, status, title, retryable, detail, fields, extra } = problem
  const head = { type: `urn:steward:problem:${code}`, title, status, code, retryable, instance: requestId }
  if (status >= 500) return head
  return {
    ...extra,
    ...head,
    ...(detail === undefined ? {} : { detail }),
    ...(fields.length === 0
      ? {}
      : {
          errors: fields.map(({ in: where = 'body', pointer, rule, message }) => ({
            in: where,
            pointer,
            rule,
            message,
          })),
        }),
  }
}
