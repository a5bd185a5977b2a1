import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ADOPTING_ANNOTATION, UNIT_LABEL } from '../../control-plane/domain/naming.ts'
import { startTestCluster, type TestCluster } from '../../test/support/kubernetes.ts'
import { observeAdoption } from './adoption.ts'
import { readObject } from './calls.ts'
import { type Cluster, connectCluster } from './cluster.ts'
import { serverSideApply } from './apply.ts'
import { applyOwned, type Owner, removeOwned } from './inventory.ts'
import { unlinked } from './link.ts'
import { belongsTo, type KubernetesObject, refOf } from './objects.ts'
import { type Adopting, keepTaken } from './take-over.ts'

/** What somebody made by hand, on a real API server: observed without a write, taken over as it was observed, and let go again. */
let server: TestCluster
let cluster: Cluster
let reader: Cluster
beforeAll(async () => {
  server = await startTestCluster()
  cluster = connectCluster({ kubeconfig: server.kubeconfig })
  reader = connectCluster({ kubeconfig: server.sweepKubeconfig })
  await serverSideApply(cluster, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'steward' } }])
})
afterAll(async () => {
  await Promise.all([cluster?.close(), reader?.close()])
  await server?.stop()
})

let namespace: string
let owner: Owner
let count = 0
beforeEach(() => {
  namespace = `by-hand-${(count += 1)}`
  const unitId = `0190d0ec-7f10-7c3c-9f6a-00000000000${count}`
  owner = { unit: `unit-${count}`, unitId, tenant: null, part: 'instance', epoch: 2 }
})

const object = (apiVersion: string, kind: string, name: string, more: object): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
  ...more,
})
const home = (labels = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: namespace, labels },
})
const service = (app = 'ledger') =>
  object('v1', 'Service', 'ledger', { spec: { selector: { app }, ports: [{ port: 80 }] } })
const account = () => object('v1', 'ServiceAccount', 'ledger', {})
const notes = () => object('v1', 'ConfigMap', 'notes', { data: { a: '1' } })
const quota = () => object('v1', 'ResourceQuota', 'instance', { spec: { hard: { pods: '4' } } })

/** As a customer does: under a name of its own. */
async function byHand(...objects: KubernetesObject[]): Promise<void> {
  for (const one of objects) {
    const path = (await cluster.discovery.path(refOf(one), unlinked)).replace(/\/[^/]+$/, '')
    const query = { fieldManager: 'kubectl-create' }
    await cluster.call({ method: 'POST', path, query, body: one, what: 'make it by hand' }, unlinked)
  }
}
const live = async (one: KubernetesObject) => readObject(cluster, refOf(one), unlinked)
const observe = (objects: readonly KubernetesObject[], written: KubernetesObject[] = []) =>
  observeAdoption(
    { reader, writer: cluster },
    { namespace, parts: [{ owner, objects }], written: written.map(refOf) },
    unlinked,
  )
const adoptingOf = ({ objects }: Awaited<ReturnType<typeof observe>>): Adopting =>
  new Map(
    objects.flatMap(({ object: name, action, version }) => (action === 'adopt' && version ? [[name, version]] : [])),
  )

test('observing says what would be made, taken with what is added, and left, and writes nothing', async () => {
  const made = [home(), service(), account(), notes()]
  await byHand(...made)
  const before = await Promise.all(made.map(live))
  const seen = await observe([home({ tier: 'tenant' }), service(), quota()])
  expect(await Promise.all(made.map(live))).toEqual(before)
  expect(await live(quota())).toBeUndefined()
  expect(seen.conflicts).toEqual([])
  expect(seen.objects).toMatchObject([
    { object: `ConfigMap ${namespace}/notes`, action: 'keep' },
    { object: `Namespace ${namespace}`, action: 'adopt', changed: ['metadata.labels.tier'] },
    { object: `ResourceQuota ${namespace}/instance`, action: 'create', version: null },
    { object: `Service ${namespace}/ledger`, action: 'adopt', changed: [] },
    { object: `ServiceAccount ${namespace}/ledger`, action: 'keep' },
  ])
})

