import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { connectPrometheus, samplesIn } from './prometheus.ts'

const success = (data: object) => JSON.stringify({ status: 'success', data })

test('a vector is read as samples, with the values that PromQL has beyond numbers', () => {
  const result = [
    { metric: { job: 'pods', pod: 'a' }, value: [1.5, '1'] },
    { metric: {}, value: [2, '+Inf'] },
    { metric: {}, value: [2, 'NaN'] },
  ]
  expect(samplesIn(200, success({ resultType: 'vector', result }))).toEqual([
    { labels: { job: 'pods', pod: 'a' }, value: 1, at: 1.5 },
    { labels: {}, value: Infinity, at: 2 },
    { labels: {}, value: NaN, at: 2 },
  ])
  expect(samplesIn(200, success({ resultType: 'scalar', result: [3, '-Inf'] }))).toEqual([
    { labels: {}, value: -Infinity, at: 3 },
  ])
  expect(samplesIn(200, success({ resultType: 'vector', result: [] }))).toEqual([])
})

test('a refused query, a server in trouble and a stranger are told apart', () => {
  const refused = JSON.stringify({ status: 'error', errorType: 'bad_data', error: 'parse error' })
  expect(() => samplesIn(400, refused)).toThrow(
    expect.objectContaining({ code: 'metrics.query-refused', detail: 'parse error', retryable: false }),
  )
  expect(() => samplesIn(503, refused)).toThrow(
    expect.objectContaining({ code: 'metrics.unreachable', retryable: true }),
  )
  expect(() => samplesIn(200, '<html>')).toThrow(expect.objectContaining({ code: 'metrics.answer-invalid' }))
  expect(() => samplesIn(200, success({ resultType: 'matrix', result: [] }))).toThrow(
    expect.objectContaining({ code: 'metrics.answer-invalid' }),
  )
})

test('the query is posted below a path prefix, and nobody there is a coded problem', async () => {
  const seen: string[] = []
  const server = createServer((request, answer) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      seen.push(`${request.method} ${request.url} ${body}`)
      answer.end(success({ resultType: 'vector', result: [] }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const prometheus = connectPrometheus({ url: `http://127.0.0.1:${port}/prometheus` })
  expect(await prometheus.query('up{job="a"}', { at: new Date(1500) })).toEqual([])
  expect(seen).toEqual(['POST /prometheus/api/v1/query query=up%7Bjob%3D%22a%22%7D&time=1.5'])
  const stop = AbortSignal.abort(new Error('enough'))
  await expect(prometheus.query('up', { signal: stop })).rejects.toThrow('enough')
  await new Promise((resolve) => server.close(resolve).closeAllConnections())
  await expect(prometheus.query('up')).rejects.toMatchObject({ code: 'metrics.unreachable' })
})
