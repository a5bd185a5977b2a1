import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { AppsV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PLANE_NAMESPACE as NAMESPACE } from '../../control-plane/domain/naming.ts'
import { networkOf } from '../../stacks/local/containers/network.ts'
import { startEstate, type Estate } from '../../stacks/local/estate.ts'
import { readRecord } from '../../stacks/local/home.ts'
import { planeTag } from '../../stacks/local/registry/plane-image.ts'
import { SWEEP_RULES, TENANT_RULES, WORKER_RULES } from '../../stacks/kubernetes/rights.ts'
import { EVERYWHERE, IN_NAMESPACE } from '../../stacks/preflight/rights-checks.ts'
import { helm } from '../charts/render.ts'
import { clusterAccount } from '../support/cluster-account.ts'
import { ROOT } from '../support/documents.ts'
import { estateHome } from '../support/estate.ts'
import { withOwnParts } from '../support/own-parts.ts'
import { asCustomer, planeClient, type PlaneClient } from '../support/plane.ts'
import { registryDigest } from './pods.ts'

let estate: Estate
let plane: PlaneClient
/** Kubeconfig of who installs. */
let installer: string
let network: NonNullable<ReturnType<typeof networkOf>>
const SEALING_KEY = randomBytes(32).toString('base64url')

const api = () => {
  const config = new KubeConfig()
  config.loadFromFile(estate.credentials.kubeconfig('admin'))
  return {
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
  }
}
/** A login's URL as a pod uses it. */
const inside = async (
  name: 'plane-owner' | 'plane-operator' | 'plane-worker' | 'products-admin' | 'products-sweep',
) => {
  const url = new URL((await readFile(estate.credentials.url(name), 'utf8')).trim())
  url.hostname = network.gateway
  return url.href
}
const values = async () => {
  const { ports } = estate
  const at = (port: number) => `http://${network.gateway}:${port}`
  return {
    namespace: NAMESPACE,
    cluster: { server: `https://${network.apiService}` },
    image: { repository: 'steward', digest: await registryDigest(estate, `steward:${await planeTag(ROOT)}`) },
    api: { replicas: 1 },
    worker: { replicas: 1 },
    temporal: { address: `${network.gateway}:${ports.temporal}` },
    region: {
      name: 'local-1',
      domain: 'localhost',
      gatewayUrl: at(ports.gateway),
      edgeUrl: at(ports.edge),
      edgeAdminUrl: at(ports.daemon),
      prometheusUrl: estate.urls.prometheus,
      imageRegistryUrl: at(ports.daemon),
      facets: ['namespace', 'database'],
      instances: 5,
    },
    network: {
      clients: ['ingress'],
      ports: {
        database: ports['plane-db'],
        temporal: ports.temporal,
        products: ports['products-db'],
        web: [ports.gateway, ports.edge, ports.daemon],
      },
    },
  }
}
const secret = async (name: string, stringData: Record<string, string>) =>
  api().core.createNamespacedSecret({ namespace: NAMESPACE, body: { metadata: { name }, stringData } })
/** Helm as an account that holds what the preflight asks about, and no more. */
async function helmRun(verb: 'install' | 'upgrade', given: object): Promise<void> {
  const args = [verb, 'steward', path.join(ROOT, 'charts/control-plane'), '--namespace', NAMESPACE, '--values', '-']
  const cache = path.join(estate.home, 'helm')
  const env = {
    ...process.env,
    KUBECONFIG: installer,
    HELM_CACHE_HOME: cache,
    HELM_CONFIG_HOME: cache,
    HELM_DATA_HOME: cache,
  }
  const running = promisify(execFile)(await helm(), [...args, '--wait', '--timeout', '200s'], { env })
  running.child.stdin?.end(JSON.stringify(given))
  await running.catch(async (error: { stderr: string }) => {
    throw new Error(`helm ${verb}: ${error.stderr}\n${await logs()}`)
  })
}
/** When the migration of a release that Helm brought ended: the Job itself is gone by then. */
async function migrated(): Promise<Date[]> {
  const fieldSelector = 'involvedObject.kind=Job,involvedObject.name=steward-migration,reason=Completed'
  const { items } = await api().core.listNamespacedEvent({ namespace: NAMESPACE, fieldSelector })
  return items.map(({ lastTimestamp, eventTime }) => new Date(lastTimestamp ?? eventTime ?? 0)) // one of both is set
}
/** What pods of the plane say, for a failure that nobody sees otherwise. */
async function logs(): Promise<string> {
  const { items } = await api().core.listNamespacedPod({ namespace: NAMESPACE })
  const texts = items.map(async ({ metadata, status }) => {
    const log = await api()
      .core.readNamespacedPodLog({ name: metadata?.name ?? '', namespace: NAMESPACE, tailLines: 20 })
      .catch((error: unknown) => String(error).slice(0, 300))
    return `${metadata?.name} ${JSON.stringify(status?.containerStatuses?.[0]?.state)}\n${log}`
  })
  return (await Promise.all(texts)).join('\n')
}

