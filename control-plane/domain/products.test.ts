import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expandedBy, isSupportedContract, mayRunOn, type SchemaFacts } from './products.ts'

const [v1, v2, breaking]: SchemaFacts[] = [
  { schema: 1, rollbackTo: 1 },
  { schema: 2, rollbackTo: 1 },
  { schema: 3, rollbackTo: 2 },
] as const
const fresh = { schema: 0, floor: 0 }

test('a version can go back to one whose code still runs on what it made of the database, and to no older one', () => {
  if (!v1 || !v2 || !breaking) throw new Error('three versions')
  const second = expandedBy(v2, expandedBy(v1, fresh))
  expect([second, mayRunOn(v1, second)]).toEqual([{ schema: 2, floor: 1 }, true])
  const third = expandedBy(breaking, second)
  expect([mayRunOn(v2, third), mayRunOn(v1, third)]).toEqual([true, false])
  expect(expandedBy(v2, third)).toEqual(third) // running older code takes nothing back
})

const facts = fc
  .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }))
  .map(([a, b]): SchemaFacts => ({ schema: Math.max(a, b), rollbackTo: Math.min(a, b) }))

test('whatever was deployed in whatever order: the version deployed last may always be deployed again', () => {
  fc.assert(
    fc.property(fc.array(facts, { minLength: 1 }), (wanted) => {
      let unit = fresh
      for (const version of wanted) {
        if (!mayRunOn(version, unit)) continue
        const next = expandedBy(version, unit)
        expect(next.schema).toBeGreaterThanOrEqual(unit.schema)
        expect(next.floor).toBeGreaterThanOrEqual(unit.floor)
        expect(mayRunOn(version, next)).toBe(true)
        unit = next
      }
    }),
  )
})

test('contract versions are known by name', () => {
  expect(['1', '2', '', '1.0'].map(isSupportedContract)).toEqual([true, false, false, false])
})
