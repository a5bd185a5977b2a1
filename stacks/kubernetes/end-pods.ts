import { listObjects, orMissing } from './calls.ts'
import type { Cluster } from './cluster.ts'
import { collectionPath } from './discovery.ts'
import { clusterProblems, hasCode } from './kubernetes.errors.ts'
import { type Link, sleep } from './link.ts'
import { nameOf } from './objects.ts'
import type { Named } from './observe.ts'
import { untilObject } from './watch.ts'

/** Nobody whose namespace is emptied gets longer to end, whatever the pod asks for. */
const LONGEST_GRACE_S = 30
const LOOK_EVERY_MS = 200
/** A pod that was admitted a moment before the quota closed is written within milliseconds; it is looked for this much later. */
const LOOK_AGAIN_MS = 1_000

type Quota = { spec?: { hard?: Record<string, string> }; status?: { hard?: Record<string, string> } }
type Pod = {
  metadata: { name: string; uid?: string; deletionTimestamp?: string; deletionGracePeriodSeconds?: number }
  spec?: { terminationGracePeriodSeconds?: number }
}

/**
 * Waits until the API server counts pods by what the quota says now: it goes by the status, which a controller writes.
 * Throws `cluster.not-found` where there is no such quota. Waits as long as the signal allows.
 */
export async function waitForQuota(cluster: Cluster, { namespace, name }: Named, link: Link): Promise<void> {
  const ref = { apiVersion: 'v1', kind: 'ResourceQuota', namespace, name }
  await untilObject(
    cluster,
    ref,
    (object) => {
      if (!object) throw clusterProblems['cluster.not-found']({ detail: `${nameOf(ref)} does not exist` })
      const { spec, status } = object as Quota
      return spec?.hard?.['pods'] === status?.hard?.['pods'] ? true : undefined
    },
    link,
  )
}

/**
 * Ends every pod of a namespace, whoever made it, and returns when none is left, not even one that is being stopped. A quota must
 * refuse new ones before: as long as some come, this does not return. Waits as long as the signal allows.
 */
export async function endPods(cluster: Cluster, namespace: string, link: Link): Promise<void> {
  const pods = collectionPath(await cluster.discovery.resource('v1', 'Pod', link), namespace)
  const left = async () =>
    (await listObjects(cluster, pods, { what: `list pods of ${namespace}` }, link)) as unknown as Pod[] // a list of pods
  for (let empty = false, said = -1; ;) {
    const found = await left()
    if (found.length === 0 && empty) return
    empty = found.length === 0
    if (found.length !== said) link.onEvent?.({ message: `${found.length} pods of ${namespace} are left` })
    said = found.length
    for (const pod of found) if (!isEnding(pod)) await end(cluster, `${pods}/${pod.metadata.name}`, pod, link)
    await sleep(empty ? LOOK_AGAIN_MS : LOOK_EVERY_MS, link.signal)
  }
}

/** One that its owner deleted with a long time to end is told again. */
const isEnding = ({ metadata }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined && (metadata.deletionGracePeriodSeconds ?? 0) <= LONGEST_GRACE_S

async function end(cluster: Cluster, path: string, { metadata, spec }: Pod, link: Link): Promise<void> {
  const body = {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    gracePeriodSeconds: Math.min(spec?.terminationGracePeriodSeconds ?? LONGEST_GRACE_S, LONGEST_GRACE_S),
    preconditions: { uid: metadata.uid },
  }
  try {
    await orMissing(cluster.call({ method: 'DELETE', path, body, what: `end pod ${metadata.name}` }, link))
  } catch (error) {
    if (!hasCode(error, 'cluster.conflict')) throw error // another one of that name: the next look finds it
  }
}
