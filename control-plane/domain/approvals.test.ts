import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { APPROVAL_DECISIONS, judgeDecision, loosens, type Pending, removalRule } from './approvals.ts'

const now = new Date('2026-11-22T12:00:00Z')
const later = new Date('2026-11-22T13:00:00Z')
const pending: Pending = { requestedBy: 'ada', withdrawn: false, decision: null, expiresAt: later }
const bob = { operatorId: 'bob', now }

describe('who may decide', () => {
  test('another operator may, until it expires', () => {
    expect(judgeDecision('approved', pending, bob)).toEqual({ verdict: 'decide' })
    expect(judgeDecision('rejected', pending, bob)).toEqual({ verdict: 'decide' })
    expect(judgeDecision('approved', pending, { ...bob, now: later })).toEqual({
      verdict: 'refuse',
      code: 'approval.expired',
    })
  })

  test('what the plane itself asked for may be decided by anybody', () => {
    expect(judgeDecision('approved', { ...pending, requestedBy: null }, bob)).toEqual({ verdict: 'decide' })
  })

  test('what needs no approval is not decided about', () => {
    expect(judgeDecision('approved', { ...pending, expiresAt: null }, bob)).toMatchObject({
      code: 'approval.not-needed',
    })
  })

  test('the same decision twice is one; the opposite one is refused', () => {
    for (const wanted of ['approved', 'rejected'] as const) {
      expect(judgeDecision(wanted, { ...pending, decision: wanted }, bob)).toEqual({ verdict: 'decided' })
      const other = wanted === 'approved' ? 'rejected' : 'approved'
      expect(judgeDecision(wanted, { ...pending, decision: other }, bob)).toMatchObject({ verdict: 'refuse' })
    }
  })

  test('what was withdrawn is not decided about', () => {
    expect(judgeDecision('approved', { ...pending, withdrawn: true }, bob)).toMatchObject({
      code: 'approval.withdrawn',
    })
  })
})

test('a plan that asks nobody asks a second operator until an approval of the stricter one would have ended', () => {
  const [strict, loose] = [{ decommission: 'second-operator' }, { decommission: 'none' }] as const
  expect([loosens(strict, loose), loosens(loose, strict), loosens(strict, strict), loosens(loose, loose)]).toEqual([
    true,
    false,
    false,
    false,
  ])
  const hourAgo = new Date('2026-11-22T11:00:00Z')
  const rule = (plan: typeof strict | typeof loose, loosenedAt: Date | null, lastsMs: number) =>
    removalRule(plan, loosenedAt, { now, lastsMs })
  expect(rule(loose, hourAgo, 3_600_001)).toBe('second-operator')
  expect(rule(loose, hourAgo, 3_600_000)).toBe('none')
  expect(rule(loose, null, 3_600_001)).toBe('none')
  expect(rule(strict, null, 1)).toBe('second-operator')
})

test('nobody ever decides about what they asked for', () => {
  const any = fc.record({
    requestedBy: fc.constantFrom('ada', 'bob', null),
    withdrawn: fc.boolean(),
    decision: fc.constantFrom(null, ...APPROVAL_DECISIONS),
    expiresAt: fc.constantFrom(null, now, later),
  })
  fc.assert(
    fc.property(any, fc.constantFrom('approved' as const, 'rejected' as const), (found, wanted) => {
      const verdict = judgeDecision(wanted, { ...found, requestedBy: 'bob' }, bob).verdict
      expect(verdict).toBe('refuse')
    }),
  )
})
