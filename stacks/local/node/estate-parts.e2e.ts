import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { edgeRoutes } from '../../traffic/edge-routes.ts'
import { probeHost } from '../../traffic/probe-host.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { type Estate, startEstate } from '../estate.ts'
import { type Gateway, startGateway } from '../gateway/gateway.ts'
import { type KubeClient, connectKube } from '../kube/client.ts'
import type { Listening } from '../proxy/server.ts'
import { identify, isRunning } from '../../process/proc.ts'
import { type ProcessNode, startNode } from './node.ts'
import { reachableAddress } from './pod-range.ts'
import type { Pod } from './pod-types.ts'
import { serveEdgeApi } from './support/edge-server.ts'
import { request } from './support/request.ts'
import { until } from './support/until.ts'
import { configMap, deployment, job, route, service } from './support/objects.ts'

const log = pino({ level: process.env['TEST_LOG'] ?? 'silent' })
const images = [join(import.meta.dirname, 'fixtures/images')]
const root = process.getuid?.() === 0
const namespace = 'parts'
const OTHERS = 'node gateway edge api worker temporal plane-db plane-roles products-db products-roles prometheus'.split(
  ' ',
)
let estate: Estate
let client: KubeClient
let home: string
let node: ProcessNode
let gateway: Gateway
let edge: Edge
let edgeApi: Listening

const startParts = () =>
  startNode({ kubeconfig: estate.credentials.kubeconfig('node'), home: join(home, 'node'), images, log })

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'steward-parts-'))
  await chmod(home, 0o711)
  // Only the cluster: what is under test runs in this process, with the credentials that the daemon would give it.
  estate = await startEstate({ home: join(home, 'estate'), portBase: 'free', throwAway: true, without: OTHERS })
  client = connectKube({ kubeconfig: estate.credentials.kubeconfig('admin') })
  node = await startParts()
  const podNetwork = { advertised: '10.244.', reachable: '127.244.' }
  gateway = await startGateway({
    kubeconfig: estate.credentials.kubeconfig('gateway'),
    host: '127.0.0.1',
    port: 0,
    podNetwork,
    log,
  })
  edge = await startEdge({ host: '127.0.0.1', port: 0, stateFile: join(home, 'edge', 'routes.json'), log })
  await client.create('/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  })
  await until(() => client.get(`/api/v1/namespaces/${namespace}/serviceaccounts/default`))
  edgeApi = await serveEdgeApi(edge)
})
afterAll(async () => {
  await edgeApi?.stop()
  await edge?.stop()
  await gateway?.stop()
  await node?.stop()
  client?.close()
  await estate?.stop()
  if (home) await rm(home, { recursive: true, force: true })
})

const edgeUrl = () => `http://127.0.0.1:${edge.port}`
const admin = () => edgeRoutes({ url: `http://127.0.0.1:${edgeApi.port}`, token: 'none' })

const path = (kind: string, name = '', group = 'api/v1') =>
  `/${group}/namespaces/${namespace}/${kind}${name && `/${name}`}`
const create = (kind: string, object: unknown, group?: string) => client.create(path(kind, '', group), object)
const podsOf = async (app: string): Promise<Pod[]> =>
  (await client.get<{ items: Pod[] }>(`${path('pods')}?labelSelector=app%3D${app}`)).items
const readyPods = (app: string, count: number) =>
  until(async () => {
    const pods = (await podsOf(app)).filter(
      ({ metadata, status }) =>
        !metadata?.deletionTimestamp &&
        status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    )
    expect(pods).toHaveLength(count)
    return pods
  })
const ask = (pod: Pod, to: string) => request(8080, 'pod', to, { address: reachableAddress(pod.status?.podIP ?? '') })

