import { expect, test } from 'vitest'
import { createHostLimits } from './host-limits.ts'

function clockwork(open: (host: string) => boolean = () => true) {
  let now = 0
  const limits = createHostLimits(open, () => now)
  const take = (host: string, requestsPerSecond: number, burst: number, times = 1) =>
    Array.from({ length: times }, () => limits.take({ host, limits: { requestsPerSecond, burst } })).filter(
      (wait) => wait === null,
    ).length
  return { limits, take, pass: (ms: number) => (now += ms) }
}

test('a burst passes, then the sustained rate, and each host has its own', () => {
  const { take, pass } = clockwork()
  expect(take('a.example', 10, 5, 8)).toBe(5)
  expect(take('b.example', 10, 5, 8)).toBe(5)
  pass(300)
  expect(take('a.example', 10, 5, 8)).toBe(3)
})

test('who is refused is told when to come back, in whole seconds', () => {
  const { limits, take } = clockwork()
  take('a.example', 0.25, 1)
  expect(limits.take({ host: 'a.example', limits: { requestsPerSecond: 0.25, burst: 1 } })).toBe(4)
})

test('a route without limits is never refused', () => {
  const { limits } = clockwork()
  for (let n = 0; n < 1000; n++) expect(limits.take({ host: 'a.example' })).toBe(null)
})

test('hosts that are gone are forgotten, those that are open are not', () => {
  const { take } = clockwork((host) => host === 'stays.example')
  expect(take('stays.example', 1, 2, 2)).toBe(2)
  for (let n = 0; n < 1001; n++) take(`gone-${n}.example`, 1, 1)
  expect(take('stays.example', 1, 2, 1), 'its bucket is still empty').toBe(0)
  expect(take('gone-0.example', 1, 1, 1), 'forgotten: full again').toBe(1)
})
