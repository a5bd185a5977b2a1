import { readdir, readFile } from 'node:fs/promises'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { verifyArchive } from '../../control-plane/proof/verify-archive.ts'
import { verifyCertificate } from '../../control-plane/proof/verify-certificate.ts'
import { askDaemon } from '../../stacks/local/commands/daemon-client.ts'
import { memberUrl } from '../../stacks/local/resources/postgres-cluster/cluster-files.ts'
import { tablesInBackup, type SeenBackup as Backup } from '../support/backup-by-hand.ts'
import { estateBuckets, type EstateBuckets } from '../support/moto/estate-buckets.ts'
import { untilTask } from '../support/estate-tasks.ts'
import { createCell, testEstate, type TestEstate } from '../support/estate.ts'
import { withOwnParts } from '../support/own-parts.ts'
import { asCustomer } from '../support/plane.ts'
import { meddleInStack } from '../support/stack-cluster.ts'
import { secondOperator } from '../support/second-operator.ts'
import { until, withClient } from '../support/postgres.ts'
import { untilUnderWay } from '../support/under-way.ts'

/** A stack is a cluster and a database pair: it takes a minute on a busy machine. */
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 })
const PATIENCE_S = 500

let its: TestEstate
let second: string
let buckets: EstateBuckets
beforeAll(async () => {
  buckets = await estateBuckets() // of states and exports; other suites build stacks with files
  its = await testEstate({ env: { ...withOwnParts(), ...buckets.env, STEWARD_DRIFT_STACK_MINUTES: '1' } })
  await buckets.takeExports(its.estate)
  await createCell(its.plane, 'cell-1')
  await provision('neighbour', 'starter-shared')
  second = await secondOperator(its.plane, 'administrator')
  await untilTask(its.estate.home, 'stack-engine') // behind everything else: an estate is ready without it
})
afterAll(async () => {
  await its?.remove()
  await buckets?.stop()
})

async function provision(slug: string, plan: string): Promise<void> {
  const { status, body } = await its.plane.call('POST', '/v1/tenants', { body: { slug, plan } })
  expect({ slug, status }).toEqual({ slug, status: 202 })
  await its.plane.settle(String(body['operationId']), 'succeeded', PATIENCE_S)
}

const whoami = async (slug: string) => {
  const { body } = await its.plane.call<{ host: string }>('GET', `/v1/tenants/${slug}`)
  const answer = await asCustomer(its.estate.urls.edge, body.host, '/whoami')
  return answer.status === 200 ? (JSON.parse(answer.body) as { tenant: string }).tenant : answer.status
}
type Plan = {
  state: string
  hash: string
  fault: object | null
  content: {
    change: string
    resources: { resource: string; action: string }[]
    objects: { object: string; fields: { path: string; before: string; after: string }[] }[]
    findings: { resources: string[] }[]
  }
}
/** The change plan of an operation that waits, once it was made. */
async function planOf(operationId: string): Promise<Plan> {
  const look = async () => (await its.plane.call<Plan>('GET', `/v1/operations/${operationId}/plan`)).body
  await expect
    .poll(async () => (await look()).state, { timeout: PATIENCE_S * 1000, interval: 500 })
    .not.toBe('planning')
  const plan = await look()
  expect(plan).toMatchObject({ state: 'ready', fault: null })
  return plan
}
/** Agreed to by somebody else, as it was looked at. */
async function approve(operationId: string, { hash, content }: Plan): Promise<void> {
  const body = { plan: hash, release: content.findings.flatMap(({ resources: named }) => named) }
  const answer = await its.plane.call('POST', `/v1/operations/${operationId}/approve`, { token: second, body })
  expect([answer.status, answer.body]).toMatchObject([202, {}])
}

type Resource = {
  kind: string
  name: string
  state: string
  inputs?: object
  servers: { name: string; pid: number | null }[]
}
const resources = async (): Promise<Resource[]> => {
  const answer = (await (await askDaemon(its.estate.home, '/resources')).json()) as { resources: Resource[] }
  return answer.resources.filter(({ name }) => name.startsWith('acme-'))
}

