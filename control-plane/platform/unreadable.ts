import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Problem } from '../domain/problem.ts'
import { newId } from './ids.ts'
import type { Logger } from './logger.ts'
import { problems, renderProblem } from './problems.ts'

const BY_CODE: Readonly<Record<string, () => Problem>> = {
  HPE_HEADER_OVERFLOW: () => problems['request.headers-too-large'](),
  ERR_HTTP_REQUEST_TIMEOUT: () => problems['request.too-slow'](),
}

/**
 * Answers what never became a request, so that no route or hook sees it: a problem like every other, in place of Node's bare status
 * line. Who has gone already is not answered.
 */
export const answerUnreadable =
  (logger: Pick<Logger, 'debug'>) =>
  (error: Error & { code?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    const problem = (BY_CODE[error.code ?? ''] ?? problems['request.malformed'])()
    const requestId = newId()
    const body = JSON.stringify(renderProblem(problem, requestId))
    logger.debug({ event: 'http.unreadable', code: problem.code, cause: error.code, requestId }, 'no readable request')
    socket.end(
      [
        `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
        'content-type: application/problem+json',
        `content-length: ${Buffer.byteLength(body)}`,
        `x-request-id: ${requestId}`,
        'cache-control: no-store',
        'connection: close',
        '',
        body,
      ].join('\r\n'),
    )
  }
