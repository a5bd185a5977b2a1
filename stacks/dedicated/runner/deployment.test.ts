import fc from 'fast-check'
import { expect, test } from 'vitest'
import { realResources, serialOf } from './deployment.ts'
import { settlePending } from './pending.ts'
import { planOf } from './plan.ts'
import type { PlanStep } from './stack-run.ts'

const URN = 'urn:pulumi:acme::steward::steward:local:Key::acme-key'
const key = {
  urn: URN,
  type: 'steward:local:Key',
  custom: true,
  id: 'acme-key',
  inputs: { name: 'acme-key', generation: 1 },
}

test('the serial changes with what a resource is, and not with when somebody looked at it', () => {
  const serial = serialOf({ resources: [key] })
  expect(serialOf({ resources: [{ ...key, modified: '2026-11-28', propertyDependencies: null }] })).toBe(serial)
  const store = { ...key, urn: `${URN}2` }
  expect(serialOf({ resources: [store, key] })).toBe(serialOf({ resources: [key, { ...store, initErrors: [] }] }))
  for (const other of [
    { ...key, inputs: { ...key.inputs, generation: 2 } },
    { ...key, protect: true },
    { ...key, id: 'other' },
  ]) {
    expect(serialOf({ resources: [other] })).not.toBe(serial)
  }
  expect(serialOf({ resources: [key], pending_operations: [{ type: 'deleting', resource: key }] })).not.toBe(serial)
  expect(serialOf(undefined)).toBe(serialOf({}))
})

test('a plan has one hash in whatever order its steps were seen, and another for another step, value, state or stack', () => {
  const step = fc.record({
    resource: fc.constantFrom('a', 'b', 'c'),
    type: fc.constantFrom('steward:local:Key', 'steward:local:BackupStore'),
    operation: fc.constantFrom('create', 'update', 'delete'),
    changed: fc.constant<string[]>([]),
    replacedFor: fc.constant<string[]>([]),
    wanted: fc.constantFrom('1', '2', null),
    protected: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.uniqueArray(step, { selector: (one) => `${one.type}${one.resource}${one.operation}` }), (steps) => {
      const plan = planOf('acme', steps, 's1')
      expect(planOf('acme', steps.toReversed(), 's1')).toEqual(plan)
      expect(planOf('acme', steps, 's2').hash).not.toBe(plan.hash)
      expect(planOf('globex', steps, 's1').hash).not.toBe(plan.hash)
      const [first, ...rest] = steps
      if (first === undefined) return
      expect(planOf('acme', rest, 's1').hash).not.toBe(plan.hash)
      expect(planOf('acme', [{ ...first, wanted: 'other' }, ...rest], 's1').hash).not.toBe(plan.hash)
    }),
  )
  const own: PlanStep = {
    resource: 'default',
    type: 'pulumi:providers:steward',
    operation: 'create',
    changed: [],
    replacedFor: [],
    wanted: null,
    protected: false,
  }
  expect(planOf('acme', [own], 's1').steps).toEqual([])
})

test('what was being created is taken in by its name; what is known already is not there twice', () => {
  const begun = {
    ...key,
    urn: URN.replaceAll('acme-key', 'acme-other'),
    id: '',
    inputs: { name: 'acme-other', generation: 1 },
  }
  const settled = settlePending({
    manifest: { version: 'v3' },
    resources: [key],
    pending_operations: [
      { type: 'creating', resource: begun },
      { type: 'creating', resource: key },
      { type: 'updating', resource: key },
      {
        type: 'creating',
        resource: { urn: 'urn:pulumi:acme::steward::steward:local:Stack::acme', type: 'steward:local:Stack' },
      },
    ],
  })
  expect(settled.pending_operations).toBeUndefined()
  expect(realResources(settled).map(({ id }) => id)).toEqual(['acme-key', 'acme-other'])
  expect(settled['manifest']).toEqual({ version: 'v3' })
})
