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
  expect(judge(measured, [{ of: 'memory', max: 1 }])).toEqual(['memory was not measured'])
})