test('a Deployment becomes available, with its environment, image and account', async () => {
  await create('configmaps', configMap('settings', { greeting: 'hello', 'file.txt': 'one' }))
  await create('secrets', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'login' },
    stringData: { PASSWORD: 'p4ss', OTHER: 'x' },
  })
  await create(
    'deployments',
    deployment('web', 2, { STEAL: `/proc/self/root${estate.credentials.kubeconfig('admin')}` }),
    'apis/apps/v1',
  )
  await create('services', service('web'))
  await until(async () => {
    const { status } = await client.get<{ status: { availableReplicas?: number } }>(
      path('deployments', 'web', 'apis/apps/v1'),
    )
    if (status.availableReplicas !== 2)
      throw new Error(
        `available: ${status.availableReplicas}: ${JSON.stringify(
          (await podsOf('web')).map((p) => p.status),
          null,
          1,
        )}`,
      )
  })
  const [pod] = await readyPods('web', 2)
  if (!pod) throw new Error('no pod')
  const env = (await ask(pod, '/env')).json
  expect(env).toMatchObject({
    GREETING: 'hello',
    PASSWORD: 'p4ss',
    PREFIX_OTHER: 'x',
    POD_NAME: pod.metadata?.name,
    POD_NAMESPACE: namespace,
    POD_IP: pod.status?.podIP,
    NODE: 'local',
    COMPOSED: 'hello world',
    HOST: reachableAddress(pod.status?.podIP ?? ''),
  })
  expect(env).not.toHaveProperty('PWD')
  expect(env).not.toHaveProperty('KUBERNETES_SERVICE_HOST')
  expect((await ask(pod, '/note')).json).toMatchObject({ tag: '1', note: 'copied beside the bundle\n' })
  expect(pod.status?.containerStatuses?.[0]?.imageID).toMatch(/^tiny@sha256:[0-9a-f]{64}$/)
  if (!root) return
  expect((await ask(pod, '/id')).json).toMatchObject({ uid: 65_532, gid: 65_532, groups: [65_532] })
  expect((await ask(pod, '/steal')).json).toMatchObject({ refused: 'EACCES' })
})

test('a changed ConfigMap reaches the file of a running pod', async () => {
  const [pod] = await readyPods('web', 2)
  if (!pod) throw new Error('no pod')
  expect((await ask(pod, '/read')).json['text']).toBe('one')
  await client.merge(path('configmaps', 'settings'), { data: { 'file.txt': 'two' } })
  await until(async () => expect((await ask(pod, '/read')).json['text']).toBe('two'))
})

test('a crashed container is started again, and one that fails its liveness probe', async () => {
  const [pod] = await readyPods('web', 2)
  if (!pod) throw new Error('no pod')
  const restarts = async () =>
    (await podsOf('web')).find(({ metadata }) => metadata?.name === pod.metadata?.name)?.status?.containerStatuses?.[0]
  await ask(pod, '/crash').catch(() => undefined)
  await until(async () =>
    expect(await restarts()).toMatchObject({
      restartCount: 1,
      ready: true,
      lastState: { terminated: { exitCode: 3, reason: 'Error' } },
    }),
  )
  await ask(pod, '/sick')
  await until(async () => expect(await restarts()).toMatchObject({ restartCount: 2, ready: true }))
})

test('a route serves its host over the edge, spreads over pods, and goes when it is removed', async () => {
  await readyPods('web', 2)
  const host = 'acme.localhost'
  const pods = new Set<unknown>()
  await create('httproutes', route('acme', host, [['web', 1]]), 'apis/gateway.networking.k8s.io/v1')
  await until(async () => expect((await request(gateway.port, host, '/')).status).toBe(200))
  for (let count = 0; count < 4; count += 1) pods.add((await request(gateway.port, host, '/')).json['pod'])
  expect(pods.size).toBe(2)
  await until(async () => {
    const { status } = await client.get<{ status?: { parents: { conditions: object[] }[] } }>(
      path('httproutes', 'acme', 'apis/gateway.networking.k8s.io/v1'),
    )
    expect(status?.parents[0]?.conditions).toMatchObject([
      { type: 'Accepted', status: 'True' },
      { type: 'ResolvedRefs', status: 'True' },
    ])
  })

  expect((await request(edge.port, host, '/')).json).toMatchObject({ status: 404, code: 'host.unknown' })
  await admin().open({ host, target: `http://127.0.0.1:${gateway.port}`, unit: 'u1', tenant: 't1', epoch: 5 })
  const seen = await probeHost(
    { edgeUrl: edgeUrl(), host, path: '/', expect: (status) => status === 200 },
    { signal: AbortSignal.timeout(20_000) },
  )
  expect(seen.attempts).toBeGreaterThan(0)
  const { headers } = (
    await request(edge.port, host, '/', {
      headers: { 'x-forwarded-for': '6.6.6.6', connection: 'x-drop', 'x-drop': '1' },
    })
  ).json
  expect(headers).toMatchObject({
    host,
    'x-forwarded-for': '127.0.0.1, 127.0.0.1',
    'x-forwarded-host': host,
    'x-forwarded-proto': 'http',
  })
  expect(headers).not.toHaveProperty('x-drop')
  const body = 'x'.repeat(300_000)
  expect((await request(edge.port, host, '/echo', { method: 'POST', body })).body).toBe(body)

  await expect(
    admin().open({ host, target: 'http://127.0.0.1:1', unit: 'u1', tenant: 't1', epoch: 4 }),
  ).rejects.toMatchObject({ code: 'effect.fenced', status: 409 })
  await admin().close({ host, tenant: 't1', epoch: 6 })
  expect(await admin().list()).toEqual([])
  await expect(
    admin().open({ host, target: 'http://127.0.0.1:1', unit: 'u1', tenant: 't1', epoch: 5 }),
  ).rejects.toMatchObject({ code: 'effect.fenced' })
  expect((await request(edge.port, host, '/')).status).toBe(404)
  await client.remove(path('httproutes', 'acme', 'apis/gateway.networking.k8s.io/v1'), {})
  await until(async () => expect((await request(gateway.port, host, '/')).json).toMatchObject({ code: 'host.unknown' }))
  expect(gateway.metrics()).not.toContain('acme')
})

