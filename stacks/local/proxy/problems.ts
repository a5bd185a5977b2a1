import type { ServerResponse } from 'node:http'
import { type Problem, defineProblems } from '../../../control-plane/domain/problem.ts'

/** What the edge and the gateway answer themselves; everything else a client sees comes from the product. */
export const proxyProblems = defineProblems<
  | 'host.unknown'
  | 'tenant.suspended'
  | 'tenant.over-limit'
  | 'host.not-ready'
  | 'upstream.unavailable'
  | 'upstream.failed'
  | 'upstream.timeout'
>({
  'host.unknown': { status: 404, retryable: false, title: 'No tenant is served at this host name' },
  'tenant.suspended': { status: 403, retryable: false, title: 'This tenant is suspended' },
  'tenant.over-limit': { status: 429, retryable: true, title: 'This tenant has used its request limit' },
  'host.not-ready': { status: 503, retryable: true, title: 'The routes are not loaded yet; try again' },
  'upstream.unavailable': {
    status: 503,
    retryable: true,
    title: 'Nothing is ready to serve this host name; try again',
  },
  'upstream.failed': { status: 502, retryable: true, title: 'The serving process broke the connection; try again' },
  'upstream.timeout': { status: 504, retryable: true, title: 'The serving process did not answer in time; try again' },
})

/** Seconds a client is asked to wait before it repeats a request that found nothing ready. */
const RETRY_AFTER_SECONDS = 1

/** Answers with a problem (RFC 9457). A response that has already begun can only be cut off. */
export function sendProblem(response: ServerResponse, problem: Problem, retryAfterSeconds?: number): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const body = JSON.stringify({
    type: 'about:blank',
    title: problem.title,
    status: problem.status,
    code: problem.code,
    retryable: problem.retryable,
    ...(problem.detail ? { detail: problem.detail } : {}),
  })
  const retryAfter = retryAfterSeconds ?? (problem.status === 503 ? RETRY_AFTER_SECONDS : undefined)
  response.writeHead(problem.status, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  })
  response.end(body)
}
