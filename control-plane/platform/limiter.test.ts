import { expect, test } from 'vitest'
import { createLimiter } from './limiter.ts'

test('so many by key, no more; another key is another count', () => {
  const limiter = createLimiter({ count: 2, windowMs: 60_000 })
  expect(['a', 'a', 'a', 'b', 'a'].map((key) => limiter.allows(key))).toEqual([true, true, false, true, false])
})

test('a window that is over counts no more', async () => {
  const limiter = createLimiter({ count: 1, windowMs: 30 })
  expect([limiter.allows('a'), limiter.allows('a')]).toEqual([true, false])
  await expect.poll(() => limiter.allows('a'), { timeout: 1000, interval: 10 }).toBe(true)
})

test('whoever comes under many keys fills no memory', () => {
  const limiter = createLimiter({ count: 1, windowMs: 60_000, most: 3 })
  for (const key of ['a', 'b', 'c', 'd']) limiter.allows(key)
  expect(limiter.allows('d')).toBe(false)
  expect(limiter.allows('a')).toBe(true) // forgotten as the oldest
})

test('how long to wait is told without counting', async () => {
  const limiter = createLimiter({ count: 2, windowMs: 60 })
  limiter.allows('a')
  expect([limiter.waitMs('a'), limiter.waitMs('b')]).toEqual([0, 0])
  limiter.allows('a')
  expect(limiter.waitMs('a')).toBeGreaterThan(0)
  expect(limiter.waitMs('a')).toBeLessThanOrEqual(60)
  await expect.poll(() => limiter.waitMs('a'), { timeout: 1000, interval: 10 }).toBe(0)
  expect([limiter.allows('a'), limiter.allows('a'), limiter.allows('a')]).toEqual([true, true, false])
})
