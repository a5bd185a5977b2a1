import { request } from 'node:http'
import { text } from 'node:stream/consumers'

const ANSWER_WITHIN_MS = 5_000

/** What a pod answers; `fetch` forbids saying which host is asked, so this is one level below. */
export type Answer = { status: number; body: string }
export type Pod = { name: string; host: string; port: number }

/** Asks a pod for a path, under its own address or under the name of a tenant's host. Rejects when nothing answers in time. */
export function ask({ host, port }: Pod, path: string, asked: string | null, signal: AbortSignal): Promise<Answer> {
  const headers = asked === null ? {} : { host: asked }
  const stop = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)])
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, path, headers, agent: false, signal: stop }, (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject)
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** The members of an answer in JSON; none where it is something else. */
export function membersOf({ body }: Answer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
