import http from 'node:http'
import { text } from 'node:stream/consumers'
import type { Edge } from '../../edge/edge.ts'
import { type Listening, listen } from '../../proxy/server.ts'

/** Serves the edge's administration as the daemon does, without its token. */
export const serveEdgeApi = (edge: Edge): Promise<Listening> =>
  listen('127.0.0.1', 0, (request, response) => void answer(edge, request, response))

async function answer(edge: Edge, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://edge')
  const host = /^\/edge\/routes\/(.+)$/.exec(url.pathname)?.[1] ?? null
  const body = await text(request)
  const query = Object.fromEntries(url.searchParams)
  const method = request.method ?? 'GET'
  const {
    status,
    contentType,
    body: said,
  } = await edge.routes({ method, host, query, body: body ? JSON.parse(body) : undefined })
  response.writeHead(status, { 'content-type': contentType }).end(JSON.stringify(said))
}
