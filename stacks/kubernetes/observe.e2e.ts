import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { renderTenantsFile, type TenantsFile } from '../../control-plane/domain/tenants-file.ts'
import { httpRouteDefinition } from '../../test/support/http-route.ts'
import { startTestCluster, type TestCluster } from '../../test/support/kubernetes.ts'
import { until } from '../../test/support/postgres.ts'
import { serverSideApply } from './apply.ts'
import { listObjects, readObject } from './calls.ts'
import { type Cluster, connectCluster } from './cluster.ts'
import { applyOwned } from './inventory.ts'
import { waitForJob } from './jobs.ts'
import { unlinked } from './link.ts'
import { type KubernetesObject, ownerLabels } from './objects.ts'
import { servingPods, waitForDeployment } from './observe.ts'
import { ensureSecret } from './secrets.ts'
import { listTenantLeftovers, listUnitLeftovers } from './sweep.ts'
import { publishTenantsFile, tenantsFileIn } from './tenants-file.ts'
import { waitForTenantsRevision } from './tenants-revision.ts'

const SPACE = 'cell-gamma'
const labels = { app: 'ledger' }
let server: TestCluster
let cluster: Cluster
let sweeper: Cluster
beforeAll(async () => {
  server = await startTestCluster({ controllers: true })
  cluster = connectCluster({ kubeconfig: server.kubeconfig })
  sweeper = connectCluster({ kubeconfig: server.sweepKubeconfig })
  await serverSideApply(cluster, [
    httpRouteDefinition,
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SPACE } },
  ])
})
afterAll(async () => {
  await Promise.all([cluster?.close(), sweeper?.close()])
  await server?.stop()
})

const template = (image = 'ledger:1.0.0') => ({
  metadata: { labels },
  spec: { containers: [{ name: 'ledger', image }] },
})
const deployment = (name: string, image?: string): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: SPACE },
  spec: {
    replicas: 2,
    progressDeadlineSeconds: 3,
    minReadySeconds: 0,
    selector: { matchLabels: labels },
    template: template(image),
  },
})
const job = (name: string): KubernetesObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, namespace: SPACE },
  spec: {
    backoffLimit: 0,
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'migrate', image: 'ledger:1.0.0' }] } },
  },
})
const podsWith = (labelSelector: string) =>
  listObjects(cluster, `/api/v1/namespaces/${SPACE}/pods`, { query: { labelSelector }, what: 'look' }, unlinked)
/** Plays the node: writes a pod's status. */
const report = (pod: string, status: object) =>
  cluster.call(
    {
      method: 'PATCH',
      path: `/api/v1/namespaces/${SPACE}/pods/${pod}/status`,
      contentType: 'application/merge-patch+json',
      body: { status },
      what: 'play the node',
    },
    unlinked,
  )
const running = (podIP: string) => ({
  phase: 'Running',
  podIP,
  podIPs: [{ ip: podIP }],
  conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: new Date().toISOString() }],
})
let addresses = 0
/** Runs the pods of the Deployment that are not running yet, each at an address of its own. */
const runPods = (wanted: number) =>
  until(async () => {
    const pods = (await podsWith('app=ledger')).filter(
      (pod) => (pod['status'] as { phase?: string }).phase === 'Pending',
    )
    if (pods.length < wanted) throw new Error(`${pods.length} pods wait`)
    await Promise.all(pods.map((pod) => report(pod.metadata.name, running(`10.244.9.${(addresses += 1)}`))))
  })
const listening = (address: string, port: number, revision: () => number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const web = createServer((_request, answer) => {
      answer.setHeader('content-type', 'application/json')
      answer.end(JSON.stringify({ product: 'ledger', version: '1.0.0', tenantsRevision: revision() }))
    })
    web.once('error', reject).listen(port, address, () => resolve(web))
  })