beforeAll(async () => {
  estate = await startEstate({
    home: await estateHome(),
    portBase: 'free',
    throwAway: true,
    env: withOwnParts(),
    node: 'containers',
    without: ['api', 'worker'], // those are to run in pods
  })
  const record = await readRecord(estate.paths)
  const found = record && networkOf(record)
  if (!found) throw new Error('the estate has no network of containers')
  network = found
  await secret('steward-database', {
    DATABASE_OWNER_URL: await inside('plane-owner'),
    DATABASE_URL: await inside('plane-operator'),
    DATABASE_WORKER_URL: await inside('plane-worker'),
  })
  await secret('steward-sealing-key', { STEWARD_SEALING_KEY: SEALING_KEY })
  await secret('steward-region', {
    'products-url': await inside('products-admin'),
    'products-sweep-url': await inside('products-sweep'),
    'edge-token': (await readFile(estate.credentials.token('edge'), 'utf8')).trim(),
    'edge-sweep-token': (await readFile(estate.credentials.token('edge-sweep'), 'utf8')).trim(),
  })
  const rules = [...IN_NAMESPACE, ...EVERYWHERE, ...WORKER_RULES, ...SWEEP_RULES, ...Object.values(TENANT_RULES).flat()]
  const wanted = { name: 'installer', namespace: NAMESPACE, rules, folder: estate.home }
  installer = (await clusterAccount(estate.credentials.kubeconfig('admin'), wanted)).file
}, 400_000)
afterAll(async () => {
  await estate?.stop()
  if (estate) await rm(estate.home, { recursive: true, force: true })
})

test('helm install brings an empty database to this version, then starts API and worker, and ends when both are ready', async () => {
  await helmRun('install', await values())
  const [end] = await migrated()
  for (const name of ['steward-api', 'steward-worker']) {
    const { metadata, status } = await api().apps.readNamespacedDeployment({ name, namespace: NAMESPACE })
    expect(status?.readyReplicas, name).toBe(1)
    expect(metadata?.creationTimestamp?.getTime(), name).toBeGreaterThanOrEqual(end?.getTime() ?? Infinity)
  }
  const file = path.join(estate.home, 'first.token')
  const env = {
    ...process.env,
    DATABASE_OWNER_URL: (await readFile(estate.credentials.url('plane-owner'), 'utf8')).trim(),
  }
  await promisify(execFile)(process.execPath, ['control-plane/admin.ts', 'ensure-token', '--file', file], {
    cwd: ROOT,
    env,
  })
  const { items } = await api().core.listNamespacedPod({
    namespace: NAMESPACE,
    labelSelector: 'app.kubernetes.io/component=api',
  })
  plane = planeClient({ url: `http://${items[0]?.status?.podIP}:7400`, token: (await readFile(file, 'utf8')).trim() })
  expect((await plane.call('GET', '/v1/plans')).status).toBe(200)
}, 400_000)

test('API and worker in pods provision, serve, move and remove a tenant as an estate’s own do', async () => {
  const done = async (method: string, at: string, body?: unknown) => {
    const answer = await plane.call(method, at, body === undefined ? {} : { body })
    expect({ status: answer.status, body: answer.body }).toMatchObject({ status: 202 })
    return plane.settle(String(answer.body['operationId']))
  }
  await done('POST', '/v1/cells', { name: 'main' })
  await done('POST', '/v1/tenants', { slug: 'acme', plan: 'starter-shared' })
  const whoami = async () => asCustomer(estate.urls.edge, 'acme.localhost', '/whoami')
  expect(await whoami()).toMatchObject({ status: 200, body: expect.stringContaining('"tenant":"acme"') as string })
  await done('POST', '/v1/units/main/deploy', { version: '1.1.0' })
  expect(JSON.parse((await whoami()).body)).toMatchObject({ version: '1.1.0' })
  await done('DELETE', '/v1/tenants/acme?withoutExport=true') // the chart mounts no folder for exports
  expect((await whoami()).status).toBe(404)
}, 400_000)

test('pods of the plane keep to restricted pod security, and a killed worker’s successor goes on', async () => {
  const { core } = api()
  const labelSelector = 'app.kubernetes.io/component=worker'
  const { items } = await core.listNamespacedPod({ namespace: NAMESPACE, labelSelector })
  expect(items[0]?.spec?.containers[0]?.securityContext).toMatchObject({
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
  })
  const { body } = await plane.call('POST', '/v1/tenants', { body: { slug: 'globex', plan: 'starter-shared' } })
  await core.deleteNamespacedPod({ name: items[0]?.metadata?.name ?? '', namespace: NAMESPACE, gracePeriodSeconds: 0 })
  await plane.settle(String(body['operationId']))
  expect((await asCustomer(estate.urls.edge, 'globex.localhost', '/whoami')).status).toBe(200)
}, 400_000)

test('helm upgrade migrates behind the network policies of the release before, and takes nothing from who is served', async () => {
  await helmRun('upgrade', { ...(await values()), api: { replicas: 2 } })
  expect(await migrated()).toHaveLength(2)
  const { status } = await api().apps.readNamespacedDeployment({ name: 'steward-api', namespace: NAMESPACE })
  expect(status?.readyReplicas).toBe(2)
  expect((await asCustomer(estate.urls.edge, 'globex.localhost', '/whoami')).status).toBe(200)
}, 400_000)
