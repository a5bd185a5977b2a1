import { expect, test } from 'vitest'
import { createAuthFailures, networkOf } from './auth-failures.ts'

const of = (count = 2, windowMs = 60_000) => createAuthFailures({ count, windowMs })
const fail = (failures: ReturnType<typeof of>, address: string, times: number) => {
  for (let n = 0; n < times; n++) failures.unknown(address)
}

test('an address that fails too often is put off, with the seconds to wait; no other is', () => {
  const failures = of()
  fail(failures, '203.0.113.7', 1)
  expect(failures.beforeLookup('203.0.113.7', 'x')).toBeUndefined()
  fail(failures, '203.0.113.7', 1)
  expect(failures.beforeLookup('203.0.113.7', 'x')).toMatchObject({
    code: 'auth.too-many-failures',
    status: 429,
    retryable: true,
    extra: { retryAfterSeconds: 60 },
  })
  expect(failures.beforeLookup('203.0.113.8', 'x')).toBeUndefined()
})

test('who was good before passes from an address that others spoil', () => {
  const failures = of()
  failures.succeeded('good')
  fail(failures, '203.0.113.7', 5)
  expect(failures.beforeLookup('203.0.113.7', 'good')).toBeUndefined()
  expect(failures.beforeLookup('203.0.113.7', 'new')).toBeDefined()
})

test('a refused token is put off by its id, and its window ends', async () => {
  const failures = of(1, 40)
  expect(failures.refused('a')).toBeUndefined()
  expect(failures.refused('a')).toMatchObject({ code: 'auth.too-many-failures' })
  expect(failures.refused('b')).toBeUndefined()
  await expect.poll(() => failures.refused('a'), { timeout: 1000, interval: 50 }).toBeUndefined()
})

test('trying on while one is put off does not make it longer', async () => {
  const failures = of(1, 60)
  fail(failures, 'a', 1)
  const tries = async () => {
    const problem = failures.beforeLookup('a', 'x')
    if (problem === undefined) failures.unknown('a')
    return problem
  }
  expect(await tries()).toBeDefined()
  await expect.poll(tries, { timeout: 1000, interval: 10 }).toBeUndefined()
})

test('ever new addresses and ever new good tokens fill no memory, and the latest are kept', () => {
  const failures = of()
  for (let n = 0; n < 30_000; n++) {
    fail(failures, `198.51.100.${n}`, 2)
    failures.succeeded(`token-${n}`)
  }
  expect(failures.beforeLookup('198.51.100.0', 'x')).toBeUndefined()
  expect(failures.beforeLookup('198.51.100.29999', 'token-0')).toBeDefined()
  expect(failures.beforeLookup('198.51.100.29999', 'token-29999')).toBeUndefined()
})

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::6', '2001:db8:1:2::/64'],
  ['2001:db8::1:2:3:4:5', '2001:db8:0:1::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
