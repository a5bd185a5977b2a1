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
import { previewUnit } from './preview.ts'
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

describe('what applying would change, as the server says by a dry run', () => {
  const preview = (objects: KubernetesObject[], how: 'apply' | 'repair' = 'apply', part = 'workload') =>
    previewUnit(cluster, { ...unit, parts: [{ owner: { tenant: null, part }, objects }], how }, unlinked)
  const applied = () => [
    deployment(),
    object('v1', 'Service', 'ledger', {
      spec: { selector: { app: 'ledger' }, ports: [{ port: 80, targetPort: 8080 }] },
    }),
    object('v1', 'ConfigMap', 'settings', { data: { level: 'info', 'app.toml': 'a = 1' } }),
  ]
  const everything = async () =>
    Promise.all(
      [
        ['Deployment', 'apps/v1', 'ledger'],
        ['Service', 'v1', 'ledger'],
        ['ConfigMap', 'v1', 'settings'],
      ].map(async ([kind = '', apiVersion = '', name = '']) =>
        readObject(cluster, { apiVersion, kind, namespace: space, name }, unlinked),
      ),
    )

  test('what was applied stays as it is, whoever applies it next', async () => {
    const found = await preview(applied())
    expect(found.map(({ object: name, action }) => `${action} ${name}`)).toEqual([
      `keep Deployment ${space}/ledger`,
      `keep Service ${space}/ledger`,
      `keep ConfigMap ${space}/settings`,
    ])
    for (const { version, digest } of found) expect([version, digest]).toEqual([expect.any(String), expect.any(String)])
  })

  test('makes, changes and removals are told apart, each field before and after, and nothing is written', async () => {
    await patch('Deployment', 'ledger', { spec: { replicas: 5 }, metadata: { annotations: { theirs: 'kept' } } })
    const before = await everything()
    const wanted = [
      deployment(),
      object('v1', 'ConfigMap', 'settings', { data: { level: 'debug' } }),
      object('v1', 'ConfigMap', 'fresh', { data: { a: 'b' } }),
    ]
    const found = await preview(wanted)
    expect(found.map(({ object: name, action, fields }) => [action, name, fields])).toEqual([
      ['update', `Deployment ${space}/ledger`, [{ path: 'spec.replicas', before: '5', after: '2' }]],
      [
        'update',
        `ConfigMap ${space}/settings`,
        [
          { path: 'data["app.toml"]', before: '"a = 1"', after: null },
          { path: 'data.level', before: '"info"', after: '"debug"' },
        ],
      ],
      ['create', `ConfigMap ${space}/fresh`, []],
      ['delete', `Service ${space}/ledger`, []],
    ])
    expect(await everything()).toEqual(before)
    expect(await read('ConfigMap', 'fresh')).toBeUndefined()
    const [, , kept] = await preview(wanted, 'repair')
    expect(kept).toMatchObject({ action: 'create' })
    expect((await preview(wanted, 'repair')).map(({ action }) => action)).not.toContain('delete')
  })

  test('its version changes with every write to what it is to be, and with nothing else', async () => {
    const versionOf = async () => (await preview(applied()))[2]?.version
    const first = await versionOf()
    expect(await versionOf()).toBe(first)
    await patch('ConfigMap', 'settings', { data: { level: 'trace' } })
    const second = await versionOf()
    expect(second).not.toBe(first)
  })

  test('values of a Secret are never shown', async () => {
    const secret = (password: string) => object('v1', 'Secret', 'login', { stringData: { password } })
    await applyOwned(cluster, owner(null, 'secrets'), [secret('planted-one')], unlinked)
    const found = await preview([secret('planted-two')], 'apply', 'secrets')
    expect(found).toMatchObject([{ action: 'update', fields: [{ before: '[redacted]', after: '[redacted]' }] }])
    expect(JSON.stringify(found)).not.toMatch(/planted|cGxhbnRlZ/)
  })

  test('what applying would be refused with is known before: another’s object, and what the server does not take', async () => {
    const config = object('v1', 'ConfigMap', 'theirs', { data: {} })
    const path = await cluster.discovery.path(
      { apiVersion: 'v1', kind: 'ConfigMap', namespace: space, name: '' },
      unlinked,
    )
    const query = { fieldManager: 'kubectl-create' }
    await cluster.call({ method: 'POST', path: path.replace(/\/$/, ''), query, body: config, what: 'make' }, unlinked)
    await expect(preview([config])).rejects.toMatchObject({ code: 'object.foreign' })
    expect(await preview([config], 'repair')).toMatchObject([{ action: 'keep' }])
    const wrong = object('v1', 'Service', 'wrong', { spec: { ports: [{ port: 123_456 }] } })
    await expect(preview([wrong])).rejects.toMatchObject({ code: 'cluster.refused' })
  })

  test('a namespace that is yet to be made is no fault', async () => {
    const elsewhere = { ...object('v1', 'ConfigMap', 'early', {}), metadata: { name: 'early', namespace: 'not-yet' } }
    expect(await preview([elsewhere], 'apply', 'early')).toMatchObject([{ action: 'create', version: null }])
  })
})