test('a dedicated tenant is served from a cluster and a database pair of its own', async () => {
  const asked = await its.plane.call('POST', '/v1/tenants', { body: { slug: 'acme', plan: 'enterprise' } })
  expect(asked.body['state']).toBe('waiting') // its plan wants a second operator
  const operationId = String(asked.body['operationId'])
  const plan = await planOf(operationId)
  expect(plan.content.resources.map(({ resource, action }) => `${action} ${resource}`).toSorted()).toEqual(
    ['acme', 'acme-backups', 'acme-cluster', 'acme-db', 'acme-key'].map((name) => `create ${name}`),
  )
  expect(await resources()).toEqual([])
  await approve(operationId, plan)
  await its.plane.settle(operationId, 'succeeded', PATIENCE_S)
  expect(await whoami('acme')).toBe('acme')
  const { body } = await its.plane.call<{ isolation: string; unit: { kind: string; name: string } }>(
    'GET',
    '/v1/tenants/acme',
  )
  expect(body).toMatchObject({ isolation: 'dedicated', unit: { kind: 'stack', name: 'acme' } })
  const made = await resources()
  expect(made.map(({ kind, state }) => `${kind} ${state}`).toSorted()).toEqual([
    'backup-store ready',
    'key ready',
    'kubernetes-cluster ready',
    'postgres-cluster ready',
  ])
})

test('killing every process of it changes nothing for anybody else, and it comes back', async () => {
  const pids = (await resources()).flatMap(({ servers }) => servers.flatMap(({ pid }) => pid ?? []))
  expect(pids.length).toBeGreaterThan(6)
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  expect(await whoami('neighbour')).toBe('neighbour')
  await expect.poll(() => whoami('acme'), { timeout: 300_000, interval: 1000 }).toBe('acme')
})

test('what is handed over leads to its own cluster, and opens its own namespace there', async () => {
  const { status, body } = await its.plane.call<{ kubeconfig: string; server: string; namespace: string }>(
    'POST',
    '/v1/tenants/acme/kubeconfig',
    { body: { role: 'tenant-viewer' } },
  )
  expect(status).toBe(201)
  expect(body.server).not.toBe(`https://127.0.0.1:${its.estate.ports['kube-apiserver']}`)
  const config = new KubeConfig()
  config.loadFromString(body.kubeconfig)
  const pods = await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace: body.namespace })
  expect(pods.items.length).toBeGreaterThan(0)
})

const changing = ({ content }: Plan, object: string) =>
  content.objects
    .filter((one) => one.object === object)
    .flatMap(({ fields }) => fields.map(({ path, before, after }) => `${path}: ${before} → ${after}`))

test('a suspended stack serves nobody, and a resumed one does; each says before what becomes of its pods', async () => {
  for (const [verb, seen, pods] of [
    ['suspend', 403, 'spec.replicas: 2 → 0'],
    ['resume', 'acme', 'spec.replicas: 0 → 2'],
  ] as const) {
    const { body } = await its.plane.call('POST', `/v1/tenants/acme/${verb}`)
    await its.plane.settle(String(body['operationId']), 'succeeded', PATIENCE_S)
    expect(await whoami('acme')).toBe(seen)
    const plan = await planOf(String(body['operationId']))
    expect(changing(plan, 'Deployment stack-acme/ledger')).toEqual([pods])
  }
})

