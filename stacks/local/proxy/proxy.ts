import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { endToEnd, upstreamHeaders } from './headers.ts'
import { proxyProblems, sendProblem } from './problems.ts'

export type Upstream = { host: string; port: number }

export type ProxyOptions = {
  /** True behind another proxy of ours, whose X-Forwarded headers are kept. */
  trustForwarded: boolean
  /** Longest silence of an upstream, in milliseconds; default 60 s. */
  silenceMs?: number
}

export interface Proxy {
  /** Sends the request to the first upstream that accepts the connection; answers with a problem when none does. */
  forward: (request: IncomingMessage, response: ServerResponse, upstreams: readonly Upstream[]) => void
  close: () => void
}

/** Methods whose repetition changes nothing, so that a kept-alive connection found dead costs the client no error. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])
/** Nothing of the request has reached the upstream with these. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'ENETUNREACH'])
const DEFAULT_SILENCE_MS = 60_000
/** Shorter than the idle time servers usually allow (Node 5 s, Fastify 72 s), so that we rarely reuse what they just closed. */
const IDLE_MS = 4_000

/**
 * One reverse proxy core for edge and gateway: streaming both ways over kept-alive connections. It does not upgrade connections
 * (WebSocket): such a request goes upstream as an ordinary one. node:http and not a proxy library, because the retry on
 * the next endpoint needs to know whether the request has left us.
 */
export function createProxy({ trustForwarded, silenceMs = DEFAULT_SILENCE_MS }: ProxyOptions): Proxy {
  // lifo keeps few connections warm and lets the rest expire.
  const agent = new http.Agent({ keepAlive: true, scheduling: 'lifo', maxFreeSockets: 256 })
  agent.on('free', (socket) => socket.setTimeout(IDLE_MS))

  const forward: Proxy['forward'] = (request, response, upstreams) => {
    let attempt = 0
    let current: http.ClientRequest | undefined
    // The client is gone: the upstream need not finish an answer that nobody reads.
    response.once('close', () => !response.writableFinished && current?.destroy())

    const next = () => {
      const upstream = upstreams[attempt]
      attempt += 1
      if (!upstream) return sendProblem(response, proxyProblems['upstream.unavailable']())
      const sent = send(request, response, upstream)
      current = sent
      sent.on('error', (error: NodeJS.ErrnoException) => fail(error, sent))
    }
    const fail = (error: NodeJS.ErrnoException, sent: http.ClientRequest) => {
      if (response.destroyed || sent !== current) return
      if (response.headersSent) return void response.destroy()
      const { code = '' } = error
      if (NOT_CONNECTED.has(code)) return next()
      // Ends with the pool: a fresh connection is not a reused one.
      if (sent.reusedSocket && code === 'ECONNRESET' && SAFE.has(request.method ?? '') && !hasBody(request)) {
        attempt -= 1
        return next()
      }
      const problem = proxyProblems[code === 'ETIMEDOUT' ? 'upstream.timeout' : 'upstream.failed']
      response.setHeader('connection', 'close') // what is left of the request body is not read
      sendProblem(response, problem())
    }
    next()
  }

  const send = (request: IncomingMessage, response: ServerResponse, { host, port }: Upstream): http.ClientRequest => {
    const headers = upstreamHeaders(request, request.socket.remoteAddress ?? '', trustForwarded)
    const sent = http.request({ host, port, method: request.method, path: request.url, headers, agent, setHost: false })
    sent.setTimeout(silenceMs, () => sent.destroy(Object.assign(new Error('upstream silent'), { code: 'ETIMEDOUT' })))
    sent.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer))
      answer.pipe(response)
      // Half an answer must not look whole: the client's connection is cut, too.
      answer.on('error', () => response.destroy())
    })
    if (!hasBody(request)) sent.end()
    // Only once connected, so that a refused connection leaves the body unread for the next upstream.
    else {
      sent.once('socket', (socket) => {
        if (socket.connecting) socket.once('connect', () => request.pipe(sent))
        else request.pipe(sent)
      })
    }
    return sent
  }

  return { forward, close: () => agent.destroy() }
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
