import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countFaults, endable, overdue, type KeptBackup } from './backups.ts'

const NOW = new Date('2026-11-29T12:00:00Z')
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000).toISOString()
const backup = (id: string, days: number, verified = true): KeptBackup => ({
  id,
  takenAt: daysAgo(days),
  verifiedAt: verified ? daysAgo(days) : null,
})
const ids = (kept: readonly KeptBackup[], days = 14) => overdue(kept, NOW, days).map(({ id }) => id)

test('what is older than its days goes, verified or not', () => {
  expect(ids([backup('a', 20), backup('b', 15, false), backup('c', 13), backup('d', 1)])).toEqual(['a', 'b'])
})

test('the newest verified one stays, however old it is and whatever came after it unverified', () => {
  expect(ids([backup('a', 40), backup('b', 30), backup('c', 20, false)])).toEqual(['a', 'c'])
  expect(ids([backup('a', 40)])).toEqual([])
  expect(ids([])).toEqual([])
})

test('of any backups a verified one is left where there was one', () => {
  const one = fc.record({ days: fc.integer({ min: 0, max: 400 }), verified: fc.boolean() })
  fc.assert(
    fc.property(fc.array(one), fc.integer({ min: 1, max: 365 }), (some, days) => {
      const kept = some.map(({ days: age, verified }, index) => backup(`${index}`, age, verified))
      const gone = new Set(ids(kept, days))
      const left = kept.filter(({ id }) => !gone.has(id))
      const newest = (from: readonly KeptBackup[]) =>
        from
          .filter(({ verifiedAt }) => verifiedAt !== null)
          .map(({ takenAt }) => takenAt)
          .toSorted()
          .at(-1)
      expect(newest(left)).toBe(newest(kept))
      expect(left.every(({ takenAt }) => takenAt >= daysAgo(days) || takenAt === newest(kept))).toBe(true)
    }),
  )
})

test('a table with other rows, one that is missing and one too many are named', () => {
  const wanted = [
    { table: 'a', rows: 1 },
    { table: 'b', rows: 2 },
  ]
  expect(countFaults(wanted, wanted)).toEqual([])
  expect(
    countFaults(wanted, [
      { table: 'b', rows: 3 },
      { table: 'c', rows: 0 },
    ]),
  ).toEqual(['a has no place instead of 1', 'b has 3 instead of 2', 'c has 0 instead of no place'])
})

test('generations end that are older than the current one and open nothing; none when one was not noted', () => {
  expect(endable(1, [1])).toEqual([])
  expect(endable(4, [4, 2])).toEqual([1, 3])
  expect(endable(4, [])).toEqual([1, 2, 3])
  expect(endable(4, [4, null])).toEqual([])
})
