import { readFile } from 'node:fs/promises'
import { defineProblems, Problem } from '../../../control-plane/domain/problem.ts'
import { providerProblems } from './provider.errors.ts'

/** A resource as the target tells it. */
export type TargetResource = {
  kind: string
  name: string
  owner: string | null
  inputs: Readonly<Record<string, unknown>>
  state: 'creating' | 'ready' | 'failed' | 'deleting'
  error: { code: string; detail: string } | null
  /** Addresses and paths, never secrets; empty until they are known. */
  outputs: Readonly<Record<string, string | number>>
  observed: Readonly<Record<string, unknown>>
}
export type TargetClient = ReturnType<typeof createTargetClient>
export type TargetAccess = {
  /** Base URL of the daemon, on loopback. */
  url: string
  /** File with the token; read at each request, so that a rotated one is taken up. */
  tokenFile: string
}

/** One request takes at most this long; what the target makes takes longer, and is asked for again. */
const REQUEST_MS = 10_000

type Answer = { status: number; body: Record<string, unknown> }

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The target's own problem, with its code, so that who asked the engine can tell one from another. */
function refusal({ status, body }: Answer, what: string, tokenFile: string): Problem {
  const code = text(body['code'])
  const detail = `${what}: ${text(body['detail']) || text(body['title']) || `HTTP ${status}`}`
  if (status === 401) return providerProblems['target.unauthenticated']({ detail: `${what}: token of ${tokenFile}` })
  const extra = { field: body['field'] ?? null, fields: body['fields'] ?? null }
  if (!/^[a-z]+\.[a-z-]+$/.test(code)) {
    return providerProblems[status >= 500 ? 'target.unreachable' : 'target.refused']({ detail, extra })
  }
  const definition = { status, retryable: body['retryable'] === true, title: text(body['title']) || code }
  const own = defineProblems({ [code]: definition })[code]
  return own ? own({ detail, extra }) : providerProblems['target.refused']({ detail, extra })
}

async function readToken(tokenFile: string): Promise<string> {
  const read = await readFile(tokenFile, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw providerProblems['target.settings-invalid']({ detail: `${tokenFile}: ${cause.code ?? 'cannot be read'}` })
  })
  const token = read.trim()
  if (/^[\x21-\x7e]+$/.test(token)) return token // else it is no header, and the error would quote it
  throw providerProblems['target.settings-invalid']({ detail: `${tokenFile} holds no token` })
}

/** Speaks the resources API of a target. Fails with `target.*`, and with the target's own codes. */
export function createTargetClient({ url, tokenFile }: TargetAccess) {
  const ask = async (
    method: 'GET' | 'PUT' | 'DELETE',
    { kind, name }: { kind: string; name: string },
    signal: AbortSignal,
    { body, owner }: { body?: unknown; owner?: string } = {},
  ): Promise<Answer> => {
    const what = `${method} ${kind} ${name}`
    const headers = {
      authorization: `Bearer ${await readToken(tokenFile)}`,
      ...(owner === undefined ? {} : { 'steward-owner': owner }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    try {
      const path = `/resources/${encodeURIComponent(kind)}/${encodeURIComponent(name)}`
      const response = await fetch(new URL(path, url), {
        method,
        headers,
        signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const said: unknown = await response.json().catch(() => ({}))
      return { status: response.status, body: typeof said === 'object' && said !== null ? { ...said } : {} }
    } catch (cause) {
      signal.throwIfAborted()
      throw providerProblems['target.unreachable']({ detail: `${what}: ${url} does not answer`, cause })
    }
  }
  const fail = (answer: Answer, what: string): never => {
    throw refusal(answer, what, tokenFile)
  }
  return {
    /** Asks for a resource with these inputs, as this owner's; the same again changes nothing. */
    async put(at: { kind: string; name: string }, inputs: unknown, owner: string, signal: AbortSignal) {
      const answer = await ask('PUT', at, signal, { body: inputs, owner })
      if (answer.status !== 202) fail(answer, `${at.kind} ${at.name}`)
    },
    /** The resource, or undefined when there is none. */
    async get(at: { kind: string; name: string }, signal: AbortSignal): Promise<TargetResource | undefined> {
      const answer = await ask('GET', at, signal)
      if (answer.status === 404 && answer.body['code'] === 'resource.unknown') return undefined
      if (answer.status !== 200) fail(answer, `${at.kind} ${at.name}`)
      return answer.body as TargetResource // the contract of the resources API
    },
    /** Asks for its end; what is gone is gone. */
    async remove(at: { kind: string; name: string }, owner: string, signal: AbortSignal) {
      const answer = await ask('DELETE', at, signal, { owner })
      if (answer.status !== 202 && answer.status !== 404) fail(answer, `${at.kind} ${at.name}`)
    },
  }
}
