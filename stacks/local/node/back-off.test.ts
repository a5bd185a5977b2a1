import { expect, test } from 'vitest'
import { afterExit } from './back-off.ts'

const waits = (rans: readonly number[]): number[] => {
  let backOff = { failures: 0 }
  return rans.map((ran) => {
    const next = afterExit(backOff, ran)
    backOff = next.backOff
    return next.waitMs
  })
}

test('the first restart is at once, later ones wait twice as long each time, up to a minute', () => {
  expect(waits(Array.from({ length: 9 }, () => 5))).toEqual([
    0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
  ])
})

test('a container that ran for ten minutes starts over', () => {
  expect(waits([5, 5, 5, 600_000, 5])).toEqual([0, 1_000, 2_000, 0, 1_000])
})
