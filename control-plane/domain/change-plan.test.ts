import { expect, test } from 'vitest'
import { OPERATION_KINDS } from './operation-kinds.ts'
import {
  changeBegins,
  faultOfApproval,
  findingsOf,
  ownChangeOf,
  stackChangeOf,
  startsByItself,
  toRelease,
  type PriceChange,
  type ResourceChange,
} from './change-plan.ts'

const resource = (name: string, action: string, kept = true): ResourceChange => ({
  resource: name,
  kind: 'Key',
  action,
  changed: [],
  replacedFor: [],
  wanted: null,
  protected: kept,
})

const PLANNED = {
  'tenant.provision': ['build', 'build-stack'],
  'tenant.update': ['update', 'resize-stack'],
  'tenant.suspend': ['stop', 'stop-workload'],
  'tenant.resume': ['start', 'start-workload'],
  'tenant.decommission': ['destroy', 'destroy-stack'],
  'unit.deploy': ['deploy', 'expand-database'],
  'unit.reconcile': ['repair', 'repair-stack'],
  'unit.rotate-key': ['rotate', 'rotate-key'],
  'tenant.adopt': ['adopt', 'begin-adoption'],
  'tenant.move': ['build', 'build-stack'],
  'tenant.move-retire': ['destroy', 'retire-rows'], // erased rows do not come back
  'tenant.move-abort': ['destroy', 'return-rows'],
} as const
/** They read, measure with what they make themselves and take away again, or are of units that are no stack. */
const UNPLANNED = ['cell.create', 'cell.retire', 'tenant.export', 'unit.attest', 'unit.check', 'unit.backup'] as const

test('every operation that changes a stack is planned, and begins at one step; no other is', () => {
  for (const [kind, [change, step]] of Object.entries(PLANNED) as [keyof typeof PLANNED, readonly string[]][])
    expect([kind, stackChangeOf(kind, 'stack'), changeBegins(kind, 'stack')]).toEqual([kind, change, step])
  for (const kind of UNPLANNED) expect([kind, stackChangeOf(kind, 'stack')]).toEqual([kind, null])
  expect([...Object.keys(PLANNED), ...UNPLANNED].toSorted()).toEqual([...OPERATION_KINDS].toSorted())
})

/** What of an instance can be planned when somebody wishes it, and where it begins. */
const ON_WISH = {
  'tenant.update': ['update', 'apply-quota'],
  'tenant.suspend': ['stop', 'stop-workload'],
  'tenant.resume': ['start', 'start-workload'],
  'unit.deploy': ['deploy', 'expand-database'],
  'unit.reconcile': ['repair', 'repair-namespace'],
} as const

test('what is no stack is planned on wish alone, but where it is adopted; a cell never', () => {
  expect([stackChangeOf('tenant.adopt', 'instance'), changeBegins('tenant.adopt', 'instance')]).toEqual([
    'adopt',
    'begin-adoption',
  ])
  const asked = OPERATION_KINDS.filter((one) => one !== 'tenant.adopt' && one !== 'unit.rotate-key') // of stacks alone
  for (const kind of asked) {
    const [change, step] = kind in ON_WISH ? ON_WISH[kind as keyof typeof ON_WISH] : [null, null]
    expect([kind, stackChangeOf(kind, 'instance')]).toEqual([kind, null])
    expect([kind, ownChangeOf(kind, 'instance'), changeBegins(kind, 'instance')]).toEqual([kind, change, step])
    expect([kind, ownChangeOf(kind, 'cell'), changeBegins(kind, 'cell')]).toEqual([kind, null, null])
  }
})

const FREE: PriceChange = { fromMinor: 0, toMinor: 0, currency: 'EUR', quotedMinor: null }

test('what is protected and ends must be named; what changes in place, comes to be or is not protected need not', () => {
  const found = findingsOf(
    [
      resource('db', 'delete'),
      resource('key', 'create-replacement'),
      resource('store', 'delete', false),
      resource('cluster', 'update'),
      resource('new', 'create'),
    ],
    FREE,
  )
  expect(toRelease({ findings: found })).toEqual(['db', 'key'])
  expect(findingsOf([resource('new', 'create')], FREE)).toEqual([])
})

test('a month that becomes dearer than what was quoted must be named, and one that was dearer before need not', () => {
  const named = (price: Partial<PriceChange>) => toRelease({ findings: findingsOf([], { ...FREE, ...price }) })
  expect(named({ fromMinor: 100, toMinor: 101, quotedMinor: 100 })).toEqual(['price'])
  expect(named({ fromMinor: 0, toMinor: 101, quotedMinor: 100 })).toEqual(['price'])
  expect(named({ fromMinor: 100, toMinor: 101 })).toEqual([]) // nobody was quoted anything
  expect(named({ fromMinor: 120, toMinor: 110, quotedMinor: 100 })).toEqual(['price'])
  expect(named({ fromMinor: 120, toMinor: 120, quotedMinor: 100 })).toEqual([])
  for (const toMinor of [0, 99, 100]) expect(named({ fromMinor: 100, toMinor, quotedMinor: 100 })).toEqual([])
})

const findings = findingsOf([resource('db', 'delete'), resource('key', 'delete')], FREE)
const ready = { state: 'ready', hash: 'abc', content: { findings } } as const
const release = ['key', 'db']

test('an approval holds for the plan that it names, with everything that it has to name', () => {
  expect(faultOfApproval(ready, { planHash: 'abc', release })).toBeNull()
  expect(faultOfApproval(ready, { planHash: 'abc', release: [...release, 'more'] })).toBeNull()
  expect(faultOfApproval({ ...ready, content: { findings: [] } }, { planHash: 'abc', release: [] })).toBeNull()
})

test('it holds for no other, for none that is not there, and not without what goes', () => {
  expect(faultOfApproval(ready, { planHash: 'abd', release })).toBe('plan.stale')
  expect(faultOfApproval(ready, { planHash: null, release })).toBe('plan.hash-required')
  expect(faultOfApproval(ready, { planHash: 'abc', release: ['db'] })).toBe('plan.release-required')
  for (const state of ['planning', 'failed'] as const)
    expect(faultOfApproval({ state, hash: null, content: null }, { planHash: 'abc', release })).toBe('plan.not-ready')
})

test('a change starts by itself where nobody has to agree and nothing protected goes; a removal where one operator may ask for it', () => {
  expect(startsByItself('none', { change: 'build', findings: [] })).toBe(true)
  expect(startsByItself('none', { change: 'build', findings })).toBe(false)
  expect(startsByItself('none', { change: 'destroy', findings })).toBe(true)
  expect(startsByItself('second-operator', { change: 'build', findings: [] })).toBe(false)
  expect(startsByItself('second-operator', { change: 'destroy', findings })).toBe(false)
})

test('where nothing was planned nothing can be named', () => {
  expect(faultOfApproval(undefined, { planHash: null, release: [] })).toBeNull()
  expect(faultOfApproval(undefined, { planHash: 'abc', release: [] })).toBe('plan.none')
  expect(faultOfApproval(undefined, { planHash: null, release: ['db'] })).toBe('plan.none')
})