test('the younger of two routes with one host is refused, and a route without pods answers 503', async () => {
  const routes = 'apis/gateway.networking.k8s.io/v1'
  await create('httproutes', route('a-older', 'same.localhost', [['nobody', 1]]), routes)
  await create('httproutes', route('b-younger', 'same.localhost', [['web', 1]]), routes)
  await until(async () => {
    const { status } = await client.get<{ status?: { parents: { conditions: object[] }[] } }>(
      path('httproutes', 'b-younger', routes),
    )
    expect(status?.parents[0]?.conditions[0]).toMatchObject({
      type: 'Accepted',
      status: 'False',
      reason: 'HostnameConflict',
    })
  })
  const answer = await request(gateway.port, 'same.localhost', '/')
  expect(answer).toMatchObject({
    status: 503,
    json: { code: 'upstream.unavailable', retryable: true },
    headers: { 'retry-after': '1', 'content-type': 'application/problem+json' },
  })
  await client.remove(path('httproutes', 'a-older', routes), {})
  await until(async () => expect((await request(gateway.port, 'same.localhost', '/')).status).toBe(200))
})

test('a Job completes, and one that fails says why', async () => {
  await create('jobs', job('good', ['exit', '0', 'done'], true), 'apis/batch/v1')
  await create('jobs', job('bad', ['exit', '4', 'migration', '0002', 'cannot', 'be', 'applied']), 'apis/batch/v1')
  await until(async () => {
    const { status } = await client.get<{ status: object }>(path('jobs', 'good', 'apis/batch/v1'))
    expect(status).toMatchObject({ succeeded: 1 })
  })
  await until(async () => {
    const { status } = await client.get<{ status: object }>(path('jobs', 'bad', 'apis/batch/v1'))
    expect(status).toMatchObject({
      failed: 1,
      conditions: expect.arrayContaining([expect.objectContaining({ type: 'Failed', status: 'True' })]) as unknown,
    })
  })
  const [pod] = await podsOf('bad')
  expect(pod?.status).toMatchObject({
    phase: 'Failed',
    containerStatuses: [{ state: { terminated: { exitCode: 4, message: 'migration 0002 cannot be applied' } } }],
  })
})

