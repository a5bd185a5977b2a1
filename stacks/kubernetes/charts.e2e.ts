import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { unitNames, TENANT_CLUSTER_ROLES, tenantHost } from '../../control-plane/domain/naming.ts'
import { objectsOf, renderCase } from '../../test/charts/render.ts'
import { httpRouteDefinition } from '../../test/support/http-route.ts'
import { startTestCluster, type TestCluster, toolBinary } from '../../test/support/kubernetes.ts'
import { until } from '../../test/support/postgres.ts'
import { serverSideApply } from './apply.ts'
import { listObjects, readObject } from './calls.ts'
import { type Cluster, connectCluster } from './cluster.ts'
import { applyOwned, type Owner, removeOwned } from './inventory.ts'
import { unlinked } from './link.ts'
import type { KubernetesObject } from './objects.ts'
import { createRenderer, type Renderer } from './render.ts'
import { type PolicyRule, WORKER_RULES } from './rights.ts'
import { substitute } from './substitute.ts'
import { listTenantLeftovers, listUnitLeftovers } from './sweep.ts'

const UNIT = { id: '01900000-0000-7000-8000-0000000000c1', name: 'delta' }
const PLACEHOLDER = { id: '00000000-0000-7000-8000-000000000000', slug: 'placeholder', host: 'placeholder.invalid' }
const names = unitNames('cell', UNIT.name)
const values = { unit: UNIT, namespace: names.namespace }
let server: TestCluster
let cluster: Cluster
let sweeper: Cluster
let admin: Cluster
let renderer: Renderer
beforeAll(async () => {
  server = await startTestCluster({ controllers: true })
  admin = connectCluster({ kubeconfig: server.kubeconfig })
  await serverSideApply(admin, [httpRouteDefinition, ...grant('worker', WORKER_RULES, 'test:stranger')])
  cluster = connectCluster({ kubeconfig: server.strangerKubeconfig }) // may do what a worker may, and nothing else
  sweeper = connectCluster({ kubeconfig: server.sweepKubeconfig })
  renderer = createRenderer({
    helm: await toolBinary('helm'),
    charts: [path.join(import.meta.dirname, '../../charts')],
  })
})
const grant = (name: string, rules: readonly PolicyRule[], group: string): KubernetesObject[] => {
  const apiGroup = 'rbac.authorization.k8s.io'
  const apiVersion = `${apiGroup}/v1`
  const subjects = [{ apiGroup, kind: 'Group', name: group }]
  return [
    { apiVersion, kind: 'ClusterRole', metadata: { name }, rules },
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup, kind: 'ClusterRole', name },
      subjects,
    },
  ]
}
afterAll(async () => {
  await Promise.all([cluster?.close(), sweeper?.close(), admin?.close()])
  await server?.stop()
})
const owner = (part: string, tenant: string | null = null, epoch = 1): Owner => ({
  unit: UNIT.name,
  unitId: UNIT.id,
  tenant,
  part,
  epoch,
})
const ledger = (component: 'workload' | 'migration' | 'route', more: object = {}) => {
  const release = component === 'route' ? 'route' : 'ledger'
  const stable = { version: '1.0.0', weight: 100 }
  return renderer.render({
    chart: 'ledger',
    release,
    namespace: names.namespace,
    values: { ...values, component, stable, ...more },
  })
}

