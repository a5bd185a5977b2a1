import http from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { type ClusterAccess, readKubeconfig } from './kubeconfig.ts'

/** The API server answered with an error; `reason` is that of its Status object, for example `NotFound`. */
export class KubeError extends Error {
  readonly status: number
  readonly reason: string
  constructor(status: number, reason: string, message: string) {
    super(message)
    this.name = 'KubeError'
    this.status = status
    this.reason = reason
  }
}

export type KubeClient = ReturnType<typeof connectKube>
type Call = { body?: unknown; contentType?: string; signal?: AbortSignal }

/** Time without an answer after which a request (not a watch) is given up, in milliseconds. */
const ANSWER_TIMEOUT_MS = 15_000

/** A light client of one API server: JSON requests over kept-alive connections, and watches as streams. Errors are `KubeError`s. */
export function connectKube({ kubeconfig }: { kubeconfig: string }) {
  const access = readKubeconfig(kubeconfig)
  const { protocol, hostname, port } = new URL(access.server)
  const { request } = protocol === 'https:' ? https : http
  const tls = tlsOptions(access)
  const secure = protocol === 'https:'
  const agent = secure ? new https.Agent({ keepAlive: true, ...tls }) : new http.Agent({ keepAlive: true })
  // A watch holds its connection for minutes: kept apart, so that closing the client can cut them all.
  const watches = secure ? new https.Agent(tls) : new http.Agent()

  const open = (method: string, path: string, { body, contentType, signal }: Call, via: http.Agent) =>
    new Promise<http.IncomingMessage>((resolve, reject) => {
      const payload = body === undefined ? undefined : JSON.stringify(body)
      const headers: http.OutgoingHttpHeaders = { accept: 'application/json' }
      if (access.token) headers['authorization'] = `Bearer ${access.token}`
      if (payload !== undefined) {
        headers['content-type'] = contentType ?? 'application/json'
        headers['content-length'] = Buffer.byteLength(payload)
      }
      const sent = request(
        { method, hostname, port, path, headers, agent: via, ...(signal ? { signal } : {}) },
        resolve,
      )
      sent.setTimeout(ANSWER_TIMEOUT_MS, () =>
        sent.destroy(new Error(`no answer from the API server: ${method} ${path}`)),
      )
      sent.on('error', reject)
      sent.end(payload)
    })

  const call = async <T>(method: string, path: string, options: Call = {}): Promise<T> => {
    const response = await open(method, path, options, agent)
    const answer = await text(response)
    if ((response.statusCode ?? 500) >= 300) throw failure(method, path, response.statusCode ?? 500, answer)
    return JSON.parse(answer) as T // the caller names the type of the path it asks for
  }

  return {
    get: <T>(path: string, signal?: AbortSignal) => call<T>('GET', path, signal ? { signal } : {}),
    create: <T>(path: string, body: unknown) => call<T>('POST', path, { body }),
    /** Strategic merge: lists with a merge key (conditions) are merged, so that other writers' entries stay. Core types only. */
    patch: <T>(path: string, body: unknown) =>
      call<T>('PATCH', path, { body, contentType: 'application/strategic-merge-patch+json' }),
    /** RFC 7386 merge: lists are replaced whole. For custom resources. */
    merge: <T>(path: string, body: unknown) =>
      call<T>('PATCH', path, { body, contentType: 'application/merge-patch+json' }),
    remove: <T>(path: string, body: unknown) => call<T>('DELETE', path, { body }),
    /** Opens a watch: the response streams one JSON event per line until the server ends it or `signal` fires. */
    async watch(path: string, signal: AbortSignal): Promise<http.IncomingMessage> {
      const response = await open('GET', path, { signal }, watches)
      response.socket.setTimeout(0)
      if (response.statusCode !== 200) throw failure('WATCH', path, response.statusCode ?? 500, await text(response))
      return response
    },
    close(): void {
      agent.destroy()
      watches.destroy()
    },
  }
}

const tlsOptions = ({ ca, cert, key }: ClusterAccess): https.AgentOptions => ({
  ...(ca ? { ca } : {}),
  ...(cert ? { cert } : {}),
  ...(key ? { key } : {}),
})

function failure(method: string, path: string, status: number, answer: string): KubeError {
  const known = (() => {
    try {
      return JSON.parse(answer) as { reason?: string; message?: string }
    } catch {
      return {} // a proxy's or an overloaded server's plain text
    }
  })()
  return new KubeError(
    status,
    known.reason ?? 'Unknown',
    `${method} ${path}: ${status} ${known.message ?? answer.slice(0, 200)}`,
  )
}

export const isMissing = (error: unknown): boolean => error instanceof KubeError && error.status === 404
