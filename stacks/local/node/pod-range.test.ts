import { expect, test } from 'vitest'
import { candidates, createAddresses, listensIn, reachableAddress } from './pod-range.ts'

test('a remembered range is tried first, and every range once', () => {
  const order = candidates('/home/a', 77)
  expect(order[0]).toBe(77)
  expect(new Set(order).size).toBe(256)
  expect(candidates('/home/a', Number.NaN)[0]).toBe(candidates('/home/a', Number.NaN)[0])
})

test('a range in which something listens is seen in the kernel table, other states and ranges are not', () => {
  const line = (local: string, state: string) =>
    `   0: ${local}:1F90 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000 0 0 1`
  expect(listensIn(line('0209F47F', '0A'), 9)).toBe(true)
  expect(listensIn(line('0209F47F', '01'), 9)).toBe(false)
  expect(listensIn(line('0209F47F', '0A'), 2)).toBe(false)
  expect(listensIn(line('0100007F', '0A'), 0)).toBe(false)
})

test('pods get different addresses, keep theirs, and a freed one is used again last', () => {
  const addresses = createAddresses(9)
  expect(addresses.allocate('a', undefined)).toBe('10.244.9.2')
  expect(addresses.allocate('a', undefined)).toBe('10.244.9.2')
  expect(addresses.allocate('b', '10.244.9.200')).toBe('10.244.9.200')
  expect(addresses.allocate('c', '10.244.9.200')).toBe('10.244.9.3')
  expect(addresses.allocate('d', '10.244.8.7')).toBe('10.244.9.4')
  addresses.release('a')
  expect(addresses.allocate('e', undefined)).toBe('10.244.9.5')
  expect(reachableAddress('10.244.9.5')).toBe('127.244.9.5')
})

test('there are 253 pod addresses in a range, and then none', () => {
  const addresses = createAddresses(0)
  const all = Array.from({ length: 253 }, (_, index) => addresses.allocate(`p${index}`, undefined))
  expect(new Set(all).size).toBe(253)
  expect(addresses.allocate('one-more', undefined)).toBeNull()
  addresses.release('p7')
  expect(addresses.allocate('one-more', undefined)).toBe('10.244.0.9')
})
