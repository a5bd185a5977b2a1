import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyOverrides, LIMIT_NAMES, OVERRIDE_BOUNDS, overrideFaults, patchOverrides, sameLimits } from './limits.ts'

const plan = { requestsPerSecond: 20, burst: 40, statementTimeoutMs: 2000 }

test('an override replaces what the plan grants and leaves the rest', () => {
  expect(applyOverrides(plan, { burst: 80 })).toEqual({ ...plan, burst: 80 })
})

test('a patch sets one override, null takes it back, null for all takes all back, nothing changes nothing', () => {
  const current = { burst: 80, requestsPerSecond: 30 }
  expect(patchOverrides(current, { burst: 90 })).toEqual({ burst: 90, requestsPerSecond: 30 })
  expect(patchOverrides(current, { burst: null })).toEqual({ requestsPerSecond: 30 })
  expect(patchOverrides(current, null)).toEqual({})
  expect(patchOverrides(current, undefined)).toEqual(current)
  expect(current).toEqual({ burst: 80, requestsPerSecond: 30 })
})

test('overrides inside the bounds have no fault; just outside, each is named with its pointer', () => {
  fc.assert(
    fc.property(fc.constantFrom(...LIMIT_NAMES), (name) => {
      const { least, factor } = OVERRIDE_BOUNDS[name]
      const most = plan[name] * factor
      expect(overrideFaults(plan, { [name]: least })).toEqual([])
      expect(overrideFaults(plan, { [name]: most })).toEqual([])
      for (const wrong of [least - 1, most + 1, least + 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        const faults = overrideFaults(plan, { [name]: wrong })
        expect(faults.map(({ pointer, rule }) => [pointer, rule])).toEqual([[`/limits/${name}`, 'limits.bounds']])
      }
    }),
  )
})

test('limits are the same when every one of them is', () => {
  expect(sameLimits(plan, { ...plan })).toBe(true)
  expect(sameLimits(plan, { ...plan, burst: 41 })).toBe(false)
  expect(sameLimits({}, { burst: 41 })).toBe(false)
})