test('a cell, its workload and its tenants are applied as rendered, a repeat changes nothing, and a removal leaves nothing', async () => {
  const cell = await renderer.render({
    chart: 'cell',
    release: 'cell',
    namespace: names.namespace,
    values: { ...values, capacity: { pods: 8 } },
  })
  const workload = await ledger('workload')
  const migration = await ledger('migration', { migration: { phase: 'expand', name: 'migrate-1-0-0' } })
  await applyOwned(cluster, owner('cell'), cell.objects, unlinked)
  await applyOwned(cluster, owner('migration'), migration.objects, unlinked)
  await applyOwned(cluster, owner('workload'), workload.objects, unlinked)
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: names.namespace, name: 'ledger' }
  const before = await readObject(cluster, deployment, unlinked)
  await applyOwned(cluster, owner('workload'), workload.objects, unlinked)
  expect((await readObject(cluster, deployment, unlinked))?.metadata.generation).toBe(before?.metadata.generation)

  const route = await ledger('route', { tenant: PLACEHOLDER })
  const tenants = ['acme', 'bolt'].map((slug, n) => ({
    id: `01900000-0000-7000-8000-00000000000${n}`,
    slug,
    host: tenantHost(slug, 'localhost'),
  }))
  await Promise.all(
    tenants.map((tenant) => {
      const real = { [PLACEHOLDER.id]: tenant.id, [PLACEHOLDER.slug]: tenant.slug, [PLACEHOLDER.host]: tenant.host }
      return applyOwned(cluster, owner('route', tenant.id), substitute(route.objects, real), unlinked)
    }),
  )
  const rendered = await ledger('route', { tenant: tenants[0] ?? {} })
  const served = await readObject(
    cluster,
    { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', namespace: names.namespace, name: 'tenant-acme' },
    unlinked,
  )
  expect(served).toMatchObject({ spec: rendered.objects[0]?.['spec'] ?? 'a route' }) // substituted is the same as rendered

  const [acme, bolt] = tenants.map((tenant) => ({
    tenantId: tenant.id,
    ...tenant,
    unitName: UNIT.name,
    namespace: names.namespace,
  }))
  await removeOwned(cluster, owner('route', tenants[0]?.id ?? '', 2), unlinked)
  expect(acme && (await listTenantLeftovers(sweeper, acme))).toEqual([])
  expect(bolt && (await listTenantLeftovers(sweeper, bolt))).toHaveLength(2) // its route and its inventory
  await removeOwned(cluster, owner('route', tenants[1]?.id ?? '', 2), unlinked)
  for (const part of ['workload', 'migration', 'cell']) await removeOwned(cluster, owner(part, null, 2), unlinked)
  expect(
    await listUnitLeftovers(sweeper, { unitId: UNIT.id, unitName: UNIT.name, namespace: names.namespace }),
  ).toEqual([])
})

test('an instance is applied with the worker’s rights, and the worker gives its tenant the two roles and no other', async () => {
  const unit = { id: '01900000-0000-7000-8000-0000000000c2', name: 'acme' }
  const tenant = { id: '01900000-0000-7000-8000-0000000000c3', hosts: ['acme.localhost'] }
  const namespace = 'tenant-acme'
  const whose = (epoch: number): Owner => ({
    unit: unit.name,
    unitId: unit.id,
    tenant: tenant.id,
    part: 'instance',
    epoch,
  })
  const rendered = await renderer.render({
    chart: 'instance',
    release: 'instance',
    namespace,
    values: { unit, tenant, namespace },
  })
  await applyOwned(cluster, whose(1), rendered.objects, unlinked)
  const bound = await readObject(
    cluster,
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', namespace, name: 'tenant-admin' },
    unlinked,
  )
  expect(bound?.['roleRef']).toMatchObject({ kind: 'ClusterRole', name: TENANT_CLUSTER_ROLES.admin })
  const more = {
    ...bound,
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'more', namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  }
  await expect(serverSideApply(cluster, [more])).rejects.toMatchObject({ code: 'cluster.refused' })
  await removeOwned(cluster, whose(2), unlinked)
  expect(await listUnitLeftovers(sweeper, { unitId: unit.id, unitName: unit.name, namespace })).toEqual([])
})

test('the plane’s own chart is taken by a namespace of restricted pod security, and its pods are made', async () => {
  const namespace = 'steward-plane'
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  await serverSideApply(admin, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }])
  const objects = objectsOf(await renderCase('control-plane-everything', { namespace }))
  await serverSideApply(admin, objects)
  const pods = async () => {
    const collection = `/api/v1/namespaces/${namespace}/pods`
    const found = await listObjects(admin, collection, { what: 'list pods' }, unlinked)
    return found.map(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] ?? '').toSorted()
  }
  await until(async () => expect(await pods()).toEqual(['api', 'api', 'migration', 'worker', 'worker']))
  const token = { apiVersion: 'v1', kind: 'Secret', namespace, name: 'steward-sweep-token' }
  await until(async () =>
    expect(await readObject(admin, token, unlinked)).toMatchObject({ data: { token: expect.any(String) } }),
  )
})

test('the worker’s rights end where its work ends', async () => {
  for (const object of grant('more', WORKER_RULES, 'test:stranger'))
    await expect(serverSideApply(cluster, [object])).rejects.toMatchObject({ code: 'cluster.forbidden' })
})