describe('waiting', () => {
  test('for a Deployment ends when all its replicas are available, and again after a change', async () => {
    await serverSideApply(cluster, [deployment('ledger')])
    const messages: string[] = []
    const link = { ...unlinked, onEvent: ({ message }: { message: string }) => messages.push(message) }
    await Promise.all([waitForDeployment(cluster, { namespace: SPACE, name: 'ledger' }, link), runPods(2)])
    expect(messages.some((message) => message.includes('of 2 replicas available'))).toBe(true)
    await waitForDeployment(cluster, { namespace: SPACE, name: 'ledger' }, unlinked)
  })

  test('for a Deployment that gets nowhere says what its pods wait for', async () => {
    const stuck = deployment('stuck')
    stuck['spec'] = {
      ...(stuck['spec'] as object),
      selector: { matchLabels: { app: 'stuck' } },
      template: { ...template(), metadata: { labels: { app: 'stuck' } } },
    }
    await serverSideApply(cluster, [stuck])
    const blame = until(async () => {
      const [pod] = await podsWith('app=stuck')
      if (!pod) throw new Error('no pod yet')
      const waiting = { reason: 'ImagePullBackOff', message: 'no image postgres://u:hush@db/x' }
      await report(pod.metadata.name, {
        containerStatuses: [
          { name: 'ledger', ready: false, image: '', imageID: '', restartCount: 0, state: { waiting } },
        ],
      })
    })
    const failure = await waitForDeployment(cluster, { namespace: SPACE, name: 'stuck' }, unlinked).catch(
      (error: unknown) => error,
    )
    await blame
    expect(failure).toMatchObject({
      code: 'workload.stalled',
      detail: expect.stringContaining('ledger ImagePullBackOff'),
    })
    expect(String(failure)).not.toContain('hush')
  })

  test('for a Deployment whose pods a quota refuses ends with the quota', async () => {
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'none', namespace: 'tight' },
      spec: { hard: { pods: '0' } },
    }
    const refused = deployment('refused')
    refused.metadata.namespace = 'tight'
    await serverSideApply(cluster, [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'tight' } },
      quota,
      refused,
    ])
    const wait = waitForDeployment(cluster, { namespace: 'tight', name: 'refused', quotaPatienceMs: 200 }, unlinked)
    await expect(wait).rejects.toMatchObject({
      code: 'cluster.quota-exceeded',
      detail: expect.stringContaining('exceeded quota'),
    })
  })

  test('for what does not exist is refused', async () => {
    await expect(waitForDeployment(cluster, { namespace: SPACE, name: 'none' }, unlinked)).rejects.toMatchObject({
      code: 'workload.missing',
    })
    await expect(waitForJob(cluster, { namespace: SPACE, name: 'none' }, unlinked)).rejects.toMatchObject({
      code: 'workload.missing',
    })
  })

  test('for a Job ends with its success, or with the last words of its pod', async () => {
    await serverSideApply(cluster, [job('good'), job('bad')])
    const end = (name: string, exitCode: number, message: string) =>
      until(async () => {
        const [pod] = await podsWith(`batch.kubernetes.io/job-name=${name}`)
        if (!pod) throw new Error('no pod yet')
        const finishedAt = new Date().toISOString()
        const terminated = {
          exitCode,
          message,
          reason: exitCode === 0 ? 'Completed' : 'Error',
          startedAt: finishedAt,
          finishedAt,
        }
        const containerStatuses = [
          { name: 'migrate', ready: false, image: '', imageID: '', restartCount: 0, state: { terminated } },
        ]
        await report(pod.metadata.name, { phase: exitCode === 0 ? 'Succeeded' : 'Failed', containerStatuses })
      })
    await Promise.all([waitForJob(cluster, { namespace: SPACE, name: 'good' }, unlinked), end('good', 0, '')])
    const bad = waitForJob(cluster, { namespace: SPACE, name: 'bad' }, unlinked).catch((error: unknown) => error)
    await end('bad', 1, 'column "x" exists\npostgres://owner:hush@127.0.0.1/db')
    expect(await bad).toMatchObject({
      code: 'migration.failed',
      detail: expect.stringContaining('column "x" exists'),
      extra: { exitCode: 1 },
    })
    expect(String(await bad)).not.toContain('hush')
  })

  test('for a Job whose pod a quota refuses ends with the quota', async () => {
    const refused = job('refused')
    refused.metadata.namespace = 'tight'
    await serverSideApply(cluster, [refused])
    const wait = waitForJob(cluster, { namespace: 'tight', name: 'refused', quotaPatienceMs: 200 }, unlinked)
    await expect(wait).rejects.toMatchObject({
      code: 'cluster.quota-exceeded',
      retryable: false,
      detail: expect.stringContaining('exceeded quota'),
    })
  })

  test('for a revision ends when every serving pod reports it', async () => {
    const pods = await servingPods(cluster, { namespace: SPACE, labels })
    expect(pods.map(({ ready }) => ready)).toEqual([true, true])
    const revisions = new Map(pods.map(({ ip }) => [ip, 4]))
    const first = await listening('127.0.0.1', 0, () => 0)
    const address = first.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const reach = (ip: string) => ip.replace('10.244.', '127.244.')
    const webs = await Promise.all(pods.map(({ ip }) => listening(reach(ip), port, () => revisions.get(ip) ?? 0)))
    const messages: string[] = []
    const onEvent = ({ message }: { message: string }) => {
      messages.push(message)
      for (const { ip } of pods) revisions.set(ip, 5)
    }
    revisions.set(pods[0]?.ip ?? '', 6)
    const done = await waitForTenantsRevision(
      cluster,
      { namespace: SPACE, labels, revision: 5, reach, port },
      { ...unlinked, onEvent },
    )
    expect({ done, messages }).toEqual({ done: { pods: 2 }, messages: ['revision 5: 0 of 2 serving pods report it'] })
    const stop = new AbortController()
    const nobody = { namespace: SPACE, labels: { app: 'nobody' }, revision: 1, reach, port }
    const silence = waitForTenantsRevision(cluster, nobody, {
      signal: stop.signal,
      onEvent: () => stop.abort(new Error('enough')),
    })
    await expect(silence).rejects.toThrow('enough')
    await Promise.all([first, ...webs].map((web) => new Promise((resolve) => web.close(resolve).closeAllConnections())))
  })
})

