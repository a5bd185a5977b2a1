import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { percentile, timeRemaining, type StepProgress } from './estimate.ts'

const pending = (step: string): StepProgress => ({ step, state: 'pending', elapsedMs: 0 })
const history = { a: [100, 200, 300], b: [1000, 1000, 1000, 5000] }

test('what is left is the sum of the steps that remain', () => {
  expect(timeRemaining([pending('a'), pending('b')], history)).toEqual({ p50Ms: 1200, p95Ms: 290 + 4400 })
  expect(timeRemaining([{ step: 'a', state: 'succeeded', elapsedMs: 150 }, pending('b')], history)).toEqual({
    p50Ms: 1000,
    p95Ms: 4400,
  })
})

test('a step under way counts for what is left of it, and never less than nothing', () => {
  expect(timeRemaining([{ step: 'a', state: 'running', elapsedMs: 150 }], history)).toEqual({ p50Ms: 50, p95Ms: 140 })
  expect(timeRemaining([{ step: 'a', state: 'running', elapsedMs: 9000 }], history)).toEqual({ p50Ms: 0, p95Ms: 0 })
  expect(timeRemaining([{ step: 'a', state: 'failed', elapsedMs: 9000 }], history)).toEqual({ p50Ms: 200, p95Ms: 290 })
})

test('too little history says so instead of guessing', () => {
  expect(timeRemaining([pending('a'), pending('new')], history)).toBeNull()
  expect(timeRemaining([pending('a')], { a: [1, 2] })).toBeNull()
  expect(timeRemaining([{ step: 'new', state: 'succeeded', elapsedMs: 1 }, pending('a')], history)).not.toBeNull()
})

test('percentiles lie between the samples and do not depend on their order', () => {
  const samples = fc.array(fc.nat(10_000), { minLength: 1 })
  fc.assert(
    fc.property(samples, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
      const found = percentile(values, share)
      expect(found).toBeGreaterThanOrEqual(Math.min(...values))
      expect(found).toBeLessThanOrEqual(Math.max(...values))
      expect(percentile(values.toReversed(), share)).toBe(found)
      expect(percentile(values, 0.5)).toBeLessThanOrEqual(percentile(values, 0.95))
    }),
  )
})
