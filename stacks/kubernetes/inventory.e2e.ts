import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TENANT_LABEL, UNIT_LABEL } from '../../control-plane/domain/naming.ts'
import { startTestCluster, type TestCluster } from '../../test/support/kubernetes.ts'
import { serverSideApply } from './apply.ts'
import { listObjects, readObject } from './calls.ts'
import { type Cluster, connectCluster } from './cluster.ts'
import { applyOwned, type Owner, removeOwned } from './inventory.ts'
import { inventoryRef, readInventory } from './inventory-record.ts'
import { unlinked } from './link.ts'
import type { KubernetesObject } from './objects.ts'

let server: TestCluster
let cluster: Cluster
beforeAll(async () => {
  server = await startTestCluster({ controllers: true })
  cluster = connectCluster({ kubeconfig: server.kubeconfig })
  await serverSideApply(cluster, [namespace('shop')])
})
afterAll(async () => {
  await cluster?.close()
  await server?.stop()
})

const namespace = (name: string): KubernetesObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
const settings = (name: string, data: Record<string, string> = { a: '1' }, space = 'shop'): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: space },
  data,
})
const unit = { unit: 'alpha', unitId: 'unit-1' }
const ownerOf = (tenant: string | null, epoch: number, part = 'route'): Owner => ({ ...unit, tenant, part, epoch })
const read = (name: string, space = 'shop') =>
  readObject(cluster, { apiVersion: 'v1', kind: 'ConfigMap', namespace: space, name }, unlinked)
const namesOf = async (tenant: string) => {
  const query = { labelSelector: `${UNIT_LABEL}=unit-1,${TENANT_LABEL}=${tenant}` }
  const items = await listObjects(cluster, '/api/v1/namespaces/shop/configmaps', { query, what: 'look' }, unlinked)
  return items.map(({ metadata }) => metadata.name).sort()
}
/** A connection whose process dies before its n-th call, counted from now. */
const dyingBefore = (n: number): Cluster => {
  let calls = 0
  const call: Cluster['call'] = (request, link) => {
    calls += 1
    return calls >= n ? Promise.reject(new Error('killed')) : cluster.call(request, link)
  }
  return { ...cluster, call }
}

describe('server-side apply', () => {
  test('takes a field back that somebody else changed, and a repeat changes nothing', async () => {
    await serverSideApply(cluster, [settings('mine')])
    const path = '/api/v1/namespaces/shop/configmaps/mine'
    const contentType = 'application/merge-patch+json'
    const query = { fieldManager: 'somebody' }
    const patch = {
      method: 'PATCH',
      path,
      query,
      contentType,
      body: { data: { a: '2', b: '3' } },
      what: 'meddle',
    } as const
    await cluster.call(patch, unlinked)
    const [first] = await serverSideApply(cluster, [settings('mine')])
    const [second] = await serverSideApply(cluster, [settings('mine')])
    expect(first?.['data']).toEqual({ a: '1', b: '3' })
    expect(second?.metadata.resourceVersion).toBe(first?.metadata.resourceVersion)
  })

  test('says what the API server says when it refuses', async () => {
    const wrong = { ...settings('wrong'), data: { 'no spaces allowed': 'x' } }
    await expect(serverSideApply(cluster, [wrong])).rejects.toMatchObject({
      code: 'cluster.refused',
      retryable: false,
      detail: expect.stringContaining('apply ConfigMap shop/wrong: '),
      extra: { reason: 'Invalid' },
    })
  })

  test('names a kind that the cluster does not serve', async () => {
    const odd = { apiVersion: 'example.com/v1', kind: 'Odd', metadata: { name: 'x', namespace: 'shop' } }
    await expect(serverSideApply(cluster, [odd])).rejects.toMatchObject({ code: 'cluster.kind-unknown' })
  })

  test('keeps the value of a refused Secret out of the error', async () => {
    const metadata = { name: 'hidden', namespace: 'shop' }
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata, data: { key: 'top-secret-no-base64!' } }
    const refused = await serverSideApply(cluster, [secret]).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: expect.stringMatching(/^cluster\./) })
    expect(String(refused)).not.toContain('top-secret')
  })

  test('tells a missing right from a refusal', async () => {
    const stranger = connectCluster({ kubeconfig: server.strangerKubeconfig })
    await expect(serverSideApply(stranger, [settings('theirs')])).rejects.toMatchObject({ code: 'cluster.forbidden' })
    await stranger.close()
  })

  test('goes on when a frozen API server comes back, and stops at once when it is told to', async () => {
    server.freeze()
    const stop = new AbortController()
    const stopped = serverSideApply(cluster, [settings('late')], { signal: stop.signal })
    const waiting = serverSideApply(cluster, [settings('late')])
    stop.abort(new Error('enough'))
    await expect(stopped).rejects.toThrow('enough')
    server.thaw()
    await waiting
    expect(await read('late')).toBeDefined()
  })

  test('counts what a quota refuses as quota, not as refusal', async () => {
    const hard = { configmaps: '3' }
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'few', namespace: 'tight' },
      spec: { hard },
    }
    await serverSideApply(cluster, [namespace('tight'), quota])
    // admission learns of a fresh quota a moment later: go on until it has
    const fill = async () => {
      for (let n = 0; n < 200; n += 1) await serverSideApply(cluster, [settings(`one-of-many-${n}`, {}, 'tight')])
    }
    await expect(fill()).rejects.toMatchObject({ code: 'cluster.quota-exceeded', retryable: false })
  })
})

