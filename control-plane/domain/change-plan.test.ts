import { expect, test } from 'vitest'
import {
  faultOfApproval,
  findingsOf,
  stackChangeOf,
  startsByItself,
  toRelease,
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

test('what builds or destroys a stack is planned, and nothing else', () => {
  expect(stackChangeOf('tenant.provision', 'stack')).toBe('build')
  expect(stackChangeOf('tenant.decommission', 'stack')).toBe('destroy')
  expect(stackChangeOf('tenant.suspend', 'stack')).toBeNull()
  expect(stackChangeOf('tenant.provision', 'instance')).toBeNull()
  expect(stackChangeOf('cell.retire', 'cell')).toBeNull()
})

test('what is protected and ends must be named; what changes in place, comes to be or is not protected need not', () => {
  const found = findingsOf([
    resource('db', 'delete'),
    resource('key', 'create-replacement'),
    resource('store', 'delete', false),
    resource('cluster', 'update'),
    resource('new', 'create'),
  ])
  expect(toRelease({ findings: found })).toEqual(['db', 'key'])
  expect(findingsOf([resource('new', 'create')])).toEqual([])
})

const findings = findingsOf([resource('db', 'delete'), resource('key', 'delete')])
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
