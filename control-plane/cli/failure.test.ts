import { expect, test } from 'vitest'
import { EXIT, failureOf, unreachable } from './failure.ts'

const URL_ = 'http://127.0.0.1:7400'
const problem = (status: number, more: Record<string, unknown> = {}) => ({
  code: 'a.b',
  title: 'A title',
  status,
  ...more,
})

test.each([
  [400, {}, EXIT.usage],
  [413, {}, EXIT.usage],
  [415, {}, EXIT.usage],
  [422, {}, EXIT.usage],
  [401, {}, EXIT.access],
  [403, {}, EXIT.access],
  [404, {}, EXIT.notFound],
  [409, {}, EXIT.conflict],
  [412, {}, EXIT.conflict],
  [409, { retryable: true }, EXIT.retryable],
  [429, {}, EXIT.retryable],
  [503, { retryable: true }, EXIT.retryable],
  [500, {}, EXIT.other],
])('a problem of status %i with %o exits with its class', (status, more, code) => {
  expect(failureOf(URL_, status, problem(status, more))).toMatchObject({
    exitCode: code,
    code: 'a.b',
    message: 'A title',
  })
})

test('what is wrong with a request is told by place, what failed inside by the request’s id', () => {
  const errors = [
    { in: 'body', pointer: '/slug', rule: 'minLength', message: 'too short' },
    { in: 'query', pointer: '', rule: 'x', message: 'odd' },
  ]
  const invalid = failureOf(URL_, 400, problem(400, { detail: 'Look here', errors, instance: 'r-1' }))
  expect([invalid.message, invalid.details]).toEqual(['Look here', ['body /slug: too short', 'query /: odd']])
  expect(failureOf(URL_, 500, problem(500, { instance: 'r-2' })).details[0]).toContain('request r-2')
})

test.each([
  [404, '<html>', EXIT.other, 'plane.not-a-plane'],
  [401, {}, EXIT.other, 'plane.not-a-plane'],
  [400, { code: 7 }, EXIT.other, 'plane.not-a-plane'],
  [502, '<html>', EXIT.retryable, 'plane.unreachable'],
  [504, null, EXIT.retryable, 'plane.unreachable'],
])('status %i with %o is not a plane’s answer', (status, body, exitCode, code) => {
  const failure = failureOf(URL_, status, body)
  expect(failure).toMatchObject({ exitCode, code })
  expect(failure.message).toContain(URL_)
})

test('who cannot be reached is named with the reason of each address that was tried', () => {
  const refused = (host: string) => new Error(`connect ECONNREFUSED ${host}`)
  const both = new TypeError('fetch failed', { cause: new AggregateError([refused('::1'), refused('127.0.0.1')]) })
  expect(unreachable('http://localhost:1', both)).toMatchObject({
    exitCode: EXIT.retryable,
    message:
      'cannot reach the plane at http://localhost:1: connect ECONNREFUSED ::1, connect ECONNREFUSED 127.0.0.1; is it running?',
  })
  expect(unreachable(URL_, undefined).message).toContain('no answer')
  expect(unreachable(URL_, new DOMException('x', 'TimeoutError')).message).toContain('no answer in time')
})
