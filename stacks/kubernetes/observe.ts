import { listObjects } from './calls.ts'
import type { Cluster } from './cluster.ts'
import { judgeDeployment } from './deployment-state.ts'
import { collectionPath } from './discovery.ts'
import { clusterProblems } from './kubernetes.errors.ts'
import { type Link, sleep, unlinked } from './link.ts'
import { nameOf } from './objects.ts'
import { whyPodsWait } from './pod-trouble.ts'
import { untilObject } from './watch.ts'

/** A quota that refuses pods for this long is no transition between two templates any more. */
const QUOTA_PATIENCE_MS = 10_000

export type Named = { namespace: string; name: string }

/**
 * Waits until a Deployment's own template runs on all its replicas and they are available; sees each change as it happens.
 * Throws `workload.missing`, `workload.stalled` (past the Deployment's progress deadline, with what its pods wait for) and
 * `cluster.quota-exceeded` (pods refused for 10 s). Waits as long as the signal allows.
 */
export async function waitForDeployment(
  cluster: Cluster,
  { namespace, name, quotaPatienceMs = QUOTA_PATIENCE_MS }: Named & { quotaPatienceMs?: number },
  link: Link,
): Promise<void> {
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name }
  const quota = new AbortController()
  let overdue: NodeJS.Timeout | undefined
  let said = ''
  const patient = { ...link, signal: AbortSignal.any([link.signal, quota.signal]) }
  try {
    const end = await untilObject(
      cluster,
      ref,
      (object) => {
        if (!object) throw clusterProblems['workload.missing']({ detail: `${nameOf(ref)} does not exist` })
        const seen = judgeDeployment(object)
        if (seen.state !== 'progressing') return seen
        const { blockedBy, message } = seen
        if (!blockedBy?.includes('exceeded quota')) {
          clearTimeout(overdue)
          overdue = undefined
        } else {
          const problem = clusterProblems['cluster.quota-exceeded']({ detail: `${nameOf(ref)}: ${blockedBy}` })
          overdue ??= setTimeout(() => quota.abort(problem), quotaPatienceMs)
        }
        const now = `${nameOf(ref)}: ${message}${blockedBy === undefined ? '' : ` (${blockedBy})`}`
        if (now !== said) link.onEvent?.({ message: now })
        said = now
        return undefined
      },
      patient,
    )
    if (end.state === 'available') return
    const pods = await whyPodsWait(cluster, namespace, name, link)
    throw clusterProblems['workload.stalled']({ detail: [`${nameOf(ref)}: ${end.message}`, ...pods].join('; ') })
  } finally {
    clearTimeout(overdue)
  }
}

export type ServingPod = { name: string; ip: string; ready: boolean }

/** Pods with all these labels that have an address and are not being stopped; `ip` is the one the API states. */
export async function servingPods(
  cluster: Cluster,
  pods: { namespace: string; labels: Readonly<Record<string, string>> },
  link: Link = unlinked,
): Promise<ServingPod[]> {
  return (await listPods(cluster, pods, link)).flatMap(({ metadata, status }) => {
    if (metadata.deletionTimestamp !== undefined || status?.phase !== 'Running' || !status.podIP) return []
    const ready = status.conditions?.some(({ type, status: now }) => type === 'Ready' && now === 'True') ?? false
    return [{ name: metadata.name, ip: status.podIP, ready }]
  })
}

const LOOK_EVERY_MS = 100

/** Waits until no pod with all these labels is left, those being stopped included. Waits as long as the signal allows. */
export async function waitForNoPods(
  cluster: Cluster,
  pods: { namespace: string; labels: Readonly<Record<string, string>> },
  link: Link,
): Promise<void> {
  for (let said = -1; ;) {
    const left = await listPods(cluster, pods, link)
    if (left.length === 0) return
    if (left.length !== said) link.onEvent?.({ message: `${left.length} pods of ${pods.namespace} are left` })
    said = left.length
    await sleep(LOOK_EVERY_MS, link.signal)
  }
}

async function listPods(
  cluster: Cluster,
  { namespace, labels }: { namespace: string; labels: Readonly<Record<string, string>> },
  link: Link,
): Promise<Pod[]> {
  const resource = await cluster.discovery.resource('v1', 'Pod', link)
  const labelSelector = Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .join(',')
  const path = collectionPath(resource, namespace)
  return listObjects(cluster, path, { query: { labelSelector }, what: `list pods of ${namespace}` }, link)
}

type Pod = {
  metadata: { name: string; deletionTimestamp?: string }
  status?: { phase?: string; podIP?: string; conditions?: { type: string; status: string }[] }
}
