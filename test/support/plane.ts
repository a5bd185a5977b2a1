import { request as httpRequest } from 'node:http'
import { pauseAfter } from './pause.ts'

/** The public API as a test or the demo uses it: plain HTTP with a token. */
export type Answer<Body = Record<string, unknown>> = { status: number; headers: Headers; body: Body }
export type OperationView = {
  id: string
  kind: string
  state: string
  error: { code: string; message: string } | null
  steps: { step: string; title: string; state: string; startedAt: string | null; finishedAt: string | null }[]
}

export type PlaneClient = {
  call: <Body = Record<string, unknown>>(
    method: string,
    path: string,
    options?: { body?: unknown; headers?: Record<string, string>; token?: string | null },
  ) => Promise<Answer<Body>>
  /** Follows an operation to its end, for five minutes or so many seconds; throws when it did not succeed (unless `expected` says otherwise). */
  settle: (
    operationId: string,
    expected?: 'succeeded' | 'failed' | 'cancelled',
    seconds?: number,
  ) => Promise<OperationView>
}

const FINAL = ['succeeded', 'failed', 'cancelled']

export function planeClient({ url, token }: { url: string; token: string }): PlaneClient {
  const call: PlaneClient['call'] = async (method, path, options = {}) => {
    const headers: Record<string, string> = { ...options.headers }
    const bearer = options.token === undefined ? token : options.token
    if (bearer !== null) headers['authorization'] = `Bearer ${bearer}`
    if (options.body !== undefined) headers['content-type'] = 'application/json'
    const body = options.body === undefined ? null : JSON.stringify(options.body)
    const answer = await fetch(new URL(path, url), { method, headers, body })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, body: (text === '' ? {} : JSON.parse(text)) as never }
  }
  const settle: PlaneClient['settle'] = async (operationId, expected = 'succeeded', seconds = 300) => {
    const began = Date.now()
    for (;;) {
      const { body } = await call<OperationView>('GET', `/v1/operations/${operationId}`)
      if (FINAL.includes(body.state)) {
        if (body.state !== expected)
          throw new Error(`operation ${body.kind} ended ${body.state}: ${JSON.stringify(body)}`)
        return body
      }
      const waited = Date.now() - began
      if (waited > seconds * 1000)
        throw new Error(`operation ${body.kind} is still ${body.state}: ${JSON.stringify(body)}`)
      await new Promise((resolve) => setTimeout(resolve, pauseAfter(waited)))
    }
  }
  return { call, settle }
}

export type HostAnswer = { status: number; body: string }

/** A customer's request through the edge: `fetch` forbids setting Host, so this is one level below. */
export function asCustomer(
  edgeUrl: string,
  host: string,
  path: string,
  { method = 'GET', body }: { method?: string; body?: unknown } = {},
): Promise<HostAnswer> {
  const payload = body === undefined ? undefined : JSON.stringify(body)
  const headers = {
    host,
    ...(payload === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
  }
  return new Promise((resolve, reject) => {
    const sent = httpRequest(new URL(path, edgeUrl), { method, headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
    })
    sent.on('error', reject)
    sent.end(payload)
  })
}
