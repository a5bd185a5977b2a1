import { readFile } from 'node:fs/promises'
import { AppsV1Api, CoreV1Api, KubeConfig, NetworkingV1Api } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unitNames } from '../../../control-plane/domain/naming.ts'
import { testEstate, type TestEstate } from '../../support/estate.ts'
import { ownPod, runOwn } from '../../support/own-pods.ts'
import { asCustomer } from '../../support/plane.ts'
import { until, withClient } from '../../support/postgres.ts'
import { approvePlanned, secondOperator } from '../../support/second-operator.ts'
import { residueOf, type Wanted } from '../../support/residue.ts'

let its: TestEstate
let second: string
beforeAll(async () => {
  its = await testEstate()
  await done('POST', '/v1/cells', { name: 'home' })
  second = await secondOperator(its.plane, 'administrator')
})
afterAll(() => its?.remove())

/** Asks and waits until it has succeeded. */
async function done(method: string, path: string, body?: unknown): Promise<void> {
  const answer = await its.plane.call(method, path, body === undefined ? {} : { body })
  if (answer.status !== 202) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  await its.plane.settle(String(answer.body['operationId']))
}
type Plan = { content: { objects: { object: string; fields: { path: string; before: string; after: string }[] }[] } }
/** Has it planned, has another operator agree, waits until it has succeeded, and says which fields were to change. */
async function planned(method: string, path: string, body?: unknown): Promise<string[]> {
  const answer = await its.plane.call(method, `${path}?planned=true`, body === undefined ? {} : { body })
  expect([answer.status, answer.body['state']]).toEqual([202, 'waiting'])
  const operationId = String(answer.body['operationId'])
  await approvePlanned(its.plane, second, operationId)
  await its.plane.settle(operationId)
  const { body: plan } = await its.plane.call<Plan>('GET', `/v1/operations/${operationId}/plan`)
  return plan.content.objects.flatMap(({ object, fields }) =>
    fields.map((field) => `${object} ${field.path}: ${field.before} → ${field.after}`),
  )
}
async function provision(slug: string, plan = 'team-private'): Promise<Wanted> {
  await done('POST', '/v1/tenants', { slug, plan })
  return (await its.plane.call<Wanted>('GET', `/v1/tenants/${slug}`)).body
}
const as = (tenant: Wanted, at: string, body?: unknown) =>
  asCustomer(its.estate.urls.edge, tenant.host, at, body === undefined ? {} : { method: 'POST', body })
const openAccount = async (tenant: Wanted): Promise<string> => {
  const { status, body } = await as(tenant, '/accounts', { name: 'Cash', kind: 'asset', currency: 'EUR' })
  expect(status).toBe(201)
  return (JSON.parse(body) as { id: string }).id // the ledger's own answer
}
const kubernetes = () => {
  const config = new KubeConfig()
  config.loadFromFile(its.estate.credentials.kubeconfig('admin'))
  return {
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
    network: config.makeApiClient(NetworkingV1Api),
  }
}
const products = async (database: string): Promise<string> => {
  const at = new URL((await readFile(its.estate.credentials.url('products-admin'), 'utf8')).trim())
  at.pathname = `/${database}`
  return at.href
}
const loginOf = async (namespace: string): Promise<string> => {
  const { data } = await kubernetes().core.readNamespacedSecret({ name: 'database', namespace })
  return Buffer.from(data?.['DATABASE_URL'] ?? '', 'base64').toString()
}
/** What the database cluster grants the product's login. */
const roleOf = async (role: string) =>
  withClient(await products('postgres'), async (client) => {
    const { rows } = await client.query<{ connections: number; settings: string[] }>(
      'select rolconnlimit as connections, rolconfig as settings from pg_roles where rolname = $1',
      [role],
    )
    return rows[0]
  })
const quotaOf = async (namespace: string) =>
  (await kubernetes().core.readNamespacedResourceQuota({ name: 'instance', namespace })).spec?.hard ?? {}
const podsIn = async (namespace: string) =>
  (await kubernetes().core.listNamespacedPod({ namespace })).items.map(({ metadata }) => metadata?.name ?? '')

