import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Edge, startEdge } from './edge.ts'

const HOST = 'acme.localhost'
let [folder, target] = ['', '']
let edge: Edge
const gateway = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"served":true}')
})
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'steward-edge-'))
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve))
  target = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}` // it listens on a port
  edge = await start()
})
afterAll(async () => {
  await edge?.stop()
  gateway.closeAllConnections()
  gateway.close()
  await rm(folder, { recursive: true, force: true })
})
const start = () =>
  startEdge({
    host: '127.0.0.1',
    port: 0,
    stateFile: path.join(folder, 'routes.json'),
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  })

const put = (body: object) =>
  edge.routes({ method: 'PUT', host: HOST, query: {}, body: { target, unit: 'acme', tenant: 't', epoch: 1, ...body } })
type Seen = { status: number | undefined; retryAfter?: string | undefined; body: unknown }
const askWhole = () =>
  new Promise<Seen>((resolve, reject) => {
    get({ host: '127.0.0.1', port: edge.port, path: '/whoami', headers: { host: HOST } }, (response) => {
      const { statusCode: status, headers } = response
      json(response).then((body) => resolve({ status, retryAfter: headers['retry-after'], body }), reject)
    }).on('error', reject)
  })
const ask = async () => {
  const { status, body } = await askWhole()
  return { status, body }
}

test('a refusing route is answered with 403 here, also after a restart, and sends on when it is opened again', async () => {
  await put({})
  expect(await ask()).toEqual({ status: 200, body: { served: true } })
  expect((await put({ epoch: 2, refusing: true })).status).toBe(200)
  expect(await ask()).toMatchObject({ status: 403, body: { code: 'tenant.suspended', status: 403 } })
  await edge.stop()
  edge = await start()
  expect((await ask()).status).toBe(403)
  const { body } = await edge.routes({ method: 'GET', host: null, query: {}, body: undefined })
  expect(body).toMatchObject({ routes: [{ host: HOST, refusing: true, epoch: 2 }] })
  expect((await put({ epoch: 1 })).status).toBe(409)
  await put({ epoch: 3 })
  expect((await ask()).status).toBe(200)
})

test('refusing is true or false, and nothing else', async () => {
  const answer = await put({ epoch: 4, refusing: 'yes' })
  expect([answer.status, answer.body]).toMatchObject([400, { code: 'edge.route-invalid' }])
  expect((await ask()).status).toBe(200)
})

test('what is over the limits of a route is answered with 429 here, and when to come back; without limits all is sent on', async () => {
  await put({ epoch: 5, limits: { requestsPerSecond: 1, burst: 2 } })
  expect([(await ask()).status, (await ask()).status]).toEqual([200, 200])
  expect(await askWhole()).toMatchObject({
    status: 429,
    retryAfter: '1',
    body: { code: 'tenant.over-limit', status: 429, retryable: true },
  })
  await put({ epoch: 6 })
  expect((await ask()).status).toBe(200)
})

test.each([
  ['no object', 5],
  ['one of them missing', { burst: 2 }],
  ['none at all', { requestsPerSecond: 0, burst: 2 }],
  ['a fraction', { requestsPerSecond: 1.5, burst: 2 }],
  ['one too many', { requestsPerSecond: 1, burst: 2, statementTimeoutMs: 3 }],
])('limits with %s are refused and change nothing', async (_what, limits) => {
  const answer = await put({ epoch: 7, limits })
  expect([answer.status, answer.body]).toMatchObject([400, { code: 'edge.route-invalid' }])
  const { body } = await edge.routes({ method: 'GET', host: null, query: {}, body: undefined })
  expect(body).toMatchObject({ routes: [{ host: HOST, epoch: 6 }] })
})
