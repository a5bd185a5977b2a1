import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { imageRegistry, pathOf } from './registry.ts'

let asked: string[] = []
let status = 200
const server = createServer((request, answer) => {
  asked.push(`${request.method} ${request.url}`)
  answer.writeHead(status).end()
})
let url: string
beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on TCP
})
afterAll(() => server.close())
const link = { signal: new AbortController().signal }

test('a registry is asked for the manifest of the tag, whatever host the repository names', async () => {
  asked = []
  status = 200
  expect(await imageRegistry(url).has('registry.example:5000/team/notes', '1.0.0', link)).toBe(true)
  status = 404
  expect(await imageRegistry(url).has('ledger', '9.9.9', link)).toBe(false)
  expect(asked).toEqual(['HEAD /v2/team/notes/manifests/1.0.0', 'HEAD /v2/ledger/manifests/9.9.9'])
})

test('without a registry nothing is known', async () => {
  expect(await imageRegistry(null).has('ledger', '1.0.0', link)).toBeNull()
})

test('one that fails or is away says neither yes nor no', async () => {
  status = 500
  const unknown = expect.objectContaining({ code: 'registry.unreachable', retryable: true })
  await expect(imageRegistry(url).has('ledger', '1.0.0', link)).rejects.toEqual(unknown)
  await expect(imageRegistry('http://127.0.0.1:1').has('ledger', '1.0.0', link)).rejects.toEqual(unknown)
})

test.each([
  ['ledger', 'ledger'],
  ['team/ledger', 'team/ledger'],
  ['localhost:5000/ledger', 'ledger'],
  ['ghcr.io/team/ledger', 'team/ledger'],
])('the path of %s is %s', (repository, path) => {
  expect(pathOf(repository)).toBe(path)
})
