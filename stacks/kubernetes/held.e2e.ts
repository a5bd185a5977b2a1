import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestCluster, type TestCluster } from '../../test/support/kubernetes.ts'
import { serverSideApply } from './apply.ts'
import { readObject } from './calls.ts'
import { type Cluster, connectCluster } from './cluster.ts'
import type { Held } from './held.ts'
import { applyOwned, type Owner, repairOwned } from './inventory.ts'
import { readInventory } from './inventory-record.ts'
import { unlinked } from './link.ts'
import type { KubernetesObject } from './objects.ts'
import { previewUnit } from './preview.ts'

/** What an operation writes is what it was planned with, on a real API server. */
let server: TestCluster
let cluster: Cluster
beforeAll(async () => {
  server = await startTestCluster()
  cluster = connectCluster({ kubeconfig: server.kubeconfig })
  await serverSideApply(cluster, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }])
})
afterAll(async () => {
  await cluster?.close()
  await server?.stop()
})

const settings = (name: string, data: Record<string, string> = { a: '1' }): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop' },
  data,
})
const unit = { unit: 'alpha', unitId: 'unit-1' }
const ownerOf = (tenant: string, epoch: number): Owner => ({ ...unit, tenant, part: 'route', epoch })
const read = (name: string) =>
  readObject(cluster, { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name }, unlinked)
/** A connection whose process dies before its n-th call. */
const dyingBefore = (n: number): Cluster => {
  let calls = 0
  const call: Cluster['call'] = (request, link) =>
    (calls += 1) >= n ? Promise.reject(new Error('killed')) : cluster.call(request, link)
  return { ...cluster, call }
}

describe('what was planned', () => {
  const [a, b, gone] = ['a', 'b', 'gone'] as const
  let tenant: string
  let count = 0
  const wanted = (value: string) => [a, b].map((name) => settings(`${tenant}-${name}`, { a: value }))
  /** As it was compared for an operation of epoch 6, with what is to be applied. */
  const planned = async (value: string, moved: Held['moved'] = 'refuse', how: 'apply' | 'repair' = 'apply') => {
    const parts = [{ owner: { tenant, part: 'route' }, objects: wanted(value) }]
    const objects = await previewUnit(cluster, { ...unit, parts, how }, unlinked)
    const versions = new Map(objects.map(({ object, version }) => [object, version]))
    const digests = new Map(
      objects.flatMap(({ object, digest }) => (digest === null ? [] : [[object, digest] as const])),
    )
    return { versions, digests: moved === 'refuse' ? digests : null, epochs: new Set([6, 7]), moved } satisfies Held
  }
  const byHand = (name: string, method: 'PATCH' | 'DELETE' = 'PATCH') => {
    const path = `/api/v1/namespaces/shop/configmaps/${tenant}-${name}`
    const how = { query: { fieldManager: 'somebody' }, contentType: 'application/merge-patch+json' }
    const change = method === 'PATCH' ? { ...how, body: { data: { theirs: 'yes' } } } : {}
    return cluster.call({ method, path, ...change, what: 'meddle' }, unlinked)
  }
  const data = async () => Promise.all([a, b].map(async (name) => (await read(`${tenant}-${name}`))?.['data']))
  beforeEach(async () => {
    tenant = `h${(count += 1)}`
    await applyOwned(cluster, ownerOf(tenant, 4), [...wanted('1'), settings(`${tenant}-${gone}`)], unlinked)
  })

  test('is refused as a whole, by name, where one object moved, was deleted or is to be removed and moved', async () => {
    const held = await planned('2')
    for (const [name, how] of [
      [b, 'PATCH'],
      [gone, 'PATCH'],
      [b, 'DELETE'],
    ] as const) {
      await byHand(name, how)
      const before = await data()
      await expect(applyOwned(cluster, ownerOf(tenant, 6), wanted('2'), unlinked, { held })).rejects.toMatchObject({
        code: 'object.moved',
        detail: expect.stringContaining(`ConfigMap shop/${tenant}-${name}`),
      })
      expect(await data()).toEqual(before)
      expect((await readInventory(cluster, ownerOf(tenant, 6), unlinked))?.epoch).toBe(4)
    }
  })

  test('is refused where something else would be applied than was shown', async () => {
    const held = await planned('2')
    const other = applyOwned(cluster, ownerOf(tenant, 6), wanted('3'), unlinked, { held })
    await expect(other).rejects.toMatchObject({ code: 'object.moved' })
    expect(await data()).toEqual([{ a: '1' }, { a: '1' }])
  })

  test('goes on after a kill at any moment, also when somebody has changed by then what it wrote', async () => {
    const held = await planned('2')
    let done = false
    for (let n = 1; !done; n += 1)
      done = await applyOwned(dyingBefore(n), ownerOf(tenant, 6), wanted('2'), unlinked, { held }).then(
        () => true,
        (error: Error) => {
          expect(error.message).toBe('killed')
          return false
        },
      )
    expect(await data()).toEqual([{ a: '2' }, { a: '2' }])
    await byHand(a)
    await applyOwned(cluster, ownerOf(tenant, 6), wanted('2'), unlinked, { held })
    expect(await data()).toEqual([{ a: '2', theirs: 'yes' }, { a: '2' }])
  })

  test('a way back leaves what moved as it is, listed, and gives the rest back', async () => {
    const held = await planned('2', 'leave')
    await byHand(b)
    const { kept } = await applyOwned(cluster, ownerOf(tenant, 7), wanted('0'), unlinked, { held })
    expect(kept.map(({ name }) => name)).toEqual([`${tenant}-b`])
    expect(await data()).toEqual([{ a: '0' }, { a: '1', theirs: 'yes' }])
    expect((await readInventory(cluster, ownerOf(tenant, 7), unlinked))?.entries).toHaveLength(2)
  })

  test('a repair gives back what it was planned with, and nothing that moved once more', async () => {
    await byHand(b)
    const held = { ...(await planned('1', 'refuse', 'repair')), digests: null }
    await byHand(a)
    const owner = ownerOf(tenant, 6)
    await expect(repairOwned(cluster, owner, wanted('1'), unlinked, held)).rejects.toMatchObject({
      code: 'object.moved',
      detail: `ConfigMap shop/${tenant}-a`,
    })
    await repairOwned(cluster, owner, wanted('1'), unlinked, {
      ...(await planned('1', 'refuse', 'repair')),
      digests: null,
    })
  })
})
