import { expect, test } from 'vitest'
import { byPlace, DIFFERS, differencesText, differenceText, HIDDEN, isRepairable, type Difference } from './drift.ts'

const changed: Difference = {
  what: 'changed',
  object: 'Deployment cell-a/ledger',
  tenantId: null,
  path: 'spec.replicas',
  wanted: '2',
  found: '5',
}

test('a difference is a sentence', () => {
  expect(differenceText(changed)).toBe('Deployment cell-a/ledger spec.replicas is 5 instead of 2')
  expect(differenceText({ ...changed, found: null })).toContain('is absent instead of 2')
  expect(differenceText({ ...changed, what: 'missing', path: null })).toBe('Deployment cell-a/ledger is gone')
  expect(differenceText({ ...changed, what: 'unknown', path: null })).toContain('nobody of us made it')
  expect(differenceText({ ...changed, path: 'data.KEY', wanted: HIDDEN, found: DIFFERS })).toBe(
    'Deployment cell-a/ledger data.KEY: value differs',
  )
  expect(differenceText({ ...changed, found: 'x'.repeat(500) }).length).toBeLessThan(200)
})

test('many are counted, not listed', () => {
  expect(differencesText([changed])).not.toContain('more')
  expect(differencesText(Array.from({ length: 5 }, () => changed))).toMatch(/; and 2 more$/)
})

test('differences are shown by object and field', () => {
  const list = [{ ...changed, path: 'b' }, changed, { ...changed, object: 'A' }]
  expect(list.toSorted(byPlace)).toEqual([list[2], list[0], changed])
})

test('what is unknown is nothing to repair', () => {
  expect([isRepairable(changed), isRepairable({ what: 'missing' }), isRepairable({ what: 'unknown' })]).toEqual([
    true,
    true,
    false,
  ])
})
