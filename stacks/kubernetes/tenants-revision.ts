import type { Cluster } from './cluster.ts'
import { type Link, sleep } from './link.ts'
import { servingPods, type ServingPod } from './observe.ts'

/** A pod answers in a millisecond or two: asking this often costs nothing and decides how fast a tenant is ready. */
const POLL_MS = 20
const ANSWER_TIMEOUT_MS = 2000

type RevisionWait = {
  namespace: string
  /** Labels of the pods that serve the unit. */
  labels: Readonly<Record<string, string>>
  revision: number
  /** The address at which a pod can be reached from here, from the one the API states. */
  reach: (podIp: string) => string
  port?: number
}

/**
 * Waits until every serving pod of the unit says at `/version` that it has loaded this revision of the tenants file or a
 * later one; a pod that begins to serve meanwhile counts, too. No serving pod at all proves nothing, so it waits for one.
 * Waits as long as the signal allows. Returns how many pods reported it.
 */
export async function waitForTenantsRevision(
  cluster: Cluster,
  wait: RevisionWait,
  link: Link,
): Promise<{ pods: number }> {
  const reported = new Set<string>()
  let said = ''
  for (;;) {
    const serving = (await servingPods(cluster, wait, link)).filter(({ ready }) => ready)
    const missing = serving.filter((pod) => !reported.has(idOf(pod)))
    if (serving.length > 0 && missing.length === 0) return { pods: serving.length }
    await Promise.all(
      missing.map(async (pod) => {
        if ((await revisionOf(pod, wait, link.signal)) >= wait.revision) reported.add(idOf(pod))
      }),
    )
    const have = missing.length > 0 && missing.every((pod) => reported.has(idOf(pod)))
    if (have) continue // look at the list once more: somebody may have begun to serve
    const message = `revision ${wait.revision}: ${serving.length - missing.length} of ${serving.length} serving pods report it`
    if (message !== said) link.onEvent?.({ message })
    said = message
    await sleep(POLL_MS, link.signal)
  }
}

const idOf = ({ name, ip }: ServingPod): string => `${name}@${ip}`

/** What the pod has loaded; -1 when it does not say. */
async function revisionOf(
  { ip }: ServingPod,
  { reach, port = 8080 }: RevisionWait,
  stop: AbortSignal,
): Promise<number> {
  try {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(ANSWER_TIMEOUT_MS)])
    const answer = await fetch(`http://${reach(ip)}:${port}/version`, { signal })
    const body: unknown = await answer.json()
    const revision =
      typeof body === 'object' && body !== null && 'tenantsRevision' in body ? body.tenantsRevision : undefined
    return answer.ok && typeof revision === 'number' ? revision : -1
  } catch {
    stop.throwIfAborted()
    return -1
  }
}
