import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { TENANT_LABEL, UNIT_LABEL } from '../../control-plane/domain/naming.ts'
import { startTestCluster, type TestCluster } from '../../test/support/kubernetes.ts'
import { serverSideApply } from './apply.ts'
import { readObject } from './calls.ts'
import { type Cluster, connectCluster } from './cluster.ts'
import { compareUnit } from './drift.ts'
import { applyOwned, type Owner, repairOwned } from './inventory.ts'
import { unlinked } from './link.ts'
import { type KubernetesObject, ownerLabels } from './objects.ts'
import { ensureSecret, readSecret, repairSecret } from './secrets.ts'
import { publishTenantsFile, readTenantsFile } from './tenants-file.ts'

/** What a repair takes back and what it leaves, on a real API server. */
let server: TestCluster
let cluster: Cluster
let reader: Cluster
beforeAll(async () => {
  server = await startTestCluster()
  cluster = connectCluster({ kubeconfig: server.kubeconfig })
  reader = connectCluster({ kubeconfig: server.sweepKubeconfig })
})
afterAll(async () => {
  await Promise.all([cluster?.close(), reader?.close()])
  await server?.stop()
})

let space: string
let unit: { unit: string; unitId: string }
let count = 0
const owner = (epoch = 4): Owner => ({ ...unit, tenant: null, part: 'workload', epoch })
const settings = (data: object = { level: 'info' }): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: space },
  data,
})
const quota = (): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'quota', namespace: space },
  spec: { hard: { pods: '6' } },
})
const KEYS = ['DATABASE_URL', 'COPY_DATABASE_URL']
const written = (kind: 'Secret' | 'ConfigMap', name: string) => ({ apiVersion: 'v1', kind, namespace: space, name })
const compare = () =>
  compareUnit(
    { reader, writer: cluster },
    {
      ...unit,
      inventories: [{ tenant: null, part: 'workload' }],
      written: [
        { ref: written('Secret', 'database'), keys: KEYS },
        { ref: written('ConfigMap', 'tenants'), keys: [] },
      ],
    },
    unlinked,
  )
const seen = async () => (await compare()).map(({ what, object, path }) => `${what} ${object} ${path ?? ''}`.trim())
const repair = () => repairOwned(cluster, owner(5), [settings(), quota()], unlinked)
const at = async (kind: string, name: string) =>
  cluster.discovery.path({ apiVersion: 'v1', kind, namespace: space, name }, unlinked)
const patch = async (kind: string, name: string, body: object) =>
  cluster.call(
    {
      method: 'PATCH',
      path: await at(kind, name),
      query: { fieldManager: 'kubectl-edit' },
      body,
      contentType: 'application/merge-patch+json',
      what: 'meddle',
    },
    unlinked,
  )
const remove = async (kind: string, name: string, namespace = space) =>
  cluster.call(
    {
      method: 'DELETE',
      path: await cluster.discovery.path({ apiVersion: 'v1', kind, namespace, name }, unlinked),
      what: 'remove',
    },
    unlinked,
  )
const read = (kind: string, name: string) =>
  readObject(cluster, { apiVersion: 'v1', kind, namespace: space, name }, unlinked)
const plant = async (object: KubernetesObject) => {
  const path = (await at(object.kind, object.metadata.name)).replace(/\/[^/]+$/, '')
  await cluster.call(
    { method: 'POST', path, query: { fieldManager: 'kubectl' }, body: object, what: 'plant' },
    unlinked,
  )
}
let made = 0
const make = () => Object.fromEntries(KEYS.map((key) => [key, `postgres://${key.toLowerCase()}-${(made += 1)}`]))
const file = (revision: number) => ({ unit: unit.unit, revision, tenants: [] })
const publication = (revision: number) => ({
  ...unit,
  namespace: space,
  configMap: 'tenants',
  file: file(revision),
  epoch: 4,
})
const secret = (holds: (key: string, value: string) => boolean = (_, value) => value.startsWith('postgres://')) =>
  repairSecret(
    cluster,
    { namespace: space, name: 'database', owner: { unitId: unit.unitId, tenant: null }, make, holds },
    unlinked,
  )

beforeEach(async () => {
  count += 1
  space = `repaired-${count}`
  unit = { unit: `alpha-${count}`, unitId: `unit-${count}` }
  await serverSideApply(cluster, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: space } }])
  await applyOwned(cluster, owner(), [settings(), quota()], unlinked)
  const labels = ownerLabels({ unitId: unit.unitId, tenant: null })
  await ensureSecret(cluster, { namespace: space, name: 'database', labels, make })
  await publishTenantsFile(cluster, publication(3), unlinked)
  expect(await seen()).toEqual([])
})

test('fields that are ours are taken back, those of others and their objects stay', async () => {
  await patch('ConfigMap', 'settings', { data: { level: 'debug', theirs: 'stays' } })
  await remove('ResourceQuota', 'quota')
  await plant({
    ...settings(),
    metadata: { name: 'stranger', namespace: space, labels: ownerLabels({ unitId: unit.unitId, tenant: null }) },
  })
  const stranger = `unknown ConfigMap ${space}/stranger`
  expect(await seen()).toEqual([
    `changed ConfigMap ${space}/settings data.level`,
    stranger,
    `missing ResourceQuota ${space}/quota`,
  ])
  await repair()
  expect(await seen()).toEqual([stranger])
  expect(await read('ConfigMap', 'settings')).toMatchObject({ data: { level: 'info', theirs: 'stays' } })
  expect(await read('ConfigMap', 'stranger')).toMatchObject({ data: { level: 'info' } })
})

