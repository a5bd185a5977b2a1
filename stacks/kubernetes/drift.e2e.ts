import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { TENANT_LABEL, UNIT_LABEL } from '../../control-plane/domain/naming.ts'
import { startTestCluster, type TestCluster } from '../../test/support/kubernetes.ts'
import { serverSideApply } from './apply.ts'
import { readObject } from './calls.ts'
import { type Cluster, connectCluster } from './cluster.ts'
import { compareUnit } from './drift.ts'
import { applyOwned, type Owner } from './inventory.ts'
import { unlinked } from './link.ts'
import type { KubernetesObject } from './objects.ts'
import { ensureSecret } from './secrets.ts'

/** Drift on a real API server: exactly what was done to it is reported. */
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

const TENANT = '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c57'
let space: string
let unit: { unit: string; unitId: string }
let count = 0
const owner = (tenant: string | null, part: string): Owner => ({ ...unit, tenant, part, epoch: 4 })
const object = (apiVersion: string, kind: string, name: string, more: object): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: space },
  ...more,
})
const deployment = () =>
  object('apps/v1', 'Deployment', 'ledger', {
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'ledger' } },
      template: {
        metadata: { labels: { app: 'ledger' } },
        spec: {
          containers: [
            { name: 'ledger', image: 'ledger:1.0.0', resources: { limits: { cpu: '1000m', memory: '64Mi' } } },
          ],
        },
      },
    },
  })
const secretRef = () => ({ apiVersion: 'v1', kind: 'Secret', namespace: space, name: 'database' })
const compare = () =>
  compareUnit(
    { reader, writer: cluster },
    {
      ...unit,
      inventories: [
        { tenant: null, part: 'workload' },
        { tenant: TENANT, part: 'route' },
      ],
      written: [{ ref: secretRef(), keys: ['DATABASE_URL', 'MIGRATION_DATABASE_URL'] }],
    },
    unlinked,
  )
const patch = async (kind: string, name: string, body: object, manager = 'kubectl-edit') => {
  const ref = { apiVersion: kind === 'Deployment' ? 'apps/v1' : 'v1', kind, namespace: space, name }
  const path = await cluster.discovery.path(ref, unlinked)
  const call = { method: 'PATCH', path, query: { fieldManager: manager }, body, what: 'meddle' } as const
  await cluster.call({ ...call, contentType: 'application/merge-patch+json' }, unlinked)
}
const remove = async (kind: string, name: string) => {
  const path = await cluster.discovery.path({ apiVersion: 'v1', kind, namespace: space, name }, unlinked)
  await cluster.call({ method: 'DELETE', path, what: 'remove' }, unlinked)
}
const read = (kind: string, name: string) =>
  readObject(cluster, { apiVersion: 'v1', kind, namespace: space, name }, unlinked)

beforeEach(async () => {
  count += 1
  space = `cell-${count}`
  unit = { unit: `alpha-${count}`, unitId: `unit-${count}` }
  await serverSideApply(cluster, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: space } }])
  await applyOwned(
    cluster,
    owner(null, 'workload'),
    [
      deployment(),
      object('v1', 'Service', 'ledger', {
        spec: { selector: { app: 'ledger' }, ports: [{ port: 80, targetPort: 8080 }] },
      }),
      object('v1', 'ConfigMap', 'settings', { data: { level: 'info', 'app.toml': 'a = 1' } }),
    ],
    unlinked,
  )
  await applyOwned(
    cluster,
    owner(TENANT, 'route'),
    [object('v1', 'ConfigMap', 'route', { data: { to: 'acme' } })],
    unlinked,
  )
  await ensureSecret(cluster, {
    namespace: space,
    name: 'database',
    labels: { [UNIT_LABEL]: unit.unitId, [TENANT_LABEL]: 'none' },
    make: () => ({ DATABASE_URL: 'postgres://app:planted-secret@db', MIGRATION_DATABASE_URL: 'postgres://owner:x@db' }),
  })
})

test('nothing differs where nobody meddled, however the server writes what was applied', async () => {
  expect(await compare()).toEqual([])
})

