import { expect, test } from 'vitest'
import { ConfigError } from './config.ts'
import { trustedProxies } from './trusted-proxies.ts'

test('proxies are addresses and networks; nobody is trusted by default', () => {
  expect(trustedProxies(undefined)).toEqual([])
  expect(trustedProxies('10.1.0.0/16, 192.0.2.7,fd00::/8,')).toEqual(['10.1.0.0/16', '192.0.2.7', 'fd00::/8'])
})

test.each([
  'loopback',
  '10.1.0.0/33',
  '10.1.0.0/',
  '10.1/16',
  'fd00::/129',
  '0.0.0.0/0',
  '::/0',
  'fe80::1%eth0',
  '10.0.0.256',
])('%s is refused with the others that are wrong', (wrong) => {
  const work = () => trustedProxies(`10.1.0.0/16,${wrong},everybody`)
  expect(work).toThrow(ConfigError)
  expect(work).toThrow(wrong)
  expect(work).toThrow('"everybody", which is no address')
})
