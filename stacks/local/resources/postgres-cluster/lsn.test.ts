import { expect, test } from 'vitest'
import { bytesBehind, lsnBytes } from './lsn.ts'

test('positions are compared across their two halves', () => {
  expect(lsnBytes('0/0')).toBe(0n)
  expect(lsnBytes('16/B374D848')).toBe(97_500_059_720n)
  expect(bytesBehind('0/FFFFFFFF', '1/1')).toBe(2)
  expect(bytesBehind('1/1', '1/0')).toBe(0)
})
