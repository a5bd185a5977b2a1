import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type EdgeEntry, closeRoute, openRoute } from './edge-table.ts'

const route = (epoch: number, tenant = 't1') => ({
  host: 'a.example',
  target: 'http://127.0.0.1:1',
  unit: 'u',
  tenant,
  epoch,
})
const open = openRoute(new Map(), route(5))

test('repeating an open or moving on to a higher epoch is accepted', () => {
  expect(openRoute(open, route(5)).get('a.example')).toMatchObject({ epoch: 5, closed: false })
  expect(openRoute(open, route(7)).get('a.example')).toMatchObject({ epoch: 7 })
})

test('a lower epoch is refused for open and close', () => {
  expect(() => openRoute(open, route(4))).toThrow(
    expect.objectContaining({ code: 'effect.fenced', status: 409, retryable: false }),
  )
  expect(() => closeRoute(open, { host: 'a.example', tenant: 't1', epoch: 4 })).toThrow(
    expect.objectContaining({ code: 'effect.fenced' }),
  )
})

test('an open that was overtaken by its own close is refused; a later operation may open again', () => {
  const closed = closeRoute(open, { host: 'a.example', tenant: 't1', epoch: 6 })
  expect(() => openRoute(closed, route(6))).toThrow(expect.objectContaining({ code: 'effect.fenced' }))
  expect(openRoute(closed, route(7, 't2')).get('a.example')).toMatchObject({ tenant: 't2', closed: false })
})

test('a close that comes before its open leaves a tombstone', () => {
  const closed = closeRoute(new Map(), { host: 'a.example', tenant: 't1', epoch: 6 })
  expect(() => openRoute(closed, route(5))).toThrow(expect.objectContaining({ code: 'effect.fenced' }))
})

test('an open host of one tenant is not given to another, nor closed by it', () => {
  expect(() => openRoute(open, route(9, 't2'))).toThrow(expect.objectContaining({ code: 'edge.host-taken' }))
  expect(() => closeRoute(open, { host: 'a.example', tenant: 't2', epoch: 9 })).toThrow(
    expect.objectContaining({ code: 'edge.host-taken' }),
  )
})

test('whatever arrives in whatever order, the epoch of a host never falls', () => {
  const step = fc.record({ close: fc.boolean(), epoch: fc.nat(9) })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let table: ReadonlyMap<string, EdgeEntry> = new Map()
      let highest = 0
      for (const { close, epoch } of steps) {
        try {
          table = close ? closeRoute(table, { host: 'a.example', tenant: 't1', epoch }) : openRoute(table, route(epoch))
        } catch {
          // refused: the table is unchanged
        }
        const now = table.get('a.example')?.epoch ?? 0
        expect(now).toBeGreaterThanOrEqual(highest)
        highest = now
      }
    }),
  )
})
