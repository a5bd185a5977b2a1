import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { type ProxyOptions, type Upstream, createProxy } from './proxy.ts'
import { type Listening, listen } from './server.ts'

const HOST = '127.0.0.1'
async function serve(handler: RequestListener): Promise<Listening> {
  const server = await listen(HOST, 0, handler)
  onTestFinished(() => server.stop())
  return server
}
async function proxyTo(upstreams: () => readonly Upstream[], options: Partial<ProxyOptions> = {}): Promise<number> {
  const proxy = createProxy({ trustForwarded: false, ...options })
  onTestFinished(() => proxy.close())
  return (await serve((request, response) => proxy.forward(request, response, upstreams()))).port
}
const at = ({ port }: { port: number }): Upstream => ({ host: HOST, port })
const CLOSED: Upstream = { host: HOST, port: 1 }

type Answer = { status: number; headers: http.IncomingHttpHeaders; body: string }
const ask = (
  port: number,
  { method = 'GET', body = '', headers = {} }: { method?: string; body?: string; headers?: object } = {},
) =>
  new Promise<Answer>((resolve, reject) => {
    const sent = http.request({ host: HOST, port, method, agent: false, headers: { ...headers } }, (response) => {
      text(response).then(
        (answer) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer }),
        reject,
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
const echo = async (request: IncomingMessage, response: ServerResponse) => {
  response.writeHead(200, ['x-one', '1', 'x-one', '2'])
  response.end(`${request.method} ${await text(request)}`)
}

test('a refused connection moves on to the next upstream, body and all', async () => {
  const upstream = await serve((request, response) => void echo(request, response))
  const port = await proxyTo(() => [CLOSED, at(upstream)])
  expect(await ask(port, { method: 'POST', body: 'x'.repeat(200_000) })).toMatchObject({
    status: 200,
    body: `POST ${'x'.repeat(200_000)}`,
    headers: { 'x-one': '1, 2' },
  })
})

test('nothing that accepts a connection is 503 with Retry-After', async () => {
  const port = await proxyTo(() => [CLOSED])
  const answer = await ask(port)
  expect(answer).toMatchObject({
    status: 503,
    headers: { 'retry-after': '1', 'content-type': 'application/problem+json' },
  })
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'upstream.unavailable', retryable: true })
})

test('an upstream that breaks the connection before it answers is 502, one that is silent 504', async () => {
  const rude = await serve((request) => void request.socket.destroy())
  expect((await ask(await proxyTo(() => [at(rude)]))).status).toBe(502)
  const silent = await serve(() => undefined)
  expect((await ask(await proxyTo(() => [at(silent)], { silenceMs: 50 }))).status).toBe(504)
})

test('half an answer never looks whole', async () => {
  const upstream = await serve((request, response) => {
    response.write('half')
    setImmediate(() => request.socket.destroy())
  })
  await expect(ask(await proxyTo(() => [at(upstream)]))).rejects.toThrow(/aborted|hang up|terminated/)
})

test('a kept connection that the upstream has closed costs a reader no error', async () => {
  let upstream = await listen(HOST, 0, (_request, response) => void response.end('one'))
  const { port: fixed } = upstream
  const port = await proxyTo(() => [{ host: HOST, port: fixed }])
  expect((await ask(port)).body).toBe('one')
  await upstream.stop()
  upstream = await listen(HOST, fixed, (_request, response) => void response.end('two'))
  onTestFinished(() => upstream.stop())
  expect((await ask(port)).body).toBe('two')
})

test('answers stream: the first part arrives before the last is written', async () => {
  let finish = () => undefined as void
  const upstream = await serve((_request, response) => {
    response.write('first')
    finish = () => void response.end('last')
  })
  const port = await proxyTo(() => [at(upstream)])
  const seen = await new Promise<string>((resolve, reject) => {
    let all = ''
    const sent = http.get({ host: HOST, port, agent: false }, (response) => {
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        all += part
        if (all === 'first') finish()
      })
      response.on('end', () => resolve(all))
    })
    sent.on('error', reject)
  })
  expect(seen).toBe('firstlast')
})

test('a client that goes away ends the request upstream', async () => {
  const gone = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  const upstream = await serve((_request, response) => {
    response.once('close', () => gone.resolve())
    reached.resolve()
  })
  const port = await proxyTo(() => [at(upstream)])
  const client = connect(port, HOST, () => client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
  await reached.promise
  client.destroy()
  await gone.promise
})

test('a request that states its length twice is refused, not passed on', async () => {
  const upstream = await serve((request, response) => void echo(request, response))
  const port = await proxyTo(() => [at(upstream)])
  const answer = await new Promise<string>((resolve) => {
    const client = connect(port, HOST, () => {
      client.write(
        'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /',
      )
    })
    resolve(text(client))
  })
  expect(answer).toMatch(/^HTTP\/1\.1 400/)
})
