import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MemberData } from './members.ts'
import { decideRoles, primaryOf } from './roles.ts'

type Data = Omit<MemberData, 'name'>
const NONE: Data = { isMade: false, isStandby: false, timeline: 0 }
const primary = (timeline: number): Data => ({ isMade: true, isStandby: false, timeline })
const standby = (timeline: number): Data => ({ isMade: true, isStandby: true, timeline })
const decide = (one: Data, two: Data, { standbys = 1, wasMade = true } = {}) =>
  Object.values(
    decideRoles(
      [
        { name: 'postgres-1', ...one },
        { name: 'postgres-2', ...two },
      ],
      { standbys, wasMade },
    ),
  )

test.each([
  ['a new cluster', NONE, NONE, { wasMade: false }, ['new-primary', 'new-standby']],
  ['a new one without a standby', NONE, NONE, { wasMade: false, standbys: 0 }, ['new-primary', 'retired']],
  ['one whose standby is still to be copied', primary(1), NONE, {}, ['primary', 'new-standby']],
  ['one as it should be', primary(1), standby(1), {}, ['primary', 'standby']],
  ['a promoted standby whose old primary was copied anew', standby(2), primary(2), {}, ['standby', 'primary']],
  ['a promoted standby beside the old primary', primary(1), primary(2), {}, ['deposed', 'primary']],
  ['the same the other way round', primary(3), primary(2), {}, ['primary', 'deposed']],
  ['two primaries of one timeline', primary(2), primary(2), {}, ['undecided', 'undecided']],
  ['a standby whose primary is gone', NONE, standby(1), {}, ['lost', 'standby']],
  ['two standbys', standby(1), standby(1), {}, ['standby', 'standby']],
  ['one that lost everything', NONE, NONE, {}, ['lost', 'lost']],
  ['one that wants its standby no more', primary(1), standby(1), { standbys: 0 }, ['primary', 'retired']],
  ['the same after a promotion', standby(2), primary(2), { standbys: 0 }, ['retired', 'primary']],
  [
    'one that wants no standby beside a deposed primary',
    primary(1),
    primary(2),
    { standbys: 0 },
    ['deposed', 'primary'],
  ],
  ['a lone promoted standby', NONE, primary(2), {}, ['new-standby', 'primary']],
])('%s', (_what, one, two, options, roles) => {
  expect(decide(one, two, options)).toEqual(roles)
})

const data = fc.oneof(
  fc.constant(NONE),
  fc.integer({ min: 1, max: 4 }).map(primary),
  fc.integer({ min: 1, max: 4 }).map(standby),
)

test('whatever the folders hold, at most one is written to, no data is made over, and the names decide nothing', () => {
  fc.assert(
    fc.property(data, data, fc.integer({ min: 0, max: 1 }), (one, two, standbys) => {
      const roles = decide(one, two, { standbys })
      const writable = roles.filter((role) => role === 'primary' || role === 'new-primary')
      expect(writable.length).toBeLessThanOrEqual(1)
      expect(roles).not.toContain('new-primary')
      const made = [one, two].map(({ isMade }) => isMade)
      roles.forEach((role, index) => expect(role === 'new-standby' && made[index]).toBe(false))
      expect(decide(two, one, { standbys })).toEqual(roles.toReversed())
    }),
  )
})

test('the primary is found by its role', () => {
  expect(primaryOf({ 'postgres-1': 'standby', 'postgres-2': 'primary' })).toBe('postgres-2')
  expect(primaryOf({ 'postgres-1': 'new-primary', 'postgres-2': 'new-standby' })).toBe('postgres-1')
  expect(primaryOf({ 'postgres-1': 'undecided', 'postgres-2': 'undecided' })).toBeUndefined()
})
