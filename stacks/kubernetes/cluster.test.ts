import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Cluster, connectCluster } from './cluster.ts'
import { unlinked } from './link.ts'

type Reply = { status: number; body?: object; headers?: Record<string, string> }
let replies: ((request: IncomingMessage) => Reply | 'hang up')[] = []
let seen: string[] = []
let home: string
let kubeconfig: string
let cluster: Cluster
const server = createServer((request, answer) => {
  seen.push(`${request.method} ${request.url} ${request.headers.authorization}`)
  const next = replies.shift()
  const reply: Reply | 'hang up' = next ? next(request) : { status: 200, body: { kind: 'Fine' } }
  if (reply === 'hang up') return void request.socket.destroy()
  answer.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
  return void answer.end(JSON.stringify(reply.body ?? {}))
})

const writeKubeconfig = (token: string) => {
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const config = {
    clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}/`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  }
  return writeFile(kubeconfig, JSON.stringify(config), { mode: 0o600 })
}
beforeEach(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  home = await mkdtemp(path.join(tmpdir(), 'steward-cluster-'))
  kubeconfig = path.join(home, 'kubeconfig')
  await writeKubeconfig('first')
  cluster = connectCluster({ kubeconfig })
  replies = []
  seen = []
})
afterEach(async () => {
  await cluster.close()
  await new Promise((resolve) => server.close(resolve).closeAllConnections())
  await rm(home, { recursive: true })
})
const get = (confidential = false) =>
  cluster.call({ method: 'GET', path: '/api/v1/x', what: 'read x', confidential }, unlinked)

test('transient faults are tried again, and told as events', async () => {
  replies = [
    () => ({ status: 503 }),
    () => 'hang up',
    () => ({ status: 429, headers: { 'retry-after': '0' } }),
    () => ({ status: 403, body: { message: 'pods "a" is forbidden: status unknown for quota: q' } }),
  ]
  const events: string[] = []
  const link = { ...unlinked, onEvent: ({ message }: { message: string }) => events.push(message) }
  expect(await cluster.call({ method: 'GET', path: '/api/v1/x', what: 'read x' }, link)).toEqual({ kind: 'Fine' })
  expect(seen).toHaveLength(5)
  expect(events[1]).toMatch(/^read x: trying again \(read x: /)
})

test('a refusal is not tried again and says the server’s reason, but not about a secret', async () => {
  const refuse = () => ({ status: 422, body: { reason: 'Invalid', message: 'spec.x: Invalid value: "hush"' } })
  replies = [refuse, refuse]
  await expect(get()).rejects.toMatchObject({
    code: 'cluster.refused',
    detail: 'read x: spec.x: Invalid value: "hush"',
  })
  await expect(get(true)).rejects.toMatchObject({ code: 'cluster.refused', detail: 'read x: Invalid' })
  expect(seen).toHaveLength(2)
})

test('a rotated credential is read from the file again; a wrong one is refused', async () => {
  await get()
  await writeKubeconfig('second')
  const onlySecond = ({ headers }: IncomingMessage) => ({
    status: headers.authorization === 'Bearer second' ? 200 : 401,
  })
  replies = [onlySecond, onlySecond]
  await get()
  expect(seen.map((line) => line.split(' ').at(-1))).toEqual(['first', 'first', 'second'])
  replies = [() => ({ status: 401 }), () => ({ status: 401 })]
  await expect(get()).rejects.toMatchObject({ code: 'cluster.unauthenticated', retryable: false })
})

test.each([
  'configmaps "tenants" is forbidden: User "w" cannot get resource "configmaps" in API group ""',
  'forbidden: User "w" cannot get path "/api/v1"',
])(
  'a right that is denied may come, a server that has just started has not read its roles yet: %s',
  async (message) => {
    replies = [() => ({ status: 403, body: { reason: 'Forbidden', message } })]
    await expect(get()).rejects.toMatchObject({ code: 'cluster.forbidden', retryable: true })
    expect(seen).toHaveLength(1)
  },
)

test('a stop is obeyed while waiting for the next try', async () => {
  replies = Array.from({ length: 50 }, () => () => ({ status: 503 }))
  const stop = new AbortController()
  const link = { signal: stop.signal, onEvent: () => stop.abort(new Error('enough')) }
  await expect(cluster.call({ method: 'GET', path: '/api/v1/x', what: 'read x' }, link)).rejects.toThrow('enough')
  expect(seen).toHaveLength(1)
})

test('a kubeconfig that is missing or does not parse is named, and its content is not', async () => {
  const missing = connectCluster({ kubeconfig: path.join(home, 'none') })
  const request = { method: 'GET', path: '/api/v1/x', what: 'read x' } as const
  await expect(missing.call(request, unlinked)).rejects.toMatchObject({
    code: 'cluster.config-invalid',
    detail: `${path.join(home, 'none')}: ENOENT`,
  })
  await writeFile(kubeconfig, 'token: [hush')
  const failure = await connectCluster({ kubeconfig })
    .call(request, unlinked)
    .catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'cluster.config-invalid' })
  expect(String(failure)).not.toContain('hush')
})