test('another plan resizes its databases where they are, as it was approved, and its quota', async () => {
  const { body } = await its.plane.call('PATCH', '/v1/tenants/acme', { body: { plan: 'team-dedicated' } })
  const operationId = String(body['operationId'])
  const plan = await planOf(operationId)
  expect((await its.plane.call('GET', `/v1/operations/${operationId}`)).body['state']).toBe('waiting')
  expect(plan.content).toMatchObject({
    change: 'update',
    cluster: 'compared',
    resources: [{ resource: 'acme-db', action: 'update', changed: ['maxConnections'] }],
    findings: [],
    price: { fromMinor: 490_000, toMinor: 190_000 },
  })
  const quotas = plan.content.objects.filter(({ object }) => object.startsWith('ResourceQuota'))
  expect(quotas.flatMap(({ fields }) => fields)).toContainEqual({
    path: 'spec.hard.pods',
    before: '"24"',
    after: '"12"',
  })
  await approve(operationId, plan)
  await untilUnderWay(its.plane, operationId)
  const quota = await meddleInStack(its.estate.home, 'acme', 'ResourceQuota') // which comes behind the databases
  const { error } = await its.plane.settle(operationId, 'failed', PATIENCE_S)
  expect(error).toMatchObject({ code: 'plan.stale', message: expect.stringContaining(quota) })
  expect((await byHand('GET', 'resources/postgres-cluster/acme-db')).inputs).not.toMatchObject({ maxConnections: 50 })

  const { body: again } = await its.plane.call('POST', `/v1/operations/${operationId}/retry`)
  await approve(String(again['operationId']), await planOf(String(again['operationId'])))
  await its.plane.settle(String(again['operationId']), 'succeeded', PATIENCE_S)
  expect((await byHand('GET', 'resources/postgres-cluster/acme-db')).inputs).toMatchObject({ maxConnections: 50 })
  expect(await whoami('acme')).toBe('acme')
})

