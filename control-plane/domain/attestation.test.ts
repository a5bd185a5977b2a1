import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CHECK_IDS, guardOf, judge, type Observation, tally } from './attestation.ts'

const seen = (change: Partial<Observation> = {}): Observation => ({
  what: 'a pod with a path of its node',
  part: 'probe',
  expected: 'refused',
  guards: ['pod-security'],
  seen: 'refused',
  guard: 'pod-security',
  said: '',
  ...change,
})
const control = (change: Partial<Observation> = {}): Observation =>
  seen({
    what: 'the same pod without',
    part: 'control',
    expected: 'allowed',
    guards: [],
    seen: 'allowed',
    guard: null,
    ...change,
  })

describe('a check', () => {
  test('passes when its control went through and its probe was refused by the guard it names', () => {
    expect(judge([control(), seen()])).toBe('pass')
  })

  test('fails for an open door, whatever its control says', () => {
    const open = seen({ seen: 'allowed', guard: null })
    expect(judge([control(), open])).toBe('fail')
    expect(judge([control({ seen: 'refused', guard: 'quota' }), seen(), open])).toBe('fail')
    expect(judge([control(), seen({ expected: 'holds', seen: 'violated' })])).toBe('fail')
  })

  test('fails when the tenant is refused what it must be able to do', () => {
    expect(judge([seen({ expected: 'allowed', seen: 'refused', guard: 'rbac' })])).toBe('fail')
  })

  test.each([
    ['another guard refused', [control(), seen({ guard: 'quota' })]],
    [
      'nobody known refused',
      [control(), seen({ seen: 'error', guard: null, said: 'Pod in version "v1" cannot be handled' })],
    ],
    ['its control was refused', [control({ seen: 'refused', guard: 'quota' }), seen()]],
    ['its control had an error', [control({ seen: 'error' }), seen()]],
    ['nothing was asked', [control()]],
    ['there is nothing at all', []],
  ] as const)('says nothing when %s', (_why, observations) => {
    expect(judge(observations)).toBe('inconclusive')
  })

  test('is not enforced where the cluster has no means, and still fails for what was seen', () => {
    const missing = seen({ expected: 'holds', seen: 'unavailable', guard: null })
    expect(judge([control(), seen(), missing])).toBe('not-enforced')
    expect(judge([control(), seen({ seen: 'allowed' }), missing])).toBe('fail')
    expect(judge([control({ seen: 'error' }), seen(), missing])).toBe('inconclusive')
  })

  test('never passes with anything that went otherwise than expected', () => {
    const any = fc.record({
      what: fc.constant('anything'),
      part: fc.constantFrom('probe', 'control'),
      expected: fc.constantFrom('refused', 'allowed', 'holds'),
      guards: fc.constantFrom([], ['rbac'], ['quota']),
      seen: fc.constantFrom('allowed', 'refused', 'holds', 'violated', 'unavailable', 'error'),
      guard: fc.constantFrom(null, 'rbac', 'quota'),
      said: fc.constant(''),
    }) as fc.Arbitrary<Observation>
    fc.assert(
      fc.property(fc.array(any, { maxLength: 5 }), (observations) => {
        const asExpected = observations.every(({ expected, seen: was, guard, guards }) =>
          expected === 'refused' ? was === 'refused' && guards.includes(guard ?? '') : was === expected,
        )
        if (judge(observations) === 'pass') expect(asExpected).toBe(true)
      }),
    )
  })
})

test.each([
  [
    `pods "x" is forbidden: ValidatingAdmissionPolicy 'steward-pull-always' with binding 'b' denied request: m`,
    'steward-pull-always',
  ],
  ['admission webhook "validate.example.com" denied the request: no', 'validate.example.com'],
  ['pods "x" is forbidden: violates PodSecurity "restricted:v1.35": hostPID=true', 'pod-security'],
  ['pods "x" is forbidden: exceeded quota: instance, requested: pods=1', 'quota'],
  ['roles "x" is forbidden: user "y" is attempting to grant RBAC permissions not currently held:', 'rbac-escalation'],
  ['User "y" cannot list resource "nodes" in API group "" at the cluster scope', 'rbac'],
  [
    'Pod "x" is invalid: spec.containers[0].securityContext.privileged: Forbidden: disallowed by cluster policy',
    'allow-privileged-off',
  ],
  ['pods "x" is forbidden: status unknown for quota: instance, resources: pods', null],
  ['Pod "x" is invalid: spec.containers: Required value', null],
  ['', null],
])('in "%s" the guard is %s', (said, guard) => {
  expect(guardOf(said)).toBe(guard)
})

test('there are 23 checks, each with an id of its own, and outcomes are counted', () => {
  expect(new Set(CHECK_IDS).size).toBe(23)
  expect(tally([{ outcome: 'pass' }, { outcome: 'pass' }, { outcome: 'fail' }])).toEqual({
    pass: 2,
    fail: 1,
    inconclusive: 0,
    'not-enforced': 0,
  })
})
