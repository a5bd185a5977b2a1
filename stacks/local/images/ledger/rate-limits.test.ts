import { array, assert, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { createRateLimits } from './rate-limits.ts'

const acme = (requestsPerSecond: number, burst: number, id = 'acme') => ({
  id,
  limits: { requestsPerSecond, burst, statementTimeoutMs: 1000 },
})

function clockwork(replicas = 1) {
  let now = 0
  const limits = createRateLimits({ replicas, now: () => now })
  const take = (tenant: ReturnType<typeof acme>, times = 1) =>
    Array.from({ length: times }, () => limits.take(tenant)).filter(({ allowed }) => allowed).length
  return { limits, take, pass: (ms: number) => (now += ms) }
}

test('a burst passes at once, then the sustained rate', () => {
  const { take, pass } = clockwork()
  expect(take(acme(10, 5), 8)).toBe(5)
  pass(300)
  expect(take(acme(10, 5), 8)).toBe(3)
})

test('the answer says how long to wait, in whole seconds', () => {
  const { limits, take } = clockwork()
  take(acme(0.25, 1))
  expect(limits.take(acme(0.25, 1))).toEqual({ allowed: false, retryAfterSeconds: 4 })
})

test('one tenant at its limit takes nothing from another', () => {
  const { take } = clockwork()
  expect(take(acme(1, 2), 100)).toBe(2)
  expect(take(acme(1, 2, 'globex'), 1)).toBe(1)
})

test('changed limits act at once and give back nothing that was used', () => {
  const { take, pass } = clockwork()
  expect(take(acme(10, 10), 10)).toBe(10)
  pass(100)
  expect(take(acme(100, 100), 20), 'the time until now counts at the old rate').toBe(1)
  pass(100)
  expect(take(acme(100, 100), 20)).toBe(10)
  pass(60_000)
  expect(take(acme(100, 100), 1)).toBe(1)
  expect(take(acme(5, 3), 100), 'a smaller bucket holds no more than it can').toBe(3)
})

test('pods share a limit in equal parts, each of at least one request', () => {
  expect(clockwork(2).take(acme(10, 10), 100)).toBe(5)
  expect(clockwork(4).take(acme(10, 2), 100)).toBe(1)
})

test('a tenant that left and came back starts anew; one that stayed does not', () => {
  const { limits, take } = clockwork()
  take(acme(1, 2), 2)
  limits.retain(new Set(['acme']))
  expect(take(acme(1, 2))).toBe(0)
  limits.retain(new Set())
  expect(take(acme(1, 2))).toBe(1)
})

test('whatever the pace, no stretch of time lets through more than burst plus rate times its length', () => {
  assert(
    property(
      integer({ min: 1, max: 50 }),
      integer({ min: 1, max: 50 }),
      array(integer({ min: 0, max: 400 }), { maxLength: 200 }),
      (rate, burst, pauses) => {
        const { take, pass } = clockwork()
        let allowed = 0
        let elapsed = 0
        for (const pause of pauses) {
          pass(pause)
          elapsed += pause
          allowed += take(acme(rate, burst))
        }
        expect(allowed).toBeLessThanOrEqual(burst + (rate * elapsed) / 1000 + 1e-6)
      },
    ),
  )
})
