import { readFile } from 'node:fs/promises'
import { CoreV1Api, KubeConfig, NetworkingV1Api, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { unitNames } from '../../control-plane/domain/naming.ts'
import { BY_HAND, byHand } from '../support/by-hand.ts'
import { testEstate, type TestEstate } from '../support/estate.ts'
import { meddle } from '../support/meddle.ts'
import { ownPod } from '../support/own-pods.ts'
import { asCustomer } from '../support/plane.ts'
import { secondOperator } from '../support/second-operator.ts'
import { until, withClient } from '../support/postgres.ts'

/** What somebody does to units behind the plane's back, found by the observer and repaired by an operation, on the real servers. */
let its: TestEstate
const config = new KubeConfig()
beforeAll(async () => {
  its = await testEstate()
  config.loadFromFile(its.estate.credentials.kubeconfig('admin'))
  await done('POST', '/v1/cells', { name: 'home' })
  await done('POST', '/v1/tenants', { slug: 'acme', plan: 'starter-shared' })
  await done('POST', '/v1/tenants', { slug: 'globex', plan: 'team-private' })
})
afterAll(() => its?.remove())

type End = 'succeeded' | 'failed'
async function done(method: string, path: string, body?: unknown, state: End = 'succeeded'): Promise<string> {
  const answer = await its.plane.call(method, path, body === undefined ? {} : { body })
  if (answer.status !== 202) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  await its.plane.settle(String(answer.body['operationId']), state)
  return String(answer.body['operationId'])
}
type Shown = { what: string; object: string; path: string | null; found: string | null }
type Drift = {
  inSync: boolean
  differences: Shown[]
  repair: { operationId: string; found: Shown[]; remaining: Shown[] }
}
const drift = async (unit: string) => (await its.plane.call<Drift>('GET', `/v1/units/${unit}/drift`)).body
const places = (list: Shown[]) => list.map(({ what, object, path }) => `${what} ${object} ${path ?? ''}`.trim())
const reconcile = (unit: string, state?: End) => done('POST', `/v1/units/${unit}/reconcile`, undefined, state)
const host = async (slug: string) => (await its.plane.call<{ host: string }>('GET', `/v1/tenants/${slug}`)).body.host
const whoami = async (slug: string) => (await asCustomer(its.estate.urls.edge, await host(slug), '/whoami')).status
const products = async (statement: string, database = 'postgres') => {
  const url = new URL((await readFile(its.estate.credentials.url('products-admin'), 'utf8')).trim())
  url.pathname = `/${database}`
  return withClient(url.href, async (client) => (await client.query(statement)).rows)
}
const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)

test('units nobody meddled with are in sync, and a repair has nothing to do', async () => {
  for (const unit of ['home', 'globex']) {
    const operationId = await reconcile(unit)
    expect(await drift(unit)).toMatchObject({ inSync: true, repair: { operationId, found: [], remaining: [] } })
  }
})

test('a cell: everything that was done to it is named and repaired, and its pods serve with the new password', async () => {
  const names = unitNames('cell', 'home')
  await meddle(its.estate, 'home')
  await config
    .makeApiClient(NetworkingV1Api)
    .deleteNamespacedNetworkPolicy({ name: 'default-deny', namespace: names.namespace })
  await products('alter table accounts no force row level security', names.database)
  await products(`grant connect on database ${names.database} to public`)
  const core = config.makeApiClient(CoreV1Api)
  await core.patchNamespacedSecret(
    {
      name: names.databaseSecret,
      namespace: names.namespace,
      fieldManager: 'kubectl-edit',
      body: { stringData: { DATABASE_URL: 'postgres://planted-secret@127.0.0.1/x' } },
    },
    merge,
  )
  const operationId = await reconcile('home')
  const { repair, ...now } = await drift('home')
  expect(places(repair.found)).toEqual([
    'changed Deployment cell-home/ledger spec.revisionHistoryLimit',
    'missing NetworkPolicy cell-home/default-deny',
    'changed Secret cell-home/database data.DATABASE_URL',
    'missing Service cell-home/ledger',
    `changed database ${names.database} rights of public`,
    `changed role ${names.appRole} connection limit`,
    `changed table ${names.database} public.accounts row level security forced`,
  ])
  expect([repair.operationId, repair.remaining]).toEqual([operationId, []])
  expect(now).toMatchObject({ inSync: true, differences: [] })
  expect(JSON.stringify({ repair, now })).not.toContain('planted-secret')
  await until(async () => expect(await whoami('acme')).toBe(200))
  const account = await asCustomer(its.estate.urls.edge, await host('acme'), '/accounts', {
    method: 'POST',
    body: { name: 'Cash', kind: 'asset', currency: 'EUR' },
  })
  expect(account.status).toBe(201) // its pods have the new password
})

