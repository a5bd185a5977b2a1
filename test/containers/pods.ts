import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { CoreV1Api, KubeConfig, type V1Pod } from '@kubernetes/client-node'
import { askDaemon } from '../../stacks/local/commands/daemon-client.ts'
import { findControllers } from '../../stacks/local/containers/cgroups.ts'
import type { Estate } from '../../stacks/local/estate.ts'
import { until } from '../support/postgres.ts'

const NAMESPACE = 'probe'

export type Probe = {
  name: string
  /** JavaScript that the container runs. */
  script: string
  image?: string
  limits?: Record<string, string>
}

/** A pod as strict namespaces ask for it. */
const restricted = ({
  name,
  script,
  image = 'ledger:1.0.0',
  limits = { memory: '128Mi', cpu: '1' },
}: Probe): V1Pod => ({
  metadata: { name, namespace: NAMESPACE },
  spec: {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 1,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'main',
        image,
        imagePullPolicy: 'IfNotPresent',
        command: ['node', '-e', script],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        resources: { limits, requests: { memory: '16Mi', cpu: '10m' } },
      },
    ],
  },
})

/** Pods of a test's own in a strict namespace, as the cluster's administrator. */
export async function probePods(estate: Estate): Promise<ProbePods> {
  const pods = connectPods(estate)
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  await pods.core.createNamespace({ body: { metadata: { name: NAMESPACE, labels } } })
  await until(async () => pods.core.readNamespacedServiceAccount({ name: 'default', namespace: NAMESPACE }))
  return pods
}

/** The same where the namespace exists. */
export function connectPods(estate: Estate) {
  const config = new KubeConfig()
  config.loadFromFile(estate.credentials.kubeconfig('admin'))
  const core = config.makeApiClient(CoreV1Api)
  const read = (name: string) => core.readNamespacedPod({ name, namespace: NAMESPACE })
  const log = (name: string) => core.readNamespacedPodLog({ name, namespace: NAMESPACE })
  return {
    core,
    read,
    log,
    create: (probe: Probe, change: (pod: V1Pod) => void = () => undefined): Promise<V1Pod> => {
      const pod = restricted(probe)
      change(pod)
      return core.createNamespacedPod({ namespace: NAMESPACE, body: pod })
    },
    /** Waits for the end of a pod's container and answers how it ended. */
    ended: (name: string) =>
      until(async () => {
        const state = (await read(name)).status?.containerStatuses?.[0]?.state
        if (!state?.terminated) throw new Error(`pod ${name}: ${JSON.stringify((await read(name)).status)}`)
        return state.terminated
      }, 60),
    /** Waits until a pod's container has printed a line of JSON, and answers it. */
    told: <T>(name: string): Promise<T> =>
      until(async () => {
        const text = await log(name)
        const line = text.split('\n').find((each) => each.startsWith('{'))
        if (!line) throw new Error(`pod ${name} said: ${text}`)
        return JSON.parse(line) as T
      }, 60),
  }
}
export type ProbePods = ReturnType<typeof connectPods>

/** How often the registry was asked for manifests of an image. */
export async function manifestRequests(estate: Estate, image: string): Promise<number> {
  const text = await (await askDaemon(estate.home, '/metrics')).text()
  const line = text.split('\n').find((each) => each.includes(`{image="${image}",kind="manifests"}`))
  return Number(line?.split(' ').at(-1) ?? 0)
}

/** Digest of an image's manifest as the registry states it. */
export async function registryDigest(estate: Estate, reference: string): Promise<string> {
  const [name, tag] = reference.split(':')
  const url = `http://127.0.0.1:${estate.ports.registry}/v2/${name}/manifests/${tag}`
  return (await fetch(url, { method: 'HEAD' })).headers.get('docker-content-digest') ?? ''
}

/** How often the kernel has held a running container to its CPU limit. */
export async function timesThrottled(containerId: string): Promise<number> {
  const root = findControllers(await readFile('/proc/self/mounts', 'utf8')).get('cpu') ?? ''
  const id = containerId.replace('containerd://', '')
  const folders = await readdir(root, { recursive: true })
  const folder = folders.find((each) => each.startsWith('steward-') && each.endsWith(id))
  if (!folder) throw new Error(`no cgroup of container ${id} below ${root}`)
  const text = await readFile(path.join(root, folder, 'cpu.stat'), 'utf8')
  return Number(/^nr_throttled (\d+)$/m.exec(text)?.[1] ?? 0)
}
