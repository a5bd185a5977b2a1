import { expect, test } from 'vitest'
import { judgeClause, overallClause, tallyClauses, type Sighting } from './contract.ts'

const saw = (holds: boolean | null): Sighting => ({ what: 'x', expected: 'y', seen: 'z', holds })

test.each([
  [[], 'not-checked'],
  [[true], 'pass'],
  [[true, true], 'pass'],
  [[true, null], 'not-checked'],
  [[null, false], 'fail'],
  [[true, false], 'fail'],
] as const)('%j is %s', (seen, outcome) => {
  expect(judgeClause(seen.map(saw))).toBe(outcome)
})

test.each([
  [[], 'not-checked'],
  [['pass', 'pass'], 'pass'],
  [['pass', 'not-checked'], 'not-checked'],
  [['not-checked', 'fail', 'pass'], 'fail'],
] as const)('%j together are %s', (outcomes, overall) => {
  expect(overallClause(outcomes.map((outcome) => ({ outcome })))).toBe(overall)
})

test('outcomes are counted', () => {
  expect(tallyClauses([{ outcome: 'pass' }, { outcome: 'pass' }, { outcome: 'fail' }])).toEqual({
    pass: 2,
    fail: 1,
    'not-checked': 0,
  })
})