describe('tenants file', () => {
  const file = (revision: number): TenantsFile => ({
    unit: 'gamma',
    revision,
    tenants: [
      {
        id: 't1',
        slug: 'acme',
        hosts: ['acme.localhost'],
        state: 'active',
        limits: { requestsPerSecond: 1, burst: 1, statementTimeoutMs: 1 },
      },
    ],
  })
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: SPACE, name: 'tenants' }
  const at = { namespace: SPACE, configMap: 'tenants', unitId: 'unit-3', unit: 'gamma' }

  test('published in any order by many at once, the highest revision stays', async () => {
    const revisions = [3, 9, 1, 7, 10, 2, 8, 5, 4, 6]
    await Promise.all(
      revisions.map((revision) =>
        publishTenantsFile(cluster, { ...at, file: file(revision), epoch: 20 - revision }, unlinked),
      ),
    )
    await publishTenantsFile(cluster, { ...at, file: file(6), epoch: 99 }, unlinked)
    const stored = await readObject(cluster, ref, unlinked)
    expect(stored && tenantsFileIn(stored)?.revision).toBe(10)
    expect(stored?.['data']).toEqual({ 'tenants.json': renderTenantsFile(file(10)) })
  })

  test('of another unit is not touched', async () => {
    const theirs = publishTenantsFile(cluster, { ...at, unitId: 'unit-4', file: file(50), epoch: 1 }, unlinked)
    await expect(theirs).rejects.toMatchObject({ code: 'object.foreign' })
  })
})

describe('secrets', () => {
  const wanted = { namespace: SPACE, name: 'database', labels: ownerLabels({ unitId: 'unit-3', tenant: null }) }

  test('are made once, however many ask', async () => {
    let made = 0
    const make = () => ({ password: `p${(made += 1)}`, url: 'postgres://ü' })
    const contents = await Promise.all(Array.from({ length: 8 }, () => ensureSecret(cluster, { ...wanted, make })))
    const again = await ensureSecret(cluster, { ...wanted, make: () => ({ password: 'another' }) })
    expect(new Set([...contents, again].map((content) => JSON.stringify(content))).size).toBe(1)
    expect(again['url']).toBe('postgres://ü')
  })

  test('of somebody else are not handed out', async () => {
    const theirs = { ...wanted, labels: ownerLabels({ unitId: 'unit-4', tenant: null }), make: () => ({}) }
    await expect(ensureSecret(cluster, theirs)).rejects.toMatchObject({ code: 'object.foreign' })
  })
})