describe('inventory', () => {
  test('applies what is wanted and prunes what no longer is', async () => {
    const link = unlinked
    expect(await applyOwned(cluster, ownerOf('t1', 1), [settings('t1-a'), settings('t1-b')], link)).toMatchObject({
      applied: 2,
      pruned: 0,
    })
    expect(await applyOwned(cluster, ownerOf('t1', 2), [settings('t1-b'), settings('t1-c')], link)).toMatchObject({
      applied: 2,
      pruned: 1,
    })
    expect(await namesOf('t1')).toEqual(['t1-b', 't1-c'])
    expect(await removeOwned(cluster, ownerOf('t1', 3), link)).toMatchObject({ removed: 2, left: [] })
    expect(await namesOf('t1')).toEqual([])
    expect(await readInventory(cluster, ownerOf('t1', 3), link)).toBeUndefined()
    expect(await removeOwned(cluster, ownerOf('t1', 3), link)).toMatchObject({ removed: 0 })
  })

  test('refuses an operation older than the one that wrote last, and changes nothing', async () => {
    await applyOwned(cluster, ownerOf('t2', 7), [settings('t2-a', { by: 'seven' })], unlinked)
    const late = applyOwned(cluster, ownerOf('t2', 6), [settings('t2-a', { by: 'six' })], unlinked)
    await expect(late).rejects.toMatchObject({ code: 'effect.fenced', retryable: false, status: 409 })
    await expect(removeOwned(cluster, ownerOf('t2', 6), unlinked)).rejects.toMatchObject({ code: 'effect.fenced' })
    expect((await read('t2-a'))?.['data']).toEqual({ by: 'seven' })
  })

  test('refuses an operation older than a removal, also when nothing is left of what was removed', async () => {
    await applyOwned(cluster, ownerOf('t8', 2), [settings('t8-a')], unlinked)
    await removeOwned(cluster, ownerOf('t8', 4), unlinked)
    const fenced = { code: 'effect.fenced', retryable: false, extra: { epoch: 2, seen: 4 } }
    await expect(applyOwned(cluster, ownerOf('t8', 2), [settings('t8-a')], unlinked)).rejects.toMatchObject(fenced)
    await expect(removeOwned(cluster, ownerOf('t8', 2), unlinked)).rejects.toMatchObject(fenced)
    expect(await readInventory(cluster, ownerOf('t8', 2), unlinked)).toBeUndefined()
    expect(await namesOf('t8')).toEqual([])
    await removeOwned(cluster, ownerOf('t8', 4), unlinked)
    await applyOwned(cluster, ownerOf('t8', 4), [settings('t8-b')], unlinked) // the next Job of the same operation
    await applyOwned(cluster, ownerOf('t8', 6), [settings('t8-a')], unlinked)
    expect(await namesOf('t8')).toEqual(['t8-a'])
  })

  test('a removal that found nothing yet still fences what comes late', async () => {
    expect(await removeOwned(cluster, ownerOf('t9', 4), unlinked)).toEqual({ removed: 0, left: [] })
    const late = applyOwned(cluster, ownerOf('t9', 2), [settings('t9-a')], unlinked)
    await expect(late).rejects.toMatchObject({ code: 'effect.fenced' })
    expect(await namesOf('t9')).toEqual([])
  })

  test('a removal that ends just before an older operation writes its list fences it, and the list goes', async () => {
    const sleeper: Cluster = {
      ...cluster,
      async call(request, link) {
        if (request.what === 'create ConfigMap steward/alpha.t10.route')
          await removeOwned(cluster, ownerOf('t10', 4), unlinked)
        return cluster.call(request, link)
      },
    }
    const late = applyOwned(sleeper, ownerOf('t10', 2), [settings('t10-a')], unlinked)
    await expect(late).rejects.toMatchObject({ code: 'effect.fenced', extra: { epoch: 2, seen: 4 } })
    expect(await readInventory(cluster, ownerOf('t10', 2), unlinked)).toBeUndefined()
    expect(await namesOf('t10')).toEqual([])
  })

  test('removals at once are all noted', async () => {
    const tenants = Array.from({ length: 40 }, (_, n) => `noted-${n}`)
    await Promise.all(tenants.map((tenant) => removeOwned(cluster, ownerOf(tenant, 4), unlinked)))
    const late = await Promise.allSettled(
      tenants.map((tenant) => applyOwned(cluster, ownerOf(tenant, 2), [settings(`${tenant}-a`)], unlinked)),
    )
    expect(late.map(({ status }) => status)).toEqual(tenants.map(() => 'rejected'))
    const notes = await listObjects(cluster, '/api/v1/namespaces/steward/configmaps', { what: 'look' }, unlinked)
    expect(JSON.stringify(notes.filter(({ metadata }) => metadata.name.startsWith('steward-removals-')))).not.toContain(
      'noted-',
    )
  })

  test('tenants of one unit applied at once never prune each other', async () => {
    const tenants = Array.from({ length: 12 }, (_, n) => `many-${n}`)
    await applyOwned(cluster, ownerOf(null, 1, 'workload'), [settings('shared')], unlinked)
    await Promise.all(
      tenants.flatMap((tenant, n) => [
        applyOwned(cluster, ownerOf(tenant, n + 2), [settings(`${tenant}-x`), settings(`${tenant}-y`)], unlinked),
        applyOwned(cluster, ownerOf(tenant, n + 2), [settings(`${tenant}-x`), settings(`${tenant}-y`)], unlinked), // a second attempt
      ]),
    )
    for (const tenant of tenants) expect(await namesOf(tenant)).toEqual([`${tenant}-x`, `${tenant}-y`])
    expect(await read('shared')).toBeDefined()
  })

  test('killed before any of its calls, it leaves nothing unlisted, and a repeat finishes', async () => {
    for (let n = 1, done = false; !done; n += 1) {
      const tenant = `crash-${n}`
      await applyOwned(cluster, ownerOf(tenant, 1), [settings(`${tenant}-old`), settings(`${tenant}-kept`)], unlinked)
      const wanted = [settings(`${tenant}-kept`), settings(`${tenant}-new`)]
      done = await applyOwned(dyingBefore(n), ownerOf(tenant, 2), wanted, unlinked).then(
        () => true,
        () => false,
      )
      const listed = (await readInventory(cluster, ownerOf(tenant, 2), unlinked))?.entries.map(({ name }) => name)
      expect(listed).toEqual(
        expect.arrayContaining(await namesOf(tenant).then((names) => names.filter((name) => name.startsWith(tenant)))),
      )
      await applyOwned(cluster, ownerOf(tenant, 2), wanted, unlinked)
      expect(await namesOf(tenant)).toEqual([`${tenant}-kept`, `${tenant}-new`])
    }
  })

  test('killed before any call of a removal, a repeat removes the rest', async () => {
    for (let n = 1, done = false; !done; n += 1) {
      const tenant = `leave-${n}`
      await applyOwned(cluster, ownerOf(tenant, 1), [settings(`${tenant}-a`), settings(`${tenant}-b`)], unlinked)
      done = await removeOwned(dyingBefore(n), ownerOf(tenant, 2), unlinked).then(
        () => true,
        () => false,
      )
      await removeOwned(cluster, ownerOf(tenant, 2), unlinked)
      expect(await namesOf(tenant)).toEqual([])
    }
  })

  test('an object that was adopted by hand is left in place and reported', async () => {
    await applyOwned(cluster, ownerOf('t3', 1), [settings('t3-a'), settings('t3-b')], unlinked)
    const path = '/api/v1/namespaces/shop/configmaps/t3-a'
    const body = { metadata: { labels: { [TENANT_LABEL]: 'somebody' } } }
    await cluster.call(
      { method: 'PATCH', path, contentType: 'application/merge-patch+json', body, what: 'adopt' },
      unlinked,
    )
    const events: string[] = []
    const link = { ...unlinked, onEvent: ({ message }: { message: string }) => events.push(message) }
    const { removed, left } = await removeOwned(cluster, ownerOf('t3', 2), link)
    expect({ removed, left: left.map(({ name }) => name) }).toEqual({ removed: 1, left: ['t3-a'] })
    expect(events).toContain('left ConfigMap shop/t3-a in place: it does not carry our labels')
    expect(await read('t3-a')).toBeDefined()
    expect(await read('t3-b')).toBeUndefined()
  })

  test('refuses to take over an object of somebody else, or one that its chart labels wrongly', async () => {
    await serverSideApply(cluster, [settings('by-hand', { kept: 'yes' })])
    const hijack = applyOwned(cluster, ownerOf('t4', 1), [settings('by-hand', { kept: 'no' })], unlinked)
    await expect(hijack).rejects.toMatchObject({ code: 'object.foreign' })
    expect((await read('by-hand'))?.['data']).toEqual({ kept: 'yes' })
    const theirs = settings('t4-a')
    theirs.metadata.labels = { [TENANT_LABEL]: 't5' }
    await expect(applyOwned(cluster, ownerOf('t4', 1), [theirs], unlinked)).rejects.toMatchObject({
      code: 'object.mislabelled',
    })
    expect(await readInventory(cluster, ownerOf('t4', 1), unlinked)).toBeUndefined()
  })

  test('a process that wakes after its tenant was removed takes back what it applied', async () => {
    const owner = ownerOf('t6', 1)
    const sleeper: Cluster = {
      ...cluster,
      async call(request, link) {
        // between its list and its apply a newer operation removes the tenant
        if (request.what === 'apply ConfigMap shop/t6-a') await removeOwned(cluster, ownerOf('t6', 2), unlinked)
        return cluster.call(request, link)
      },
    }
    await expect(applyOwned(sleeper, owner, [settings('t6-a')], unlinked)).rejects.toMatchObject({
      code: 'effect.fenced',
    })
    expect(await namesOf('t6')).toEqual([])
  })

  test('removing a cell waits until its namespace and all that is in it are gone', async () => {
    const owner = { ...ownerOf(null, 3, 'cell'), unit: 'beta', unitId: 'unit-2' }
    await applyOwned(cluster, owner, [settings('inside', {}, 'cell-beta'), namespace('cell-beta')], unlinked)
    await serverSideApply(cluster, [settings('unlisted', {}, 'cell-beta')])
    expect(await removeOwned(cluster, { ...owner, epoch: 4 }, unlinked)).toMatchObject({ removed: 2 })
    expect(
      await readObject(cluster, { apiVersion: 'v1', kind: 'Namespace', name: 'cell-beta' }, unlinked),
    ).toBeUndefined()
    expect(await readObject(cluster, inventoryRef(owner), unlinked)).toBeUndefined()
  })

  test('waiting for a removal that something holds up ends when it is told to, and says what it waits for', async () => {
    const held = settings('t7-a')
    held.metadata['finalizers'] = ['steward.dev/test']
    await applyOwned(cluster, ownerOf('t7', 1), [held], unlinked)
    const stop = new AbortController()
    const onEvent = ({ message }: { message: string }) =>
      message.includes('waiting until ConfigMap shop/t7-a is gone') && stop.abort(new Error('enough'))
    await expect(removeOwned(cluster, ownerOf('t7', 2), { signal: stop.signal, onEvent })).rejects.toThrow('enough')
    expect((await readInventory(cluster, ownerOf('t7', 2), unlinked))?.entries).toHaveLength(1)
  })
})
