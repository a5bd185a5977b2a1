import { expect, test } from 'vitest'
import { LOCAL_KINDS, differenceOf, faultsOf, hasRisen, raised, type LocalKind } from './local-kinds.ts'
import { readUrn } from './urn.ts'

const kind = (type: string): LocalKind => {
  const found = LOCAL_KINDS[`steward:local:${type}`]
  if (!found) throw new Error(type)
  return found
}
const cluster = { name: 'acme-cluster', version: '1.35.4', nodes: 1 }
const pair = { name: 'acme-database', standbys: 1, maxConnections: 50 }

test.each([
  ['KubernetesCluster', { ...cluster, version: '1.35' }, 'version'],
  ['KubernetesCluster', { ...cluster, nodes: 2 }, 'nodes'],
  ['KubernetesCluster', { ...cluster, name: '4ever' }, 'name'],
  ['KubernetesCluster', { ...cluster, name: `a${'b'.repeat(40)}` }, 'name'],
  ['KubernetesCluster', { name: 'a', version: '1.35.4' }, 'nodes'],
  ['PostgresCluster', { ...pair, standbys: 2 }, 'standbys'],
  ['PostgresCluster', { ...pair, maxConnections: 19 }, 'maxConnections'],
  ['PostgresCluster', { ...pair, maxConnections: '50' }, 'maxConnections'],
  ['PostgresCluster', { ...pair, primary: 'first' }, 'primary'],
  ['Key', { name: 'a', generation: 0 }, 'generation'],
  ['Key', { name: 'a', generation: 1.5 }, 'generation'],
  ['BackupStore', { name: 'a', residency: 'Nowhere' }, 'residency'],
])('%s with %j is refused for its %s', (type, inputs, property) => {
  expect(faultsOf(kind(type), inputs).map((fault) => fault.property)).toEqual([property])
})

test('right inputs have no fault, nor have those that are not known yet', () => {
  expect(faultsOf(kind('KubernetesCluster'), cluster)).toEqual([])
  expect(faultsOf(kind('PostgresCluster'), pair)).toEqual([])
  expect(faultsOf(kind('Key'), { name: 'a', generation: '04da6b54-80e4-46f7-96ec-b56ff0331ba9' })).toEqual([])
})

test('a key rises and never goes back: what it was rotated to by hand is no drift, and less changes nothing', () => {
  const at = (generation: number) => ({ name: 'acme-key', generation })
  expect(raised(kind('Key'), at(2), at(3))).toEqual(at(3))
  expect(raised(kind('Key'), at(2), at(1))).toEqual(at(2))
  expect(raised(kind('Key'), {}, at(1))).toEqual(at(1))
  expect(raised(kind('Key'), at(2), { name: 'another', generation: 1 })).toEqual({ name: 'another', generation: 1 })
  expect(raised(kind('PostgresCluster'), { ...pair, maxConnections: 400 }, pair)).toEqual(pair)
  expect(hasRisen('steward:local:Key', 'generation', { wanted: 2, found: 5 })).toBe(true)
  expect(hasRisen('steward:local:Key', 'generation', { wanted: 5, found: 2 })).toBe(false)
  expect(hasRisen('steward:local:PostgresCluster', 'maxConnections', { wanted: 2, found: 5 })).toBe(false)
  expect(differenceOf(kind('Key'), at(2), at(3))).toEqual({ changed: ['generation'], replaces: [] })
})

test('what cannot be changed in place is made anew, the rest is not', () => {
  const newer = { ...cluster, version: '1.36.0' }
  expect(differenceOf(kind('KubernetesCluster'), cluster, newer)).toEqual({ changed: ['version'], replaces: [] })
  expect(differenceOf(kind('KubernetesCluster'), newer, cluster).replaces).toEqual(['version'])
  expect(differenceOf(kind('KubernetesCluster'), { ...cluster, version: '1.9.0' }, cluster).replaces).toEqual([])
  expect(differenceOf(kind('KubernetesCluster'), cluster, { ...cluster, name: 'b' }).replaces).toEqual(['name'])
  expect(differenceOf(kind('PostgresCluster'), pair, { ...pair, standbys: 0 })).toEqual({
    changed: ['standbys'],
    replaces: [],
  })
  const store = { name: 'acme-backups', residency: 'local-1' }
  expect(differenceOf(kind('BackupStore'), store, { ...store, residency: 'local-2' }).replaces).toEqual(['residency'])
  expect(differenceOf(kind('BackupStore'), store, store)).toEqual({ changed: [], replaces: [] })
})

test('a URN says stack, project, type and name, below a parent, too', () => {
  expect(readUrn('urn:pulumi:acme::steward::steward:local:Stack$steward:local:Key::acme-key')).toEqual({
    stack: 'acme',
    project: 'steward',
    type: 'steward:local:Key',
    name: 'acme-key',
  })
})