type Found = { what: string; object: string; path: string | null; found: string | null; protected?: boolean }
type Drift = {
  inSync: boolean | null
  differences: Found[]
  stack: { observedAt: string; fault: string | null } | null
  repair: { found: Found[]; remaining: Found[] } | null
}
const drift = async () => (await its.plane.call<Drift>('GET', '/v1/units/acme/drift')).body
const inSync = async () => {
  const { body } = await its.plane.call<{ conditions: { type: string; status: string; message: string }[] }>(
    'GET',
    '/v1/units/acme',
  )
  return body.conditions.find(({ type }) => type === 'InSync')
}
async function reconcile(): Promise<void> {
  const { body } = await its.plane.call('POST', '/v1/units/acme/reconcile')
  await its.plane.settle(String(body['operationId']), 'succeeded', PATIENCE_S)
}
/** The estate's own API, asked as somebody with its token who goes past the plane. */
async function byHand(method: 'PUT' | 'DELETE' | 'GET' | 'POST', path: string, inputs?: object): Promise<Resource> {
  const whose = path.startsWith('servers/') ? 'daemon' : 'resources'
  const token = (await readFile(its.estate.credentials.token(whose), 'utf8')).trim()
  const response = await fetch(`http://127.0.0.1:${its.estate.ports.daemon}/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(inputs && { 'content-type': 'application/json' }),
      'steward-owner': 'steward/acme',
    },
    ...(inputs && { body: JSON.stringify(inputs) }),
  })
  if (response.status === 404) return { kind: '', name: '', state: 'gone', servers: [] }
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Resource // its own contract
}

test('what somebody did to its parts is found without being asked for, named, and repaired as an operation', async () => {
  await byHand('PUT', 'resources/postgres-cluster/acme-db', { standbys: 0, maxConnections: 50 })
  await byHand('DELETE', 'resources/backup-store/acme-backups')
  await until(async () => expect((await byHand('GET', 'resources/backup-store/acme-backups')).state).toBe('gone'), 120)
  await until(async () => {
    const { differences } = await drift()
    expect(differences.map(({ what, object, path, found }) => `${what} ${object} ${path} ${found}`)).toEqual(
      expect.arrayContaining([
        'missing BackupStore acme-backups null null',
        'changed PostgresCluster acme-db standbys 0',
      ]),
    )
    expect(differences.find(({ path }) => path === 'standbys')?.protected).toBe(true)
    expect(await inSync()).toMatchObject({ status: 'false', message: expect.stringContaining('acme-backups is gone') })
  }, 300)
  expect(await whoami('acme')).toBe('acme')
  await reconcile()
  const { repair, ...now } = await drift()
  expect(now).toMatchObject({ inSync: true, differences: [], stack: { fault: null } })
  expect(repair?.remaining).toEqual([])
  expect(await inSync()).toMatchObject({ status: 'true' })
  expect((await resources()).filter(({ state }) => state === 'ready')).toHaveLength(4)
  expect(await whoami('acme')).toBe('acme')
})

test('a promoted standby is the primary from then on, which is no drift and nothing to repair', async () => {
  const view = async () =>
    (await byHand('GET', 'resources/postgres-cluster/acme-db')) as Resource & {
      observed: { primary?: string; members?: Record<string, { syncState?: string }> }
      outputs: Record<string, string | number>
    }
  await until(async () => expect((await view()).observed.members?.['postgres-2']?.syncState).toBe('async'), 120)
  const { outputs } = await view()
  const [primary, standby] = ['postgres-1', 'postgres-2'] as const
  const url = memberUrl(await readFile(String(outputs['adminUrlFile']), 'utf8'), Number(outputs[standby]))
  await byHand('POST', `servers/acme-db.${primary}/kill`, { stayDown: true })
  await withClient(url, (client) => client.query('select pg_promote()'))
  await until(async () => expect((await view()).observed.primary).toBe(standby), 120)
  await reconcile()
  const { inSync: whole, differences, repair } = await drift()
  expect([whole, differences, repair?.found]).toEqual([true, [], []])
  expect((await view()).observed.primary).toBe(standby)
  await until(async () => expect(await whoami('acme')).toBe('acme'), 120)
})

test('nothing secret of it is in records, states or logs', async () => {
  const { outputs } = (await byHand('GET', 'resources/postgres-cluster/acme-db')) as Resource & {
    outputs: { adminUrlFile: string }
  }
  const password = new URL((await readFile(outputs.adminUrlFile, 'utf8')).trim()).password
  const state = await buckets.states.get('.pulumi/stacks/steward/acme.json')
  expect([state?.includes('acme-db'), state?.includes(password)]).toEqual([true, false])
  expect(await readdir(its.estate.paths.stacks)).toEqual(['runs'])
  expect(await buckets.logsThatTell(its.estate)).toEqual([])
})

type Kept = { id: string; opensWith: string }
const exportsOfAcme = async () => (await its.plane.call<{ items: Kept[] }>('GET', '/v1/exports?tenant=acme')).body.items
const exportAcme = async () => {
  const { body } = await its.plane.call('POST', '/v1/tenants/acme/export')
  await its.plane.settle(String(body['operationId']), 'succeeded', PATIENCE_S)
}
/** The audit record inside is whole, so the key opens every byte. */
async function opens({ id }: Kept): Promise<boolean> {
  const headers = { authorization: `Bearer ${its.token}` }
  const answer = await fetch(new URL(`/v1/exports/${id}/content`, its.estate.urls.api), { headers })
  const bytes = Buffer.from(await answer.arrayBuffer())
  const { body } = await its.plane.call<{ key: string }>('POST', `/v1/exports/${id}/open`)
  async function* whole() {
    yield bytes
  }
  return (await verifyArchive(whole, Buffer.from(body.key, 'base64url'))).audit.intact
}

const act = async (verb: 'backups' | 'rotate-key') => {
  const { status, body } = await its.plane.call('POST', `/v1/units/acme/${verb}`)
  expect([verb, status, body]).toMatchObject([verb, 202, {}])
  await its.plane.settle(String(body['operationId']), 'succeeded', PATIENCE_S)
}
const backups = async (query = '') =>
  (await its.plane.call<{ items: Backup[] }>('GET', `/v1/units/acme/backups${query}`)).body.items
const keyState = async () =>
  (await byHand('GET', 'resources/key/acme-key')) as Resource & {
    observed: { generation: number; generations: number[]; ended?: number[] }
  }
test('its database is backed up and its key rotated; what was sealed before opens after, and is known from what is new', async () => {
  await exportAcme()
  await act('backups')
  await act('rotate-key')
  await act('backups')
  await exportAcme()
  const [later, first] = await backups()
  if (!first || !later) throw new Error('two backups were taken')
  expect([first, later]).toMatchObject([
    { state: 'verified', keyGeneration: 1, removedAt: null },
    { state: 'verified', keyGeneration: 2, removedAt: null },
  ])
  expect(later.tables).toBeGreaterThan(2)
  for (const one of [first, later]) expect(await tablesInBackup(its.estate, one)).toMatch(/TABLE DATA public entries/)
  expect((await keyState()).observed).toMatchObject({ generation: 2, generations: [1, 2] })
  const kept = await exportsOfAcme()
  expect(kept.map(({ opensWith }) => opensWith)).toEqual(['tenant', 'tenant'])
  for (const one of kept) expect(await opens(one)).toBe(true)
  await reconcile()
  expect(await drift()).toMatchObject({ inSync: true, repair: { found: [] } })
})

test('a backup whose time is over goes with the generation of the key that only it needed; a killed worker changes nothing of that', async () => {
  const [, first] = await backups()
  if (!first) throw new Error('two backups were taken')
  const owner = (await readFile(its.estate.credentials.url('plane-owner'), 'utf8')).trim()
  await withClient(owner, (client) =>
    client.query(`update backups set taken_at = taken_at - interval '15 days' where id = $1`, [first.id]),
  )
  const { body } = await its.plane.call('POST', '/v1/units/acme/backups')
  const operationId = String(body['operationId'])
  await untilUnderWay(its.plane, operationId)
  await byHand('POST', 'servers/worker/kill', {})
  await its.plane.settle(operationId, 'succeeded', PATIENCE_S)
  expect((await backups()).map(({ state }) => state)).toEqual(['verified', 'verified'])
  expect((await backups('?removed=true')).at(-1)).toMatchObject({ id: first.id, removedBecause: 'retention' })
  expect((await keyState()).observed).toMatchObject({ generations: [2], ended: [1] })
  await expect(tablesInBackup(its.estate, first)).rejects.toMatchObject({ code: 'backup.object-missing' })
  const objects = (await byHand('GET', 'resources/backup-store/acme-backups')) as Resource & { observed: object }
  expect(objects.observed).toMatchObject({ objects: 2 })
  const { outputs } = (await byHand('GET', 'resources/postgres-cluster/acme-db')) as Resource & {
    outputs: { adminUrlFile: string }
  }
  const scratch = await withClient((await readFile(outputs.adminUrlFile, 'utf8')).trim(), (client) =>
    client.query(`select datname from pg_database where datname like 'backup%'`),
  )
  expect(scratch.rows).toEqual([])
})
test('a removal is planned, is refused when something has moved since, and is then planned and approved anew', async () => {
  const { body } = await its.plane.call('DELETE', '/v1/tenants/acme')
  const first = String(body['operationId'])
  expect(body['state']).toBe('waiting')
  const plan = await planOf(first)
  expect(plan.content.findings.flatMap(({ resources: named }) => named)).toEqual(['acme-db', 'acme-key'])
  expect(plan.content.objects.length).toBeGreaterThan(5)
  const secret = await meddleInStack(its.estate.home, 'acme', 'Secret')
  await approve(first, plan)
  const stale = await its.plane.settle(first, 'failed', PATIENCE_S)
  expect(stale).toMatchObject({ error: { code: 'plan.stale', message: expect.stringContaining(secret) } })
  expect(await whoami('acme')).toBe('acme')
  const { body: again } = await its.plane.call('POST', `/v1/operations/${first}/retry`)
  const operationId = String(again['operationId'])
  expect(again['state']).toBe('waiting')
  const fresh = await planOf(operationId)
  expect(fresh.hash).not.toBe(plan.hash)
  await approve(operationId, fresh)
  await its.plane.settle(operationId, 'succeeded', PATIENCE_S)
})

test('a removed one leaves no resource, which was checked by a credential that can only look', async () => {
  expect(await resources()).toEqual([])
  expect(await backups()).toEqual([])
  const gone = (await backups('?removed=true')).map(({ removedBecause }) => removedBecause)
  expect(gone).toEqual(['stack-gone', 'stack-gone', 'retention'])
  const { body } = await its.plane.call('GET', '/v1/tenants/acme/certificate')
  const verdict = verifyCertificate(JSON.stringify(body), [])
  expect(verdict).toMatchObject({ valid: true, record: { backups: [{}, {}] } })
  expect(await whoami('neighbour')).toBe('neighbour')
})

test('what it had exported before, and by its removal, opens still, though its key is gone', async () => {
  const kept = await exportsOfAcme()
  expect(kept.map(({ opensWith }) => opensWith)).toEqual(['plane', 'plane', 'plane'])
  for (const one of kept) expect(await opens(one)).toBe(true)
  expect((await buckets.exports()).map((key) => key.endsWith('.sealed'))).toEqual([true, true, true])
})