test('an unknown tag and a missing Secret are said in the status, and the pod starts once they are there', async () => {
  await create('pods', { ...pod('untagged', { image: 'tiny:9' }) })
  await create(
    'pods',
    pod('waiting', { env: [{ name: 'LATE', valueFrom: { secretKeyRef: { name: 'late', key: 'k' } } }] }),
  )
  const state = async (name: string) =>
    (await client.get<Pod>(path('pods', name))).status?.containerStatuses?.[0]?.state
  await until(async () =>
    expect(await state('untagged')).toMatchObject({
      waiting: { reason: 'ErrImagePull', message: 'image tiny has no tag 9; it has 1, 2' },
    }),
  )
  await until(async () =>
    expect(await state('waiting')).toMatchObject({
      waiting: { reason: 'CreateContainerConfigError', message: 'Secret late not found' },
    }),
  )
  await create('secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'late' }, stringData: { k: 'v' } })
  await until(async () => expect(await state('waiting')).toHaveProperty('running'))
})

test('deleted pods are gone with their processes, also one that does not listen to SIGTERM', async () => {
  await create('pods', pod('stubborn', { args: ['stubborn'] }, { terminationGracePeriodSeconds: 1 }))
  const running = await until(() => {
    const found = node.pods().find(({ name }) => name === 'stubborn')?.containers[0]?.pid
    if (!found) throw new Error('not running yet')
    return found
  })
  const web = node.pods().filter(({ name }) => name.startsWith('web-'))
  await client.remove(path('pods', 'stubborn'), {})
  await client.remove(path('deployments', 'web', 'apis/apps/v1'), {})
  await until(async () => expect(await podsOf('web')).toEqual([]))
  await until(async () => expect(client.get(path('pods', 'stubborn'))).rejects.toMatchObject({ status: 404 }))
  for (const pid of [running, ...web.flatMap(({ containers }) => containers.map((container) => container.pid ?? 0))])
    expect(identify(pid)).toBeUndefined()
  await until(() => expect(web.some(({ uid }) => existsSync(join(home, 'node/pods', uid)))).toBe(false))
})

test('a restarted node ends what was left running and runs its pods again', async () => {
  const before = node.pods().find(({ name }) => name === 'waiting')
  await node.stop()
  expect(identify(before?.containers[0]?.pid ?? 0)).toBeUndefined()
  node = await startParts()
  await until(() =>
    expect(node.pods().find(({ name }) => name === 'waiting')).toMatchObject({
      ip: before?.ip,
      ready: true,
      containers: [{ restarts: 1 }],
    }),
  )
  expect(await readFile(join(home, 'node/pod-range'), 'utf8')).toBe(`${node.podRange}\n`)
})

test('a pod with a service account finds its token', async () => {
  const file = '/var/run/secrets/kubernetes.io/serviceaccount/token'
  const container = { env: [{ name: 'FILE', value: file }] }
  await create('pods', pod('account', container, { automountServiceAccountToken: true }))
  const [running] = await readyPods('account', 1)
  if (!running) throw new Error('no pod')
  const token = String((await until(() => ask(running, '/read'))).json['text'])
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as object
  expect(claims).toMatchObject({
    sub: `system:serviceaccount:${namespace}:default`,
    'kubernetes.io': { pod: { name: 'account' } },
  })
})

test('a killed node leaves nothing: the next one ends its processes and runs the pods again, beside another estate', async () => {
  const otherHome = join(home, 'other') // the node's own credential is good for one node only
  const options = { kubeconfig: estate.credentials.kubeconfig('admin'), home: otherHome, images, name: 'other' }
  const child = spawn(process.execPath, [join(import.meta.dirname, 'support/run-node.ts'), JSON.stringify(options)], {
    stdio: 'ignore',
  })
  await create('pods', pod('survivor', { args: ['serve'] }, { nodeName: 'other' }))
  const address = async () => (await client.get<Pod>(path('pods', 'survivor'))).status?.podIP ?? ''
  const who = async () =>
    (await request(8080, 'pod', '/id', { address: reachableAddress(await address()) })).json['pid'] as number
  const first = identify(await until(who))
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('exit', resolve))
  expect(first && isRunning(first)).toBe(true)

  const other = await startNode({ ...options, log })
  try {
    expect(first && isRunning(first)).toBe(false)
    expect(other.podRange).not.toBe(node.podRange)
    const second = await until(who)
    expect(second).not.toBe(first?.pid)
    const { status } = await client.get<Pod>(path('pods', 'survivor'))
    expect(status?.containerStatuses?.[0]).toMatchObject({
      restartCount: 1,
      lastState: { terminated: { reason: 'NodeRestarted' } },
    })
  } finally {
    await other.stop()
  }
})

const pod = (name: string, container: object, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: name } },
  spec: { automountServiceAccountToken: false, ...spec, containers: [{ name: 'main', image: 'tiny:1', ...container }] },
})
