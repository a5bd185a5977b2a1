import { expect, test } from 'vitest'
import { judge, percentile } from './report.ts'

const measured = { figures: { ready_p50_ms: 900 }, ratios: { growth: 1.4 }, compared_with: 'x', runs: 3 }

test('a percentile is a value that was measured', () => {
  expect(percentile([5, 1, 9, 3], 0.5)).toBe(3)
  expect(percentile([5, 1, 9, 3], 0.95)).toBe(9)
  expect(() => percentile([], 0.5)).toThrow('no samples')
})

test('a missed bar and one that nobody measured are both misses', () => {
  expect(
    judge(measured, [
      { of: 'ready_p50_ms', max: 1000 },
      { of: 'growth', min: 1 },
    ]),
  ).toEqual([])
  expect(judge(measured, [{ of: 'ready_p50_ms', max: 800 }])).toHaveLength(1)
  expect(judge(measured, [{ of: 'growth', min: 2 }])).toHaveLength(1)
  expect(judge(measured, [{ of: 'memory', max: 1 }])).toEqual([{ text: 'memory was not measured', tolerated: false }])
})

test('between a bar and the floor of a decision a miss is told and tolerated, beyond the floor only told', () => {
  const floored = (bar: { min?: number; max?: number }, value: number) =>
    judge(measured, [{ of: 'ready_p50_ms', ...bar, floor: { value, decision: '0041' } }])
  expect(floored({ min: 1000 }, 800)).toEqual([{ text: expect.stringContaining('0041'), tolerated: true }])
  expect(floored({ min: 1000 }, 901)).toEqual([{ text: expect.stringContaining('901'), tolerated: false }])
  expect(floored({ max: 800 }, 900)).toMatchObject([{ tolerated: true }])
  expect(floored({ max: 800 }, 899)).toMatchObject([{ tolerated: false }])
  expect(floored({ min: 900 }, 800)).toEqual([])
})