describe('a private instance', () => {
  const names = unitNames('instance', 'acme')
  let acme: Wanted
  let account: string
  beforeAll(async () => {
    acme = await provision('acme')
    account = await openAccount(acme)
  })

  test('is served at its own address, from its own pods', async () => {
    expect(await as(acme, '/whoami')).toMatchObject({ status: 200, body: expect.stringContaining('"tenant":"acme"') })
    expect((await podsIn(names.namespace)).filter((name) => name.startsWith('ledger-'))).toHaveLength(2)
    expect((await its.plane.call('GET', '/v1/units/acme')).body).toMatchObject({
      kind: 'instance',
      state: 'active',
      facets: ['namespace', 'database'],
      tenant: { id: acme.id, slug: 'acme' },
    })
  })

  test('lies behind guardrails of its plan, from birth', async () => {
    const { core, network } = kubernetes()
    const { metadata } = await core.readNamespace({ name: names.namespace })
    expect(metadata?.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
      'steward.dev/tenant': acme.id,
    })
    expect(await quotaOf(names.namespace)).toMatchObject({
      pods: '8',
      'limits.cpu': '8',
      'limits.memory': '2Gi',
      'services.nodeports': '0',
    })
    const { items } = await network.listNamespacedNetworkPolicy({ namespace: names.namespace })
    expect(items.map((policy) => policy.metadata?.name)).toContain('default-deny')
    const ranges = await core.listNamespacedLimitRange({ namespace: names.namespace })
    expect(ranges.items[0]?.spec?.limits[0]?.max).toMatchObject({ cpu: '1', memory: '256Mi' })
  })

  test('has a database of its own, with logins that its plan limits and that get into no other', async () => {
    expect(await roleOf(names.appRole)).toEqual({ connections: 30, settings: ['statement_timeout=5000'] })
    const own = await withClient(await products(names.database), (client) =>
      client.query('select tenant_id from accounts where id = $1', [account]),
    )
    expect(own.rows).toEqual([{ tenant_id: acme.id }])
    const elsewhere = new URL(await loginOf(names.namespace))
    elsewhere.pathname = `/${unitNames('cell', 'home').database}`
    await expect(withClient(elsewhere.href, async () => {})).rejects.toThrow(/permission denied for database/)
    const session = await withClient(await loginOf(names.namespace), (client) => client.query('show statement_timeout'))
    expect(session.rows).toEqual([{ statement_timeout: '5s' }])
  })

  test('is suspended to nothing, as it was planned, refused with 403 while nothing runs, and comes back with its data', async () => {
    expect(await planned('POST', '/v1/tenants/acme/suspend')).toEqual(
      expect.arrayContaining([
        'Deployment tenant-acme/ledger spec.replicas: 2 → 0',
        'ResourceQuota tenant-acme/instance spec.hard.pods: "8" → "0"',
      ]),
    )
    expect(await podsIn(names.namespace)).toEqual([])
    expect(await as(acme, '/whoami')).toMatchObject({ status: 403, body: expect.stringContaining('tenant.suspended') })
    expect((await its.plane.call('GET', '/v1/units/acme')).body).toMatchObject({ state: 'suspended' })
    await done('PATCH', '/v1/tenants/acme', { limits: { burst: 500 } }) // reaches it without a pod to ask
    expect((await as(acme, '/whoami')).status).toBe(403)
    expect(await planned('POST', '/v1/tenants/acme/resume')).toContain(
      'Deployment tenant-acme/ledger spec.replicas: 0 → 2',
    )
    expect((await as(acme, `/accounts/${account}`)).status).toBe(200)
    expect((await its.plane.call('GET', '/v1/units/acme')).body).toMatchObject({ state: 'active' })
  })

  test('gets the quota and the database limits of another plan, as it was planned; a repair finds nothing then', async () => {
    const terms = { plan: 'business-private', limits: null }
    expect(await planned('PATCH', '/v1/tenants/acme', terms)).toContain(
      'ResourceQuota tenant-acme/instance spec.hard.pods: "8" → "16"',
    )
    expect(await planned('POST', '/v1/units/acme/reconcile')).toEqual([])
    expect(await quotaOf(names.namespace)).toMatchObject({ pods: '16', 'limits.cpu': '16', 'requests.storage': '10Gi' })
    expect(await roleOf(names.appRole)).toEqual({ connections: 60, settings: ['statement_timeout=10000'] })
    expect((await as(acme, '/whoami')).status).toBe(200)
  })

  test('is brought to another version as it was planned; in a cell nothing is planned', async () => {
    const changes = await planned('POST', '/v1/units/acme/deploy', { version: '1.1.0' })
    expect(changes.filter((change) => change.startsWith('Deployment tenant-acme/ledger'))).not.toEqual([])
    expect((await its.plane.call('GET', '/v1/units/acme')).body).toMatchObject({ version: '1.1.0' })
    expect((await as(acme, `/accounts/${account}`)).status).toBe(200)
    const answer = await its.plane.call('POST', '/v1/units/home/reconcile?planned=true')
    expect(answer.body).toMatchObject({ status: 409, code: 'plan.not-offered' })
  })

  test('takes what its administrator runs with it into suspension, and that comes back by itself', async () => {
    const { core, apps } = kubernetes()
    const { namespace } = names
    const own = async () => (await podsIn(namespace)).filter((name) => name.startsWith('own-'))
    await runOwn({ core, apps }, namespace)
    await until(async () => expect(await own()).toHaveLength(2))
    expect(await podsIn(namespace)).toContain('loner')

    await done('POST', '/v1/tenants/acme/suspend')
    expect(await podsIn(namespace)).toEqual([])
    await expect(core.createNamespacedPod({ namespace, body: ownPod(namespace, 'late') })).rejects.toThrow(
      'exceeded quota',
    )
    const scaled = [{ op: 'replace', path: '/spec/replicas', value: 3 }]
    await apps.patchNamespacedDeployment({ name: 'own', namespace, body: scaled })
    await until(async () => {
      const { status } = await apps.readNamespacedDeployment({ name: 'own', namespace })
      expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'ReplicaFailure', status: 'True' }))
    })
    expect(await podsIn(namespace)).toEqual([])

    await done('PATCH', '/v1/tenants/acme', { plan: 'team-private' })
    expect(await quotaOf(namespace)).toMatchObject({ pods: '0', 'limits.cpu': '8' })
    await done('POST', '/v1/units/acme/reconcile')
    const { body } = await its.plane.call<{ differences: { what: string }[] }>('GET', '/v1/units/acme/drift')
    expect(body.differences.filter(({ what }) => what !== 'unknown')).toEqual([])
    expect(await podsIn(namespace)).toEqual([])

    await done('POST', '/v1/tenants/acme/resume')
    expect(await quotaOf(namespace)).toMatchObject({ pods: '8', 'limits.cpu': '8' })
    expect((await as(acme, `/accounts/${account}`)).status).toBe(200)
    await until(async () => expect(await own()).toHaveLength(3))
    expect(await podsIn(namespace)).not.toContain('loner') // nothing makes a pod of its own again
    await apps.deleteNamespacedDeployment({ name: 'own', namespace })
  })
})

