import { expect, test } from 'vitest'
import { endToEnd, hostName, upstreamHeaders } from './headers.ts'

const received = (pairs: readonly [string, string][]) => ({
  rawHeaders: pairs.flat(),
  headers: Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value])),
})

test('headers of the connection stay behind, also the ones that Connection names; repeated ones all pass', () => {
  const request = received([
    ['Host', 'a'],
    ['Connection', 'close, X-Mine'],
    ['X-Mine', '1'],
    ['TE', 'trailers'],
    ['Set-Cookie', '1'],
    ['Set-Cookie', '2'],
  ])
  expect(endToEnd(request)).toEqual(['Host', 'a', 'Set-Cookie', '1', 'Set-Cookie', '2'])
})

test('the outer proxy does not believe a client, the inner one adds to what the outer said', () => {
  const request = received([
    ['Host', 'a.example'],
    ['X-Forwarded-For', '6.6.6.6'],
    ['X-Forwarded-Proto', 'https'],
  ])
  expect(upstreamHeaders(request, '127.0.0.1', false)).toEqual([
    'Host',
    'a.example',
    'x-forwarded-for',
    '127.0.0.1',
    'x-forwarded-host',
    'a.example',
    'x-forwarded-proto',
    'http',
  ])
  expect(upstreamHeaders(request, '127.0.0.1', true)).toEqual([
    'Host',
    'a.example',
    'x-forwarded-for',
    '6.6.6.6, 127.0.0.1',
    'x-forwarded-host',
    'a.example',
    'x-forwarded-proto',
    'https',
  ])
})

test('a host name is read without port, case and trailing dot', () => {
  expect(['A.Example:80', 'a.example.', '[::1]:80', '', undefined].map(hostName)).toEqual([
    'a.example',
    'a.example',
    '[::1]',
    '',
    '',
  ])
})
