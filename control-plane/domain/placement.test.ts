import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { freeCapacity, hasRoom, place, type Candidate } from './placement.ts'

const cell = (name: string, capacity: [number, number], used: [number, number]): Candidate => ({
  unitId: `id-of-${name}`,
  name,
  region: 'local-1',
  capacity: { tenants: capacity[0], requestsPerSecond: capacity[1] },
  used: { tenants: used[0], requestsPerSecond: used[1] },
})

const amounts = fc.record({ tenants: fc.nat(20), requestsPerSecond: fc.nat(500) })
const candidates = fc
  .uniqueArray(fc.record({ name: fc.stringMatching(/^[a-z]{1,4}$/), capacity: amounts, used: amounts }), {
    selector: ({ name }) => name,
    maxLength: 8,
  })
  .map((drawn) => drawn.map((one) => ({ ...one, unitId: `id-of-${one.name}`, region: 'local-1' })))
const demand = fc.record({ requestsPerSecond: fc.integer({ min: 1, max: 300 }) })

test('the fullest cell that still fits is taken', () => {
  const placed = place({ requestsPerSecond: 20 }, [cell('a', [10, 1000], [1, 20]), cell('b', [10, 1000], [5, 900])])
  expect(placed).toEqual({ verdict: 'placed', unitId: 'id-of-b', name: 'b' })
})

test('a cell without room for the limits is passed over although it has room for tenants, and the other way round', () => {
  const narrow = cell('a', [10, 100], [1, 90])
  const crowded = cell('b', [3, 1000], [3, 900])
  expect(place({ requestsPerSecond: 20 }, [narrow, crowded])).toEqual({
    verdict: 'full',
    room: [
      { name: 'a', region: 'local-1', tenants: 9, requestsPerSecond: 10 },
      { name: 'b', region: 'local-1', tenants: 0, requestsPerSecond: 100 },
    ],
  })
})

test('equally full cells are taken in order of their names', () => {
  const twins = [cell('b', [9, 90], [1, 10]), cell('a', [9, 90], [1, 10])]
  expect(place({ requestsPerSecond: 1 }, twins)).toMatchObject({ name: 'a' })
})

test('no candidates: full, and nothing has room', () => {
  expect(place({ requestsPerSecond: 1 }, [])).toEqual({ verdict: 'full', room: [] })
})

test('a placed tenant never takes its cell over either bound, and full is only said when no cell fits', () => {
  fc.assert(
    fc.property(demand, candidates, (limits, cells) => {
      const placement = place(limits, cells)
      if (placement.verdict === 'full') {
        for (const { capacity, used } of cells) expect(hasRoom(limits, freeCapacity(capacity, used))).toBe(false)
        expect(placement.room).toHaveLength(cells.length)
        return
      }
      const taken = cells.find(({ unitId }) => unitId === placement.unitId)
      expect(taken).toBeDefined()
      if (!taken) return
      expect(taken.used.tenants + 1).toBeLessThanOrEqual(taken.capacity.tenants)
      expect(taken.used.requestsPerSecond + limits.requestsPerSecond).toBeLessThanOrEqual(
        taken.capacity.requestsPerSecond,
      )
    }),
  )
})

test('no cell that fits is fuller than the one taken', () => {
  fc.assert(
    fc.property(demand, candidates, (limits, cells) => {
      const placement = place(limits, cells)
      if (placement.verdict === 'full') return
      const left = (one: Candidate) => freeCapacity(one.capacity, one.used)
      const fitting = cells.filter((one) => hasRoom(limits, left(one)))
      const least = Math.min(...fitting.map((one) => left(one).requestsPerSecond))
      const taken = fitting.find(({ unitId }) => unitId === placement.unitId)
      expect(taken && left(taken).requestsPerSecond).toBe(least)
    }),
  )
})

test('the order in which cells are listed decides nothing', () => {
  const shuffled = candidates.chain((cells) =>
    fc.tuple(fc.constant(cells), fc.shuffledSubarray(cells, { minLength: cells.length })),
  )
  fc.assert(
    fc.property(demand, shuffled, (limits, [cells, others]) => {
      expect(place(limits, others)).toEqual(place(limits, cells))
    }),
  )
})

test('a sequence of placements stops exactly when nothing fits and never overfills', () => {
  fc.assert(
    fc.property(fc.array(demand, { maxLength: 60 }), candidates, (wishes, cells) => {
      const state = cells.map((one) => ({ ...one, used: { tenants: 0, requestsPerSecond: 0 } }))
      for (const wish of wishes) {
        const placement = place(wish, state)
        if (placement.verdict === 'full') continue
        const taken = state.find(({ unitId }) => unitId === placement.unitId)
        if (taken)
          taken.used = {
            tenants: taken.used.tenants + 1,
            requestsPerSecond: taken.used.requestsPerSecond + wish.requestsPerSecond,
          }
      }
      for (const { capacity, used } of state) {
        expect(used.tenants).toBeLessThanOrEqual(capacity.tenants)
        expect(used.requestsPerSecond).toBeLessThanOrEqual(capacity.requestsPerSecond)
      }
    }),
  )
})