test('a suspended instance has its guardrails and limits back, and stays suspended', async () => {
  const names = unitNames('instance', 'globex')
  await done('POST', '/v1/tenants/globex/suspend')
  await reconcile('globex')
  expect((await drift('globex')).repair.found).toEqual([])
  await meddle(its.estate, 'globex', 'instance')
  const core = config.makeApiClient(CoreV1Api)
  await core.deleteNamespacedResourceQuota({ name: 'instance', namespace: names.namespace })
  const { namespace } = names
  await until(() => core.createNamespacedPod({ namespace, body: ownPod(namespace, 'stray') })) // nothing counts it
  await core.patchNamespacedConfigMap(
    {
      name: 'tenants',
      namespace: names.namespace,
      fieldManager: 'kubectl-edit',
      body: { data: { 'tenants.json': '{}' } },
    },
    merge,
  )
  await reconcile('globex')
  const { repair, inSync } = await drift('globex')
  expect(places(repair.found)).toEqual(
    expect.arrayContaining([
      'missing ResourceQuota tenant-globex/instance',
      'missing Service tenant-globex/ledger',
      `changed role ${names.appRole} connection limit`,
    ]),
  )
  expect([inSync, repair.remaining]).toEqual([true, []])
  const { items } = await core.listNamespacedPod({ namespace: names.namespace })
  expect(items).toEqual([])
  expect(await whoami('globex')).toBe(403)
  await done('POST', '/v1/tenants/globex/resume')
  await until(async () => expect(await whoami('globex')).toBe(200))
  await reconcile('globex')
  expect((await drift('globex')).repair.found).toEqual([])
})

test('what is somebody else’s stays, and what of ours cannot be repaired is named', async () => {
  const { namespace, database } = unitNames('cell', 'home')
  const core = config.makeApiClient(CoreV1Api)
  await core.deleteNamespacedService({ name: 'ledger', namespace })
  const theirs = { metadata: { name: 'ledger' }, spec: { ports: [{ port: 9 }] } }
  await core.createNamespacedService({ namespace, body: theirs })
  const failed = await reconcile('home', 'failed')
  const { body } = await its.plane.call<{ error: { code: string; message: string } }>('GET', `/v1/operations/${failed}`)
  expect(body.error).toMatchObject({
    code: 'unit.still-drifts',
    message: expect.stringContaining('Service cell-home/ledger'),
  })
  expect((await core.readNamespacedService({ name: 'ledger', namespace })).spec?.ports).toMatchObject([{ port: 9 }])
  await core.deleteNamespacedService({ name: 'ledger', namespace })
  const { body: again } = await its.plane.call('POST', `/v1/operations/${failed}/retry`)
  await its.plane.settle(String(again['operationId']))
  expect(await drift('home')).toMatchObject({ inSync: true })
  expect(database).toBe('cell_home')
})

type Planned = {
  state: string
  hash: string
  content: { objects: { object: string; action: string }[]; conflicts: unknown[] }
}
/** The observation of an adoption, once it was made. */
const observed = (operationId: string, number: number) =>
  until(async () => {
    const { body } = await its.plane.call<Planned & { number: number }>('GET', `/v1/operations/${operationId}/plan`)
    expect(body).toMatchObject({ number, state: 'ready' })
    return body
  }, 60)

