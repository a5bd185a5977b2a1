import http from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { edgeRoutes } from './edge-routes.ts'
import { probeHost } from './probe-host.ts'

async function serve(handler: http.RequestListener): Promise<string> {
  const server = http.createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => server.closeAllConnections())
  onTestFinished(() => void server.close())
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('not listening')
  return `http://127.0.0.1:${address.port}`
}

test('an edge that does not answer is retryable, a refusal keeps its code', async () => {
  const away = edgeRoutes({ url: 'http://127.0.0.1:1', token: 't' })
  await expect(away.list()).rejects.toMatchObject({ code: 'edge.unreachable', retryable: true })
  const url = await serve((request, response) => {
    const allowed = request.headers.authorization === 'Bearer right'
    const problem = { code: 'estate.token-missing', title: 'The token is missing or wrong', retryable: false }
    response.writeHead(allowed ? 200 : 401).end(JSON.stringify(allowed ? { routes: [] } : problem))
  })
  expect(await edgeRoutes({ url, token: 'right' }).list()).toEqual([])
  await expect(edgeRoutes({ url, token: 'wrong' }).list()).rejects.toMatchObject({
    code: 'estate.token-missing',
    status: 401,
  })
})

test('a probe asks with the host name until the answer is right, and tells each new kind of answer once', async () => {
  const statuses = [404, 404, 503, 200]
  const edgeUrl = await serve((request, response) => {
    response.writeHead(statuses.shift() ?? 200).end(request.headers.host)
  })
  const events: string[] = []
  const link = {
    signal: AbortSignal.timeout(20_000),
    onEvent: ({ message }: { message: string }) => void events.push(message),
  }
  const expecting = (status: number, body: string) => status === 200 && body === 'acme.localhost'
  expect(await probeHost({ edgeUrl, host: 'acme.localhost', expect: expecting }, link)).toEqual({ attempts: 4 })
  expect(events).toEqual(['acme.localhost answers HTTP 404 so far', 'acme.localhost answers HTTP 503 so far'])
})

test('a probe ends with the reason of its signal', async () => {
  const stop = new AbortController()
  const reason = new Error('cancelled')
  const link = { signal: stop.signal, onEvent: () => stop.abort(reason) }
  await expect(probeHost({ edgeUrl: 'http://127.0.0.1:1', host: 'a', expect: () => true }, link)).rejects.toBe(reason)
})
