import { IsomorphicFetchHttpLibrary, RequestContext, type ResponseContext } from '@kubernetes/client-node'
import type { ApiCall } from './api-call.ts'
import { createDiscovery, type Discovery } from './discovery.ts'
import { type ApiStatus, clusterProblems, hasCode, isTransient, refusal } from './kubernetes.errors.ts'
import { type Link, sleep } from './link.ts'
import { createSessions, type Session } from './session.ts'

/** A connected cluster. Objects travel as plain JSON: the library's typed models drop the fields they do not know. */
export type Cluster = {
  /** One API call; transient faults are retried for `PATIENCE_MS`. Throws Problems of `clusterProblems`, or the signal's reason. */
  call: (call: ApiCall, link: Link) => Promise<unknown>
  /** The lines of a streaming answer; ends when the server or the signal ends it. */
  stream: (call: ApiCall, link: Link) => AsyncGenerator<string>
  discovery: Discovery
  close: () => Promise<void>
}

const PATIENCE_MS = 15_000
/** A 500 may be a change of etcd's leader, but as well something that the server will never digest. */
const FAILURE_PATIENCE_MS = 2000
const REQUEST_TIMEOUT_MS = 30_000
const FIRST_DELAY_MS = 50
const LONGEST_DELAY_MS = 2000
const http = new IsomorphicFetchHttpLibrary()

/**
 * Connects to the cluster of a kubeconfig file, as its user or as the owner of a bearer token; nothing is read or sent before
 * the first call.
 */
export function connectCluster({ kubeconfig, token }: { kubeconfig: string; token?: string }): Cluster {
  const sessions = createSessions(kubeconfig, token)
  const call = (request: ApiCall, link: Link) => persist(sessions, request, link)
  return {
    call,
    stream: (request, link) => stream(sessions, request, link),
    discovery: createDiscovery(call),
    close: sessions.close,
  }
}

type Sessions = ReturnType<typeof createSessions>
type Answer =
  | { kind: 'done'; body: unknown }
  | { kind: 'retry'; fault: unknown; waitMs: number }
  | { kind: 'renew'; fault: unknown }

async function persist(sessions: Sessions, call: ApiCall, link: Link): Promise<unknown> {
  const begun = Date.now()
  let renewed = false
  for (let delay = FIRST_DELAY_MS; ; delay = Math.min(delay * 2, LONGEST_DELAY_MS)) {
    const answer = await attempt(await sessions.current(), call, link)
    if (answer.kind === 'done') return answer.body
    if (answer.kind === 'renew') {
      if (renewed) throw answer.fault
      renewed = true
      sessions.renew()
      continue
    }
    const waitMs = Math.max(answer.waitMs, delay * (0.5 + Math.random() / 2)) // jitter: many callers must not return at once
    const patience = hasCode(answer.fault, 'cluster.failed') ? FAILURE_PATIENCE_MS : PATIENCE_MS
    if (Date.now() + waitMs > begun + patience) throw answer.fault
    link.onEvent?.({
      message: `${call.what}: trying again (${answer.fault instanceof Error ? answer.fault.message : 'fault'})`,
    })
    await sleep(waitMs, link.signal)
  }
}

async function attempt(session: Session, call: ApiCall, { signal }: Link): Promise<Answer> {
  signal.throwIfAborted()
  try {
    const response = await send(session, call, AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]))
    const text = await response.body.text()
    const status = response.httpStatusCode
    if (status < 300) return { kind: 'done', body: call.accept === 'text/plain' ? text : JSON.parse(text) }
    const said = statusOf(text)
    const fault = refusal(status, said, call.what, call.confidential)
    if (status === 401) return { kind: 'renew', fault }
    if (!isTransient(status, said)) throw fault
    return {
      kind: 'retry',
      fault,
      waitMs: Math.min(Number(response.headers['retry-after'] ?? 0) * 1000 || 0, LONGEST_DELAY_MS),
    }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof TypeError || error instanceof DOMException || error instanceof SyntaxError)) throw error
    return { kind: 'retry', fault: unreachable(call, error), waitMs: 0 } // fetch failed, timed out or the answer broke off
  }
}

function send(session: Session, call: ApiCall, signal: AbortSignal): Promise<ResponseContext> {
  const url = new URL(session.server + call.path)
  for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value)
  const request = new RequestContext(url.href, call.method)
  for (const [name, value] of Object.entries({ ...session.headers, ...call.headers }))
    request.setHeaderParam(name, value)
  request.setHeaderParam('Accept', call.accept ?? 'application/json')
  if (call.body !== undefined) {
    request.setHeaderParam('Content-Type', call.contentType ?? 'application/json')
    request.setBody(JSON.stringify(call.body))
  }
  request.setSignal(signal)
  if (session.dispatcher) request.setDispatcher(session.dispatcher)
  return http.send(request).toPromise()
}

async function* stream(sessions: Sessions, call: ApiCall, { signal }: Link): AsyncGenerator<string> {
  try {
    const response = await send(await sessions.current(), call, signal)
    if (response.httpStatusCode >= 300) {
      const said = statusOf(await response.body.text())
      throw refusal(response.httpStatusCode, said, call.what, call.confidential)
    }
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of response.body.stream() ?? []) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof TypeError || error instanceof DOMException ? unreachable(call, error) : error
  }
}

function statusOf(text: string): ApiStatus {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? body : {}
  } catch {
    return { message: text.slice(0, 200) }
  }
}

function unreachable(call: ApiCall, error: Error): Error {
  const cause = error.cause instanceof Error ? error.cause : error
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name
  return clusterProblems['cluster.unreachable']({ detail: `${call.what}: ${code}`, cause: error })
}