describe('beside others', () => {
  test('two private tenants and a shared one see nothing of each other', async () => {
    const [a, b] = [await provision('apart-a'), await provision('apart-b')]
    const lodger = await provision('lodger', 'starter-shared')
    const account = await openAccount(a)
    for (const other of [b, lodger]) expect((await as(other, `/accounts/${account}`)).status).toBe(404)
    const login = new URL(await loginOf(unitNames('instance', 'apart-b').namespace))
    login.pathname = `/${unitNames('instance', 'apart-a').database}`
    await expect(withClient(login.href, async () => {})).rejects.toThrow(/permission denied for database/)
    const deployments = await kubernetes().apps.listDeploymentForAllNamespaces()
    expect(new Set(deployments.items.map(({ metadata }) => metadata?.namespace))).toEqual(
      new Set(['cell-home', 'tenant-acme', 'tenant-apart-a', 'tenant-apart-b']),
    )
  })
})

describe('the way back and the way out', () => {
  test('a provisioning cancelled half-way leaves nothing, and can be asked for again', async () => {
    const { body } = await its.plane.call('POST', '/v1/tenants', { body: { slug: 'turner', plan: 'team-private' } })
    const operationId = String(body['operationId'])
    await its.plane.call('POST', `/v1/operations/${operationId}/cancel`)
    await its.plane.settle(operationId, 'cancelled')
    const { body: turner } = await its.plane.call<Wanted>('GET', '/v1/tenants/turner')
    expect(await residueOf(its.estate, turner)).toEqual([])
    const again = await its.plane.call('POST', `/v1/operations/${operationId}/retry`)
    await its.plane.settle(String(again.body['operationId']))
    expect((await as(turner, '/whoami')).status).toBe(200)
  })

  test('a removal takes namespace, database, logins and unit with it, also of one that is suspended', async () => {
    const gone = await provision('leaver')
    await openAccount(gone)
    const kinds = async () => [...new Set((await residueOf(its.estate, gone)).map(({ kind }) => kind))].toSorted()
    expect(await kinds()).toEqual([
      'config-map',
      'database',
      'edge-route',
      'namespace',
      'process',
      'role',
      'route',
      'row',
      'workload',
    ])
    await done('POST', '/v1/tenants/leaver/suspend')
    await done('DELETE', '/v1/tenants/leaver')
    expect(await residueOf(its.estate, gone)).toEqual([])
    expect((await as(gone, '/whoami')).status).toBe(404)
    expect((await its.plane.call('GET', '/v1/units/leaver')).body).toMatchObject({ state: 'retired' })
    await provision('after-it') // a removal must not stand in the way of the next one
  })
})
