import { beforeAll, expect, test } from 'vitest'
import { ACCOUNT, INPUTS, registeredStack, TARGET } from '../../../test/support/registered-stack.ts'
import { HOLES, type Hole } from './holes.fixture.ts'
import { checkPolicy, refuseViolations, RESOURCE_RULES, STACK_RULES } from './policy.ts'
import { registeredIn, UNKNOWN, type RegisteredResource } from './registered.ts'
import type { PolicyScope } from './rule.ts'

const SCOPE: PolicyScope = { inputs: INPUTS, target: TARGET }
let whole: RegisteredResource[]
beforeAll(async () => {
  whole = (await registeredStack()).resources
}, 120_000)

/** The stack with a hole: one resource changed, added or taken away. */
function withHole({ kind, where = () => true, inputs, unprotected, gone, added }: Hole): RegisteredResource[] {
  if (added)
    return [...whole, { urn: 'urn:pulumi:test::steward::added', name: 'added', protect: false, id: 'added', ...added }]
  const target = whole.find((each) => each.type === kind && where(each.inputs))
  expect(target, `${kind} to make a hole in`).toBeDefined()
  if (!target) return []
  if (gone) return whole.filter((each) => each !== target)
  const changed = {
    ...target,
    inputs: { ...target.inputs, ...inputs?.(target.inputs) },
    protect: !unprotected && target.protect,
  }
  return whole.map((each) => (each === target ? changed : each))
}

test('the real program keeps every rule, and nothing about it is open', () => {
  expect(checkPolicy(whole, SCOPE)).toEqual({ violations: [], undecided: [] })
})

test.each(HOLES)('$rule fails on a hole: $what', (hole) => {
  const { violations } = checkPolicy(withHole(hole), SCOPE)
  expect(violations.map(({ rule }) => rule)).toContain(hole.rule)
  expect(violations.length).toBeLessThanOrEqual(2) // a hole is no earthquake: the rules that it does not touch still hold
})

test('every rule has a hole that it fails on', () => {
  const broken = new Set(HOLES.map(({ rule }) => rule))
  expect([...RESOURCE_RULES, ...STACK_RULES].map(({ id }) => id).filter((id) => !broken.has(id))).toEqual([])
})

test('rules are called differently', () => {
  const ids = [...RESOURCE_RULES, ...STACK_RULES].map(({ id }) => id)
  expect(ids).toEqual([...new Set(ids)])
})

test('a stack with a hole is refused by name, with every hole in one answer', () => {
  const open = whole.map((each) =>
    each.type === 'aws:rds/instance:Instance'
      ? { ...each, protect: false, inputs: { ...each.inputs, publiclyAccessible: true } }
      : each,
  )
  expect(() => refuseViolations(open, SCOPE)).toThrowError(
    expect.objectContaining({
      code: 'stack.policy-violated',
      detail: expect.stringMatching(/acme-database-first: .*\(database\.private\).*acme-database-second/s) as string,
    }),
  )
  expect(refuseViolations(whole, SCOPE).violations).toEqual([])
})

test('a stack that is to go may let go of its guards, and of nothing else', async () => {
  const leaving = (await registeredStack(INPUTS, TARGET, true)).resources
  expect(checkPolicy(leaving, { ...SCOPE, leaving: true })).toEqual({ violations: [], undecided: [] })
  const kept = checkPolicy(leaving, SCOPE).violations.map(({ rule }) => rule)
  expect([...new Set(kept)].toSorted()).toEqual([
    'backup.complete',
    'cluster.undeletable',
    'database.undeletable',
    'protection.kept',
  ])
  const open = leaving.map((each) => ({ ...each, inputs: { ...each.inputs, publiclyAccessible: true } }))
  const found = checkPolicy(open, { ...SCOPE, leaving: true }).violations.map(({ rule }) => rule)
  expect([...new Set(found)]).toEqual(['database.private'])
})

test('what a preview cannot know yet is neither kept nor broken', () => {
  const early = whole.map((each) =>
    each.type === 'aws:iam/role:Role' && String(each.inputs['assumeRolePolicy']).includes('Federated')
      ? { ...each, inputs: { ...each.inputs, assumeRolePolicy: UNKNOWN } }
      : each.type === 'aws:rds/subnetGroup:SubnetGroup'
        ? { ...each, inputs: { ...each.inputs, subnetIds: [UNKNOWN, UNKNOWN] } }
        : each,
  )
  const { violations, undecided } = checkPolicy(early, SCOPE)
  expect(violations).toEqual([])
  expect([...new Set(undecided.map(({ rule }) => rule))].toSorted()).toEqual([
    'iam.trust',
    'network.databases-unrouted',
    'network.zones',
  ])
})

test('a key that is still to be made encrypts, and one that was forgotten does not', () => {
  const key = (value: unknown) =>
    checkPolicy(
      whole.map((each) =>
        each.type === 'aws:rds/instance:Instance' ? { ...each, inputs: { ...each.inputs, kmsKeyId: value } } : each,
      ),
      SCOPE,
    ).violations.map(({ rule }) => rule)
  expect(key(UNKNOWN)).toEqual([])
  expect(key(undefined)).toEqual(['database.own-key', 'database.own-key'])
})

test('resources are read from the events of the engine: what stays, what changes, and not what goes', () => {
  const state = (name: string, protect = false) => ({
    type: 'aws:kms/key:Key',
    urn: `urn:pulumi:acme::steward::aws:kms/key:Key::${name}`,
    custom: true,
    delete: false,
    id: `${ACCOUNT}-${name}`,
    parent: '',
    protect,
    inputs: { region: name },
    outputs: {},
    provider: '',
  })
  const step = (op: string, name: string, after: boolean) => ({
    resourcePreEvent: {
      metadata: {
        op,
        urn: state(name).urn,
        type: 'aws:kms/key:Key',
        provider: '',
        ...(after ? { new: state(name, true) } : {}),
      },
    },
  })
  const events = [
    step('same', 'a', true),
    step('update', 'b', true),
    step('delete', 'c', false),
    {},
    step('replace', 'b', true),
  ]
  expect(registeredIn(events as Parameters<typeof registeredIn>[0])).toEqual([
    expect.objectContaining({ name: 'a', protect: true, inputs: { region: 'a' }, id: `${ACCOUNT}-a` }),
    expect.objectContaining({ name: 'b' }),
  ])
})