test('what would have to be overwritten, what is in the place of ours and what is another unit’s stands against it', async () => {
  const foreign = { ...account(), metadata: { ...account().metadata, labels: { [UNIT_LABEL]: 'another' } } }
  await byHand(home({ tier: 'free' }), service('other'), foreign, notes())
  const { conflicts } = await observe([home({ tier: 'tenant' }), service()], [notes()])
  expect(conflicts).toEqual([
    { object: `ConfigMap ${namespace}/notes`, reason: expect.stringContaining('rename it') },
    { object: `Namespace ${namespace}`, reason: expect.stringContaining('metadata.labels.tier is "free"') },
    { object: `Service ${namespace}/ledger`, reason: 'spec.selector.app is "other", the unit needs "ledger"' },
    { object: `ServiceAccount ${namespace}/ledger`, reason: 'it belongs to the unit another' },
  ])
})

test('a namespace that is not there stands against it, and none is made', async () => {
  const { conflicts } = await observe([home(), quota()])
  expect(conflicts).toEqual([{ object: `Namespace ${namespace}`, reason: 'it does not exist' }])
  expect(await live(home())).toBeUndefined()
})

test('without an observation nothing of it is taken', async () => {
  await byHand(home(), service())
  await expect(applyOwned(cluster, owner, [home(), service()], unlinked)).rejects.toMatchObject({
    code: 'object.foreign',
  })
})

test('what moved since it was observed is refused before anything is written', async () => {
  await byHand(home(), service())
  const wanted = [home({ tier: 'tenant' }), service()]
  const adopting = adoptingOf(await observe(wanted))
  await serverSideApply(cluster, [{ ...service(), metadata: { ...service().metadata, labels: { by: 'somebody' } } }])
  const before = await live(home())
  await expect(applyOwned(cluster, owner, wanted, unlinked, { adopting })).rejects.toMatchObject({
    code: 'object.foreign',
    detail: expect.stringContaining('Service'),
  })
  expect(await live(home())).toEqual(before)
})

const bare = (one: KubernetesObject | undefined) => {
  const { managedFields: _m, resourceVersion: _r, ...metadata } = one?.metadata ?? { name: '' }
  return { ...one, metadata }
}

test('what was taken over is let go when it is removed before the end, exactly as it was; what was made for it goes', async () => {
  const there = [home({ by: 'hand' }), service(), notes()]
  await byHand(...there)
  const before = (await Promise.all(there.map(live))).map(bare)
  const wanted = [home({ by: 'hand', tier: 'tenant' }), service(), quota()]
  const adopting = adoptingOf(await observe(wanted))
  for (const _ of ['once', 'again']) await applyOwned(cluster, owner, wanted, unlinked, { adopting })
  const taken = await live(service())
  expect(belongsTo(taken?.metadata ?? {}, owner)).toBe(true)
  expect(taken?.metadata.annotations).toMatchObject({ [ADOPTING_ANNOTATION]: 'true' })
  expect((await live(home()))?.metadata.labels).toMatchObject({ by: 'hand', tier: 'tenant' })
  expect(bare(await live(notes()))).toEqual(before[2])
  for (const epoch of [3, 3]) await removeOwned(cluster, { ...owner, epoch }, unlinked)
  expect((await Promise.all(there.map(live))).map(bare)).toEqual(before)
  expect(await live(quota())).toBeUndefined()
  expect((await live(service()))?.metadata['managedFields']).not.toContainEqual(
    expect.objectContaining({ manager: 'steward' }),
  )
})

test('once it is kept it is the unit’s like any: removing it deletes it, what was left alone stays', async () => {
  await byHand(home(), service(), notes())
  const wanted = [home(), service()]
  const adopting = adoptingOf(await observe(wanted))
  await applyOwned(cluster, owner, wanted, unlinked, { adopting })
  for (const _ of ['once', 'again']) await keepTaken(cluster, owner.unitId, unlinked)
  expect((await live(service()))?.metadata.annotations).not.toHaveProperty(ADOPTING_ANNOTATION)
  await applyOwned(cluster, { ...owner, epoch: 4 }, [home()], unlinked) // what is no longer wanted is pruned
  expect(await live(service())).toBeUndefined()
  expect(await live(notes())).toBeDefined()
})
