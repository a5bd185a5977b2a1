import { expect, test } from 'vitest'
import { extendedEnd, trialEnd } from './trials.ts'

const now = new Date('2026-11-22T09:30:00.000Z')

test('a trial ends so many days after it began, and what is no trial never ends', () => {
  expect(trialEnd(14, now)).toBe('2026-12-06T09:30:00.000Z')
  expect(trialEnd(null, now)).toBeNull()
})

test('more days come after the end it had, or after now when that is past', () => {
  expect(extendedEnd(new Date('2026-11-24T00:00:00.000Z'), 7, now)).toBe('2026-12-01T00:00:00.000Z')
  expect(extendedEnd(new Date('2026-11-01T00:00:00.000Z'), 7, now)).toBe('2026-11-29T09:30:00.000Z')
})
