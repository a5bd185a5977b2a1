import type { IncomingMessage, ServerResponse } from 'node:http'
import { hasToken } from '../../daemon/tokens.ts'
import type { NodePod } from '../../node/pod-worker.ts'

type Answers = { token: string; pods: () => NodePod[]; metrics: () => string }

/** What the program with node and gateway says: `/healthz` to anybody, `/pods` and `/metrics` to whoever has the token. */
export function answerWith({ token, pods, metrics }: Answers) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const send = (status: number, type: string, body: string) =>
      response.writeHead(status, { 'content-type': type }).end(body)
    const json = (status: number, body: unknown) => send(status, 'application/json', JSON.stringify(body))
    const { url } = request
    if (url === '/healthz') return void json(200, { status: 'ok' })
    if (!hasToken(request.headers.authorization, token)) return void json(401, { code: 'estate.token-missing' })
    if (url === '/pods') return void json(200, { pods: pods() })
    if (url === '/metrics') return void send(200, 'text/plain; version=0.0.4', metrics())
    return void json(404, { code: 'request.invalid' })
  }
}
