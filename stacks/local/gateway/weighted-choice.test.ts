import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { choose, weighted } from './weighted-choice.ts'

test('every backend gets exactly its share over one round', () => {
  const weights = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(weights, (list) => {
      const total = list.reduce((sum, weight) => sum + weight, 0)
      const choices = weighted(list.map((weight, value) => ({ value, weight })))
      const counts = list.map(() => 0)
      for (let turn = 0; turn < total; turn += 1) {
        const chosen = choose(choices)
        if (chosen !== null) counts[chosen] = (counts[chosen] ?? 0) + 1
      }
      expect(counts).toEqual(list)
    }),
  )
})

test('a small weight is spread out, not bunched', () => {
  const choices = weighted([
    { value: 'stable', weight: 3 },
    { value: 'canary', weight: 1 },
  ])
  const seen = Array.from({ length: 8 }, () => choose(choices))
  expect(seen.map((value) => value === 'canary')).toEqual([false, false, true, false, false, false, true, false])
})

test('nothing is chosen when no weight is above zero', () => {
  expect(choose(weighted([{ value: 'a', weight: 0 }]))).toBeNull()
  expect(choose([])).toBeNull()
})
