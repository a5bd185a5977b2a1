import { Agent, get } from 'node:http'

/** One answer to a request with the credential: when it was sent, when it was answered, and whether it was let in. */
export type Seen = { sent: number; answered: number; letIn: boolean }

/** Asks one process again and again with a credential, one request after the other, until it is told to stop. */
export function watch(url: string, token: string): { seen: readonly Seen[]; stop: () => Promise<Seen[]> } {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const seen: Seen[] = []
  const stopping = new AbortController()
  const once = () =>
    new Promise<number>((resolve, reject) => {
      get(url, { agent, headers: { authorization: `Bearer ${token}` } }, (answer) => {
        answer.resume()
        answer.on('end', () => resolve(answer.statusCode ?? 0))
      }).on('error', reject)
    })
  const loop = async () => {
    while (!stopping.signal.aborted) {
      const sent = performance.now()
      const status = await once()
      if (status !== 200 && ![401, 403, 429].includes(status)) throw new Error(`${url} answered ${status}`)
      seen.push({ sent, answered: performance.now(), letIn: status === 200 })
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  const ended = loop()
  ended.catch(() => {}) // told by stop
  return {
    seen,
    stop: async () => {
      stopping.abort()
      await ended
      agent.destroy()
      return seen
    },
  }
}
