import { expect, test } from 'vitest'
import { quantity } from './quantity.ts'

test.each([
  ['16', 16],
  ['1500m', 1.5],
  ['4Gi', 4 * 2 ** 30],
  ['2k', 2000],
  ['1e3', 1000],
  ['0.5', 0.5],
])('%s is %d', (text, number) => expect(quantity(text)).toBeCloseTo(number))

test.each(['', 'many', '5Mo', '-1'])('"%s" is no quantity', (text) => expect(quantity(text)).toBeNaN())
