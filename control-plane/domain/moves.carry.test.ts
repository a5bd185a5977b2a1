import { expect, test } from 'vitest'
import { carriedBack, type Origin } from './moves.ts'

const plan = { limits: { requestsPerSecond: 10, burst: 20, statementTimeoutMs: 1000 } }
const origin: Origin = {
  terms: { plan: 'starter', overrides: { burst: 40 }, limits: { ...plan.limits, burst: 40 } },
  notKept: [],
}
const roomy = async () => true

test('what was changed is changed where it came from, and nothing else', async () => {
  const after = await carriedBack(origin, { burst: 40 }, { burst: 50, statementTimeoutMs: 2000 }, { plan, fits: roomy })
  expect(after).toEqual({
    terms: {
      plan: 'starter',
      overrides: { burst: 50, statementTimeoutMs: 2000 },
      limits: { requestsPerSecond: 10, burst: 50, statementTimeoutMs: 2000 },
    },
    notKept: [],
  })
})

test('what is taken back is taken back there, too', async () => {
  const after = await carriedBack(origin, { burst: 40 }, {}, { plan, fits: roomy })
  expect(after.terms).toEqual({ plan: 'starter', overrides: {}, limits: plan.limits })
})

test('what its plan does not grant is named, and stays as it was; the rest goes with it', async () => {
  const wanted = { burst: 1000, statementTimeoutMs: 4000 }
  const after = await carriedBack(origin, { burst: 40 }, wanted, { plan, fits: roomy })
  expect(after.terms.overrides).toEqual({ burst: 40, statementTimeoutMs: 4000 })
  expect(after.notKept).toEqual(['burst'])
  const again = await carriedBack(after, wanted, { burst: 60, statementTimeoutMs: 4000 }, { plan, fits: roomy })
  expect(again).toMatchObject({ terms: { overrides: { burst: 60, statementTimeoutMs: 4000 } }, notKept: [] })
  expect((await carriedBack(after, wanted, { burst: 1000 }, { plan, fits: roomy })).notKept).toEqual(['burst'])
})

test('more requests than there is room for are named; fewer need none', async () => {
  const asked: number[] = []
  const fits = async ({ requestsPerSecond }: { requestsPerSecond: number }) => asked.push(requestsPerSecond) === 0
  const more = await carriedBack(origin, {}, { requestsPerSecond: 30, burst: 30 }, { plan, fits })
  expect(more).toMatchObject({ terms: { overrides: { burst: 30 } }, notKept: ['requestsPerSecond'] })
  expect(more.terms.limits.requestsPerSecond).toBe(10)
  expect((await carriedBack(origin, {}, { requestsPerSecond: 5 }, { plan, fits })).notKept).toEqual([])
  expect(asked).toEqual([30])
})

test('of a plan that is gone nothing more can be granted', async () => {
  const after = await carriedBack(origin, { burst: 40 }, { burst: 50 }, { plan: undefined, fits: roomy })
  expect(after).toEqual({ terms: origin.terms, notKept: ['burst'] })
})
