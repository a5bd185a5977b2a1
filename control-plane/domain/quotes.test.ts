import fc from 'fast-check'
import { expect, test } from 'vitest'
import { departures, quoteStateAt, type Quoted } from './quotes.ts'

const LIMITS = { requestsPerSecond: 20, burst: 40, statementTimeoutMs: 2000 }
const QUOTED: Quoted = {
  id: 'q-1',
  slug: 'acme',
  region: 'local-1',
  product: 'ledger',
  overrides: { burst: 80 },
  sold: {
    plan: 'starter-shared',
    limits: LIMITS,
    compute: null,
    price: { minor: 4900, setupMinor: 0, currency: 'EUR' },
  },
  trialDays: null,
}

test('an open quote expires at its end, to the millisecond, and nothing else does', () => {
  const end = new Date('2026-12-01T00:00:00.000Z')
  fc.assert(
    fc.property(fc.constantFrom('open', 'accepted', 'withdrawn'), fc.integer({ min: -5, max: 5 }), (stored, ms) => {
      const state = quoteStateAt(stored, end, new Date(end.getTime() + ms))
      expect(state).toBe(stored === 'open' && ms >= 0 ? 'expired' : stored)
    }),
  )
})

test('what is left out is as quoted, and so is what is said again', () => {
  expect(departures(QUOTED, { slug: 'acme' })).toEqual([])
  const { slug, region, product } = QUOTED
  expect(departures(QUOTED, { slug, plan: 'starter-shared', region, product, limits: { burst: 80 } })).toEqual([])
})

test('whatever departs from the quote is named, all of it at once', () => {
  const asked = {
    slug: 'other',
    plan: 'team-shared',
    region: 'local-2',
    product: 'notes',
    limits: { burst: 80, requestsPerSecond: 30 },
  }
  const faults = departures(QUOTED, asked)
  expect(faults.map(({ pointer }) => pointer)).toEqual(['/slug', '/plan', '/region', '/product', '/limits'])
  expect(faults[1]?.message).toContain('starter-shared')
  expect(departures(QUOTED, { slug: 'acme', limits: {} })).toMatchObject([{ pointer: '/limits' }])
})