describe('what was done is reported, exactly', () => {
  test('a changed, an added and a removed field', async () => {
    await patch('Deployment', 'ledger', { spec: { replicas: 5 } })
    await patch('ConfigMap', 'settings', { data: { level: 'debug', 'app.toml': null, theirs: 'stays' } })
    const base = { what: 'changed', tenantId: null } as const
    expect(await compare()).toEqual([
      { ...base, object: `ConfigMap ${space}/settings`, path: 'data.level', wanted: '"info"', found: '"debug"' },
      { ...base, object: `ConfigMap ${space}/settings`, path: 'data["app.toml"]', wanted: '"a = 1"', found: null },
      { ...base, object: `Deployment ${space}/ledger`, path: 'spec.replicas', wanted: '2', found: '5' },
    ])
  })

  test('a field inside a list', async () => {
    const containers = [{ name: 'ledger', image: 'ledger:6.6.6', resources: { limits: { cpu: '1', memory: '64Mi' } } }]
    await patch('Deployment', 'ledger', { spec: { template: { spec: { containers } } } })
    expect(await compare()).toMatchObject([
      { path: 'spec.template.spec.containers[0].image', wanted: '"ledger:1.0.0"', found: '"ledger:6.6.6"' },
    ])
  })

  test('an object that is gone, with the tenant whose it was', async () => {
    await remove('ConfigMap', 'route')
    await remove('Secret', 'database')
    const gone = { what: 'missing', path: null, wanted: null, found: null } as const
    expect(await compare()).toEqual([
      { ...gone, object: `ConfigMap ${space}/route`, tenantId: TENANT },
      { ...gone, object: `Secret ${space}/database`, tenantId: null },
    ])
  })

  test('an object with our labels that nobody of us made', async () => {
    const stranger = object('v1', 'ConfigMap', 'stranger', { data: { x: 'y' } })
    const labels = { [UNIT_LABEL]: unit.unitId, [TENANT_LABEL]: TENANT }
    const body = { ...stranger, metadata: { ...stranger.metadata, labels } }
    const path = `/api/v1/namespaces/${space}/configmaps`
    await cluster.call({ method: 'POST', path, query: { fieldManager: 'kubectl' }, body, what: 'plant' }, unlinked)
    expect(await compare()).toEqual([
      {
        what: 'unknown',
        object: `ConfigMap ${space}/stranger`,
        tenantId: TENANT,
        path: null,
        wanted: null,
        found: null,
      },
    ])
    expect(await read('ConfigMap', 'stranger')).toBeDefined()
  })

  test('a secret that somebody wrote to, without its values', async () => {
    await patch('Secret', 'database', { data: { DATABASE_URL: Buffer.from('postgres://evil').toString('base64') } })
    const found = await compare()
    expect(found).toEqual([
      {
        what: 'changed',
        object: `Secret ${space}/database`,
        tenantId: null,
        path: 'data.DATABASE_URL',
        wanted: '[redacted]',
        found: 'value differs',
      },
    ])
    expect(JSON.stringify(found)).not.toMatch(/evil|planted/)
  })

  test('labels that were taken away, and nothing is taken over because of it', async () => {
    await patch('ConfigMap', 'settings', { metadata: { labels: { [UNIT_LABEL]: null } } })
    expect(await compare()).toMatchObject([
      {
        what: 'changed',
        object: `ConfigMap ${space}/settings`,
        path: `metadata.labels["${UNIT_LABEL}"]`,
        found: 'null',
      },
    ])
  })
})

test('comparing changes nothing', async () => {
  await patch('ConfigMap', 'settings', { data: { level: 'debug' } })
  const before = await read('ConfigMap', 'settings')
  await compare()
  await compare()
  expect(await read('ConfigMap', 'settings')).toEqual(before)
})

test('applying again what the inventory says brings it back, and leaves what others added', async () => {
  await patch('ConfigMap', 'settings', { data: { level: 'debug', theirs: 'stays' } })
  await remove('ConfigMap', 'route')
  await applyOwned(
    cluster,
    owner(TENANT, 'route'),
    [object('v1', 'ConfigMap', 'route', { data: { to: 'acme' } })],
    unlinked,
  )
  expect(await compare()).toMatchObject([{ object: `ConfigMap ${space}/settings`, path: 'data.level' }])
  const settings = object('v1', 'ConfigMap', 'settings', { data: { level: 'info', 'app.toml': 'a = 1' } })
  await applyOwned(cluster, { ...owner(null, 'extra') }, [settings], unlinked)
  expect(await compare()).toEqual([])
  expect((await read('ConfigMap', 'settings'))?.['data']).toMatchObject({ theirs: 'stays' })
})
