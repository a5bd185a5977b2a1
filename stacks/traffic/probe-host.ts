import http from 'node:http'
import { text } from 'node:stream/consumers'

export type ProbeOptions = {
  /** Where customers connect, for example `http://127.0.0.1:7401`. */
  edgeUrl: string
  host: string
  /** Default `/whoami`. */
  path?: string
  /** Judges one answer; the body is text. */
  expect: (status: number, body: string) => boolean
}
export type ProbeLink = { signal: AbortSignal; onEvent?: (event: { message: string }) => void }

/** Time between attempts, in milliseconds: small against the 700 ms a provision may take. */
const INTERVAL_MS = 20
const ATTEMPT_TIMEOUT_MS = 2_000

/**
 * Requests a host through the edge until the answer is the expected one, however long that takes: the caller's signal is the
 * deadline, and its reason is what this rejects with. Reports each new kind of answer once.
 */
export async function probeHost(options: ProbeOptions, link: ProbeLink): Promise<{ attempts: number }> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  let seen = ''
  try {
    for (let attempts = 1; ; attempts += 1) {
      link.signal.throwIfAborted()
      const { status, body } = await ask(options, agent, link.signal)
      if (status !== 0 && options.expect(status, body)) return { attempts }
      const now = status === 0 ? `no answer (${body})` : `HTTP ${status}`
      if (now !== seen) link.onEvent?.({ message: `${options.host} answers ${now} so far` })
      seen = now
      await pause(link.signal)
    }
  } finally {
    agent.destroy()
  }
}

/** One attempt; status 0 and the error's code when there was no answer. node:http, because fetch does not let us set Host. */
function ask({ edgeUrl, host, path = '/whoami' }: ProbeOptions, agent: http.Agent, signal: AbortSignal) {
  return new Promise<{ status: number; body: string }>((resolve) => {
    const failed = (error: NodeJS.ErrnoException) => resolve({ status: 0, body: error.code ?? error.message })
    const request = http.get(
      new URL(path, edgeUrl),
      { agent, signal, headers: { host }, timeout: ATTEMPT_TIMEOUT_MS },
      (response) => {
        text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), failed)
      },
    )
    request.on('timeout', () => request.destroy(Object.assign(new Error('silent'), { code: 'ETIMEDOUT' })))
    request.on('error', failed)
  })
}

const pause = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(done, INTERVAL_MS)
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
  })
