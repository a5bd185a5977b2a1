import { afterEach, expect, test } from 'vitest'
import { testApi, type TestApi } from '../test/support/api.ts'
import { newSecret } from './platform/secret.ts'

let api: TestApi
afterEach(() => api.close())

const PROXY = '10.1.0.9'
const open = async (trustedProxies?: readonly string[]) =>
  (api = await testApi({ authFailures: { count: 2, windowMs: 60_000 }, ...(trustedProxies && { trustedProxies }) }))
/** Comes with a token of nobody: the third from one address is put off. */
const fails = async (address: string, forwarded: string) =>
  (
    await api.call('GET', '/v1/whoami', {
      token: newSecret('token'),
      address,
      headers: { 'x-forwarded-for': forwarded },
    })
  ).status

test.each([
  ['nobody is trusted', undefined, PROXY],
  ['it comes from elsewhere', ['10.1.0.0/16'], '10.2.0.9'],
  ['it comes from this machine', ['10.1.0.0/16'], '127.0.0.1'],
])('where %s, an address that a request claims for itself is ignored', async (_what, trusted, address) => {
  await open(trusted)
  const statuses = [await fails(address, '203.0.113.1'), await fails(address, '203.0.113.2')]
  expect([...statuses, await fails(address, '203.0.113.3')]).toEqual([401, 401, 429])
})

test.each([PROXY, `::ffff:${PROXY}`])(
  'behind the trusted proxy %s callers are told apart by what it says, not by what they say',
  async (proxy) => {
    await open(['10.1.0.0/16'])
    for (const claimed of ['198.51.100.1', '198.51.100.2'])
      expect(await fails(proxy, `${claimed}, 203.0.113.1`)).toBe(401)
    expect(await fails(proxy, '198.51.100.3, 203.0.113.1')).toBe(429)
    expect(await fails(proxy, '203.0.113.2')).toBe(401)
    expect(await fails(proxy, '203.0.113.1, 10.1.0.10')).toBe(429)
  },
)