describe('sweep', () => {
  const unit = { unit: 'gamma', unitId: 'unit-3' }
  const traces = { tenantId: 't1', slug: 'acme', host: 'acme.localhost', unitName: 'gamma', namespace: SPACE }
  const route = (name: string, hostname: string, namespace = SPACE): KubernetesObject => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name, namespace },
    spec: { hostnames: [hostname] },
  })

  test('finds nothing of a tenant that never was, and everything of one that is', async () => {
    expect(
      await listTenantLeftovers(sweeper, { ...traces, tenantId: 't0', slug: 'never', host: 'never.localhost' }),
    ).toEqual([])
    await applyOwned(
      cluster,
      { ...unit, tenant: 't1', part: 'route', epoch: 1 },
      [route('tenant-acme', 'acme.localhost')],
      unlinked,
    )
    const hidden = ownerLabels({ unitId: 'unit-3', tenant: 't1' })
    await ensureSecret(cluster, { namespace: SPACE, name: 'extra', labels: hidden, make: () => ({ key: 'value' }) })
    await serverSideApply(cluster, [route('unlabelled', 'acme.localhost'), route('other', 'other.localhost')])
    const where = `namespace ${SPACE}`
    const found = await listTenantLeftovers(sweeper, traces)
    expect(found).toEqual([
      { kind: 'ConfigMap', name: 'gamma.t1.route', where: 'namespace steward' },
      { kind: 'HTTPRoute', name: 'tenant-acme', where },
      { kind: 'HTTPRoute', name: 'unlabelled', where },
      { kind: 'Secret', name: 'extra', where },
      { kind: 'TenantsFileEntry', name: 'acme', where: `ConfigMap ${SPACE}/tenants` },
    ])
    const ofUnit = await listUnitLeftovers(sweeper, { unitId: 'unit-3', unitName: 'gamma', namespace: SPACE })
    expect(ofUnit).toEqual(
      expect.arrayContaining([
        { kind: 'Namespace', name: SPACE, where: 'cluster' },
        { kind: 'Secret', name: 'database', where },
      ]),
    )
    expect(await listUnitLeftovers(sweeper, { unitId: 'unit-0', unitName: 'zero', namespace: 'cell-zero' })).toEqual([])
  })

  test('takes a route of another namespace for the tenant’s by its host, never by its name', async () => {
    const namespace = 'tenant-bolt'
    const gone = { ...traces, tenantId: 't2', slug: 'gone', host: 'gone.localhost' }
    await serverSideApply(cluster, [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      route('tenant-gone', 'bolt.localhost', namespace),
    ])
    expect(await listTenantLeftovers(sweeper, gone)).toEqual([])
    await serverSideApply(cluster, [
      route('planted', 'gone.localhost', namespace),
      route('tenant-gone', 'other.localhost'),
    ])
    expect(await listTenantLeftovers(sweeper, gone)).toEqual([
      { kind: 'HTTPRoute', name: 'planted', where: `namespace ${namespace}` },
      { kind: 'HTTPRoute', name: 'tenant-gone', where: `namespace ${SPACE}` },
    ])
  })

  test('that may not look everywhere says so instead of nothing', async () => {
    const stranger = connectCluster({ kubeconfig: server.strangerKubeconfig })
    await expect(listTenantLeftovers(stranger, traces)).rejects.toMatchObject({ code: 'sweep.incomplete' })
    await stranger.close()
  })

  test('is done by a credential that can change nothing', async () => {
    await expect(serverSideApply(sweeper, [route('x', 'y')])).rejects.toMatchObject({ code: 'cluster.forbidden' })
  })
})