test('what a customer made by hand is observed without a write, refused when it moved, taken over with its rows, and then a unit like any', async () => {
  const id = '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c77'
  const { core, sql, seen, shape, dba } = await byHand(its, id)
  const token = await secondOperator(its.plane, 'sre')
  const before = await seen()
  const asked = await its.plane.call('POST', '/v1/adoptions', {
    body: { slug: 'initech', id, plan: 'team-private', ...BY_HAND },
  })
  expect(asked).toMatchObject({ status: 202, body: { state: 'waiting' } })
  const first = String(asked.body['operationId'])
  const { hash, content } = await observed(first, 1)
  expect(content.conflicts).toEqual([])
  expect(content.objects).toContainEqual(
    expect.objectContaining({ object: `Namespace ${BY_HAND.namespace}`, action: 'adopt' }),
  )
  expect(content.objects).toContainEqual(
    expect.objectContaining({ object: `ConfigMap ${BY_HAND.namespace}/notes`, action: 'keep' }),
  )
  expect(await seen()).toEqual(before)

  await core.patchNamespace({ name: BY_HAND.namespace, body: { metadata: { labels: { moved: 'yes' } } } }, merge)
  const moved = await seen()
  const approve = (operationId: string, plan: string) =>
    its.plane.call('POST', `/v1/operations/${operationId}/approve`, { token, body: { plan } })
  expect((await approve(first, hash)).status).toBe(202)
  expect((await its.plane.settle(first, 'failed')).error).toMatchObject({
    code: 'plan.stale',
    message: expect.stringContaining(`Namespace ${BY_HAND.namespace}`),
  })
  expect(await seen()).toEqual(moved)

  const again = async (operationId: string) => {
    const { body } = await its.plane.call('POST', `/v1/operations/${operationId}/retry`)
    const next = String(body['operationId'])
    expect((await approve(next, (await observed(next, 1)).hash)).status).toBe(202)
    return next
  }
  const [second, asItWas] = [await again(first), await shape()]
  await until(async () => {
    const { body } = await its.plane.call<{ steps: { step: string; state: string }[] }>(
      'GET',
      `/v1/operations/${second}`,
    )
    expect(body.steps.find(({ step }) => step === 'deploy')?.state).not.toBe('pending')
  }, 60)
  expect((await its.plane.call('POST', `/v1/operations/${second}/cancel`)).status).toBe(202)
  await its.plane.settle(second, 'cancelled')
  expect(await shape()).toEqual(asItWas)

  await its.plane.settle(await again(second))
  expect(await whoami('initech')).toBe(200)
  const after = await seen()
  expect(after.rows).toEqual(before.rows)
  expect(after.namespace?.labels).toMatchObject({ customer: 'initech', moved: 'yes' })
  expect(after.objects.find((one) => one?.name === 'notes')).toEqual(
    before.objects.find((one) => one?.name === 'notes'),
  )
  expect(await sql(BY_HAND.database, ['select note from books.invoices'], dba)).toEqual([]) // it gets in, row-level security holds
  await reconcile('initech')
  expect(await drift('initech')).toMatchObject({ inSync: true, repair: { found: [], remaining: [] } })
  await done('POST', '/v1/tenants/initech/suspend')
  expect(await whoami('initech')).toBe(403)
  const { body: removal } = await its.plane.call('DELETE', '/v1/tenants/initech')
  if (removal['state'] === 'waiting')
    await its.plane.call('POST', `/v1/operations/${String(removal['operationId'])}/approve`, { token })
  await its.plane.settle(String(removal['operationId']))
  await expect(core.readNamespace({ name: BY_HAND.namespace })).rejects.toMatchObject({ code: 404 })
  expect(await sql('postgres', [`select 1 from pg_database where datname = '${BY_HAND.database}'`])).toEqual([])
})
