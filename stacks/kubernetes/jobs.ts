import { listObjects } from './calls.ts'
import type { Cluster } from './cluster.ts'
import { collectionPath } from './discovery.ts'
import { clusterProblems } from './kubernetes.errors.ts'
import { type Link, sleep } from './link.ts'
import { type KubernetesObject, nameOf } from './objects.ts'
import type { Named } from './observe.ts'
import { podsOf, type PodView, tail } from './pod-trouble.ts'
import { scrub } from './scrub.ts'
import { untilObject } from './watch.ts'

type JobStatus = {
  active?: number
  failed?: number
  conditions?: readonly { type: string; status: string; reason?: string; message?: string }[]
}

/** How a Job ended: undefined while it goes on. */
export function judgeJob(status: JobStatus = {}): { ok: true } | { ok: false; message: string } | undefined {
  const met = (type: string) => status.conditions?.find((one) => one.type === type && one.status === 'True')
  if (met('Complete') ?? met('SuccessCriteriaMet')) return { ok: true }
  const failed = met('Failed') ?? met('FailureTarget')
  return failed ? { ok: false, message: failed.message ?? failed.reason ?? 'failed' } : undefined
}

/** A quota that keeps a Job without a pod for this long is not about to be counted anew. */
const QUOTA_PATIENCE_MS = 10_000

/**
 * Waits until a Job has completed. Throws `migration.failed` with the last words of its pod (credentials taken out) when it
 * failed, `migration.impossible` when it says that it always will, `cluster.quota-exceeded` when a quota refused its pod for 10 s,
 * and `workload.missing` when it does not exist. Waits as long as the signal allows.
 */
export async function waitForJob(
  cluster: Cluster,
  { namespace, name, quotaPatienceMs = QUOTA_PATIENCE_MS }: Named & { quotaPatienceMs?: number },
  link: Link,
): Promise<void> {
  const ref = { apiVersion: 'batch/v1', kind: 'Job', namespace, name }
  const ended = new AbortController()
  const signal = AbortSignal.any([link.signal, ended.signal])
  let said = ''
  let idle = true
  const look = (object: KubernetesObject | undefined) => {
    if (!object) throw clusterProblems['workload.missing']({ detail: `${nameOf(ref)} does not exist` })
    const status = object['status'] as JobStatus | undefined
    idle = (status?.active ?? 0) === 0
    const message = `${nameOf(ref)}: ${status?.active ?? 0} running, ${status?.failed ?? 0} failed`
    if (message !== said) link.onEvent?.({ message })
    said = message
    return judgeJob(status)
  }
  const refused = async () => {
    for (;;) {
      await sleep(quotaPatienceMs, signal)
      const why = idle ? await quotaRefusal(cluster, { namespace, name }, { ...link, signal }) : undefined
      if (why !== undefined) throw clusterProblems['cluster.quota-exceeded']({ detail: `${nameOf(ref)}: ${why}` })
    }
  }
  const end = await Promise.race([untilObject(cluster, ref, look, { ...link, signal }), refused()]).finally(() =>
    ended.abort(),
  )
  if (end.ok) return
  const { words, exitCode } = await lastWords(cluster, { namespace, name }, link)
  const detail = words === '' ? `${nameOf(ref)}: ${end.message}` : `${nameOf(ref)}: ${end.message}\n${words}`
  const code = exitCode === IMPOSSIBLE ? 'migration.impossible' : 'migration.failed'
  throw clusterProblems[code]({ detail, extra: { exitCode } })
}

/** What the Job's controller was told when it last tried to make a pod, as far as a quota said it; Jobs have no condition for it. */
async function quotaRefusal(cluster: Cluster, { namespace, name }: Named, link: Link): Promise<string | undefined> {
  const resource = await cluster.discovery.resource('v1', 'Event', link)
  const query = { fieldSelector: `involvedObject.kind=Job,involvedObject.name=${name},reason=FailedCreate` }
  const what = `list events of ${namespace}/${name}`
  const events = await listObjects(cluster, collectionPath(resource, namespace), { query, what }, link)
  const messages = events.map(({ message }) => (typeof message === 'string' ? message : ''))
  return messages.findLast((message) => message.includes('exceeded quota'))
}

/** Exit code by which a product says that its migrations can never succeed (product contract). */
const IMPOSSIBLE = 3
type LastWords = { words: string; exitCode: number | null }

/** How the Job's newest failed container ended, and its termination message, else the end of its log; empty when neither can be had. */
async function lastWords(cluster: Cluster, { namespace, name }: Named, link: Link): Promise<LastWords> {
  const pods = await podsOf(cluster, namespace, { labelSelector: `batch.kubernetes.io/job-name=${name}` }, link)
  const newest = pods.toSorted((a, b) => createdAt(b).localeCompare(createdAt(a)))
  const ends = newest.flatMap(({ status }) =>
    (status?.containerStatuses ?? []).flatMap(({ state, lastState }) => {
      const ended = state?.terminated ?? lastState?.terminated
      return ended && ended.exitCode !== 0 ? [ended] : []
    }),
  )
  const said = ends.find(({ message }) => message)?.message
  const words = said ?? (newest[0] ? await logOf(cluster, namespace, newest[0].metadata.name, link) : '')
  return { words: scrub(tail(words)), exitCode: ends[0]?.exitCode ?? null }
}

const createdAt = ({ metadata }: PodView): string => metadata.creationTimestamp ?? ''

async function logOf(cluster: Cluster, namespace: string, pod: string, link: Link): Promise<string> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`
  const lines: string[] = []
  try {
    // a stream is not retried: a node that serves no logs must not hold the verdict up
    const call = {
      method: 'GET',
      path,
      query: { tailLines: '20' },
      accept: '*/*',
      what: `read the log of ${pod}`,
    } as const
    for await (const line of cluster.stream(call, link)) lines.push(line)
  } catch {
    link.signal.throwIfAborted() // else no log is no reason to hide the failure itself
  }
  return lines.join('\n')
}