test('an inventory that is gone is missed and written anew', async () => {
  const name = `${unit.unit}.none.workload`
  await remove('ConfigMap', name, 'steward')
  expect(await seen()).toEqual([`missing ConfigMap steward/${name}`])
  await repair()
  expect(await seen()).toEqual([])
})

test('an object that lost our labels is ours; one that is another unit’s, or a person’s in its place, is left and named', async () => {
  await patch('ConfigMap', 'settings', { metadata: { labels: { [UNIT_LABEL]: null, [TENANT_LABEL]: null } } })
  await repair()
  expect(await seen()).toEqual([])

  await patch('ConfigMap', 'settings', {
    metadata: { labels: { [UNIT_LABEL]: 'another-unit' } },
    data: { level: 'theirs' },
  })
  await remove('ResourceQuota', 'quota')
  await plant({ ...quota(), spec: { hard: { pods: '99' } } })
  await repair()
  expect(await read('ConfigMap', 'settings')).toMatchObject({ data: { level: 'theirs' } })
  expect(await read('ResourceQuota', 'quota')).toMatchObject({ spec: { hard: { pods: '99' } } })
  expect((await seen()).filter((one) => one.startsWith(`changed ConfigMap ${space}/settings`))).not.toEqual([])
  expect((await seen()).filter((one) => one.startsWith(`changed ResourceQuota ${space}/quota`))).not.toEqual([])
})

test('an older operation repairs nothing any more', async () => {
  await applyOwned(cluster, owner(9), [settings({ level: 'newer' }), quota()], unlinked)
  await expect(repair()).rejects.toMatchObject({ code: 'effect.fenced' })
  expect(await read('ConfigMap', 'settings')).toMatchObject({ data: { level: 'newer' } })
})

test('a value of the Secret that somebody wrote is made anew, the others stay; one that is gone is made', async () => {
  const before = await readSecret(cluster, { namespace: space, name: 'database' }, unlinked)
  expect(await secret()).toEqual(before)
  await patch('Secret', 'database', {
    data: { DATABASE_URL: Buffer.from('postgres://evil').toString('base64'), theirs: 'c3RheXM=' },
  })
  expect(await seen()).toEqual([`changed Secret ${space}/database data.DATABASE_URL`])
  const repaired = await secret()
  expect(repaired['DATABASE_URL']).not.toMatch(/evil/)
  expect(repaired['DATABASE_URL']).not.toBe(before?.['DATABASE_URL'])
  expect(repaired).toMatchObject({ COPY_DATABASE_URL: before?.['COPY_DATABASE_URL'], theirs: 'stays' })
  expect(await seen()).toEqual([])
  expect(await secret((key) => key !== 'COPY_DATABASE_URL')).not.toMatchObject({
    COPY_DATABASE_URL: before?.['COPY_DATABASE_URL'],
  })
  await remove('Secret', 'database')
  expect(await seen()).toEqual([`missing Secret ${space}/database`])
  expect(Object.keys(await secret()).toSorted()).toEqual(KEYS.toSorted())
  expect(await seen()).toEqual([])
})

test('a Secret without our labels is taken back if we wrote it, and left alone if somebody else did', async () => {
  const before = await readSecret(cluster, { namespace: space, name: 'database' }, unlinked)
  await patch('Secret', 'database', { metadata: { labels: { [UNIT_LABEL]: null } } })
  expect(await secret()).toEqual(before)
  expect(await seen()).toEqual([])
  await remove('Secret', 'database')
  await plant({
    ...written('Secret', 'database'),
    metadata: { name: 'database', namespace: space },
    stringData: { DATABASE_URL: 'x' },
  })
  await expect(secret()).rejects.toMatchObject({ code: 'object.foreign' })
  expect(await readSecret(cluster, { namespace: space, name: 'database' }, unlinked)).toEqual({ DATABASE_URL: 'x' })
})

test('a tenants file is published over what somebody wrote, beside what they added, and never over a later one of ours', async () => {
  const text = () => readTenantsFile(cluster, { namespace: space, configMap: 'tenants' }, unlinked)
  await patch('ConfigMap', 'tenants', { data: { 'tenants.json': 'not json', theirs: 'stays' } })
  await publishTenantsFile(cluster, publication(4), unlinked, { repair: true })
  expect(JSON.parse((await text()) ?? '')).toEqual(file(4))
  await patch('ConfigMap', 'tenants', { data: { 'tenants.json': JSON.stringify(file(9e15)) } })
  await publishTenantsFile(cluster, publication(5), unlinked, { repair: true })
  expect(JSON.parse((await text()) ?? '')).toEqual(file(5))
  await publishTenantsFile(cluster, publication(4), unlinked, { repair: true })
  expect(JSON.parse((await text()) ?? '')).toEqual(file(5))
  const restored = 4_000_000_006 // what four restores in a line have made of a 6
  await publishTenantsFile(cluster, publication(restored), unlinked)
  for (const takesBack of [false, true])
    await publishTenantsFile(cluster, publication(restored - 1), unlinked, { repair: takesBack })
  expect(JSON.parse((await text()) ?? '')).toEqual(file(restored))
  await patch('ConfigMap', 'tenants', { metadata: { labels: { [UNIT_LABEL]: null } } })
  await expect(publishTenantsFile(cluster, publication(restored + 1), unlinked)).rejects.toMatchObject({
    code: 'object.foreign',
  })
  await publishTenantsFile(cluster, publication(restored + 1), unlinked, { repair: true })
  expect(await read('ConfigMap', 'tenants')).toMatchObject({ data: { theirs: 'stays' } })
  expect(await seen()).toEqual([])
})
