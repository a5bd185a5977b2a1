import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCredential } from '../../../credentials/ensure-credentials.ts'
import { credentialPaths, type ClusterClient } from '../../../credentials/paths.ts'
import { findLeftovers } from '../../../daemon/leftovers.ts'
import { runningDaemon, startEstate, stopEstate, type Estate } from '../../../estate.ts'
import { readRecord } from '../../../home.ts'
import { connectKube, type KubeClient } from '../../../kube/client.ts'
import { configMap, deployment, route, service } from '../../../node/support/objects.ts'
import { request } from '../../../node/support/request.ts'
import { until } from '../../../node/support/until.ts'
import { waitUntilGone } from '../../../../process/proc.ts'
import type { ResourceView } from '../../being.ts'

/** Everything but the shared cluster, and Prometheus where wanted. */
const OTHERS = 'api worker temporal plane-db plane-roles products-db products-roles'.split(' ')
const IMAGES = join(import.meta.dirname, '../../../node/fixtures/images')
const READY_WITHIN_MS = 180_000
export const NAMESPACE = 'parts'

export type StackRig = Awaited<ReturnType<typeof stackRig>>

type Answer = { status: number; body: ResourceView & { code?: string; field?: string } }

/** What is asked of the clusters of an estate, over HTTP. */
function asking(estate: Pick<Estate, 'urls'>, token: string) {
  const ask = async (method: 'GET' | 'PUT' | 'DELETE', name: string, body?: unknown): Promise<Answer> => {
    const answer = await fetch(`${estate.urls.daemon}/resources/kubernetes-cluster/${name}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return { status: answer.status, body: (await answer.json()) as Answer['body'] } // our own daemon's
  }
  const view = async (name: string) => (await ask('GET', name)).body
  /** Waits until a resource is as wanted; a failed one is told at once. */
  const seen = async (name: string, wanted: (view: ResourceView) => boolean): Promise<ResourceView> => {
    const deadline = Date.now() + READY_WITHIN_MS
    for (;;) {
      const now = await view(name)
      if (wanted(now)) return now
      if (now.state === 'failed' || Date.now() > deadline) throw new Error(`${name}: ${JSON.stringify(now, null, 1)}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  const isReady = ({ state, observed }: ResourceView) => state === 'ready' && observed['nodesReady'] === 1
  return {
    ask,
    view,
    seen,
    ready: (name: string) => seen(name, isReady),
    gone: (name: string) =>
      until(async () => {
        if ((await ask('GET', name)).status !== 404) throw new Error(`${name} is still there`)
      }),
  }
}

/** An estate without plane and databases, and what a test asks of its resources. */
export async function stackRig(without: readonly string[] = []) {
  const folder = await mkdtemp(join(tmpdir(), 'steward-stacks-'))
  await chmod(folder, 0o711)
  const home = join(folder, 'home')
  const start = (): Promise<Estate> =>
    startEstate({
      home,
      portBase: 'free',
      throwAway: true,
      without: [...OTHERS, ...without],
      attached: false,
      env: { ...process.env, STEWARD_IMAGES: IMAGES },
    })
  const estate = await start()
  const folderOf = (name: string) => join(estate.paths.resources, 'kubernetes-cluster', name)
  /** Credentials of a cluster: that of the name, or the shared one. */
  const credentials = (name: string | null) =>
    name === null ? estate.credentials : credentialPaths(join(folderOf(name), 'credentials'))
  return {
    estate,
    start,
    folderOf,
    credentials,
    ...asking(estate, await readCredential(estate.credentials.token('resources'))),
    connect: (name: string | null, as: ClusterClient = 'admin'): KubeClient =>
      connectKube({ kubeconfig: credentials(name).kubeconfig(as) }),
    /** SIGKILL for the daemon, and for nothing else. */
    async killDaemon() {
      const daemon = await runningDaemon(home)
      if (!daemon) throw new Error('no daemon runs')
      process.kill(daemon.pid, 'SIGKILL')
      await waitUntilGone([daemon], 20_000)
    },
    async leftovers() {
      const record = await readRecord(estate.paths)
      return record ? findLeftovers(estate.paths, record.id) : []
    },
    async remove() {
      await stopEstate(home)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const path = (kind: string, group = 'api/v1') => `/${group}/namespaces/${NAMESPACE}/${kind}`

/** A Deployment of the tiny image with a Service and a route, applied as the worker would. Resolves when the gateway serves it. */
export async function serveApp(rig: StackRig, cluster: string | null, gatewayUrl: string, host: string): Promise<void> {
  const admin = rig.connect(cluster)
  const worker = rig.connect(cluster, 'worker')
  try {
    await admin.create('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: NAMESPACE },
    })
    await until(() => admin.get(`/api/v1/namespaces/${NAMESPACE}/serviceaccounts/default`))
    await admin.create(path('configmaps'), configMap('settings', { greeting: 'hello', 'file.txt': 'one' }))
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login' }, stringData: { PASSWORD: 'p4ss' } }
    await admin.create(path('secrets'), secret)
    await worker.create(path('deployments', 'apis/apps/v1'), deployment('web', 1, {}))
    await worker.create(path('services'), service('web'))
    const gatewayApi = 'apis/gateway.networking.k8s.io/v1'
    await worker.create(path('httproutes', gatewayApi), route('web', host, [['web', 1]]))
    await until(() => askApp(gatewayUrl, host))
  } finally {
    admin.close()
    worker.close()
  }
}

/** One request through a gateway; throws unless the app answered. Gives the pod's name. */
export async function askApp(gatewayUrl: string, host: string): Promise<string> {
  const { status, json, body } = await request(Number(new URL(gatewayUrl).port), host, '/echo-nothing')
  if (status !== 200) throw new Error(`${status} ${body}`)
  return String(json['pod'])
}
