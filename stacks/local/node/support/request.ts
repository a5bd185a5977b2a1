import http from 'node:http'
import { text } from 'node:stream/consumers'

export type Answer = { status: number; headers: http.IncomingHttpHeaders; body: string; json: Record<string, unknown> }
/** One request on a connection of its own; `json` is empty when the body is none. */
export const request = (
  port: number,
  host: string,
  path: string,
  options: { address?: string; method?: string; body?: string; headers?: object } = {},
) =>
  new Promise<Answer>((resolve, reject) => {
    const { address = '127.0.0.1', method = 'GET', body, headers } = options
    const sent = http.request(
      { host: address, port, path, method, agent: false, headers: { host, ...headers } },
      (response) => {
        void text(response).then((answer) => {
          const json = answer.startsWith('{') ? (JSON.parse(answer) as Record<string, unknown>) : {}
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer, json })
        }, reject)
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
