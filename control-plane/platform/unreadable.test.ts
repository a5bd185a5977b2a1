import { connect, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FastifyInstance } from 'fastify'
import { createHttp } from './http.ts'
import { createLogger } from './logger.ts'

let app: FastifyInstance
let port: number
const lines: string[] = []
beforeAll(async () => {
  const logger = createLogger({ level: 'debug', process: 'test' }, { write: (line: string) => void lines.push(line) })
  app = await createHttp({ logger, version: '0.0.0' })
  await app.listen({ host: '127.0.0.1', port: 0 })
  port = (app.server.address() as AddressInfo).port
})
afterAll(() => app.close())

const send = (bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(bytes))
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => (answer += text))
    socket.on('end', () => resolve(answer))
    socket.on('error', reject)
  })

test.each([
  ['no HTTP at all', 'what do you sell?\r\n\r\n', 400, 'request.malformed'],
  ['a header without a colon', 'GET / HTTP/1.1\r\nhost: plane\r\nhunter2\r\n\r\n', 400, 'request.malformed'],
  [
    'two lengths',
    'POST / HTTP/1.1\r\nhost: plane\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
    400,
    'request.malformed',
  ],
  [
    'headers without end',
    `GET / HTTP/1.1\r\nhost: plane\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
    431,
    'request.headers-too-large',
  ],
])('%s is answered with a problem', async (_what, bytes, status, code) => {
  const answer = await send(bytes)
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  expect(head).toContain(`HTTP/1.1 ${status} `)
  expect(head).toContain('content-type: application/problem+json')
  const problem = JSON.parse(body) as Record<string, unknown>
  expect(problem).toMatchObject({ status, code, type: `urn:steward:problem:${code}` })
  expect(head).toContain(`x-request-id: ${String(problem['instance'])}`)
  expect(lines.join('')).toContain(String(problem['instance']))
  expect(lines.join('')).not.toContain('hunter2')
})
