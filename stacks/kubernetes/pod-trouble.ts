import { listObjects } from './calls.ts'
import type { Cluster } from './cluster.ts'
import { collectionPath } from './discovery.ts'
import type { Link } from './link.ts'
import { scrub } from './scrub.ts'

/** The parts of a pod that say what is wrong with it. */
export type PodView = {
  metadata: { name: string; creationTimestamp?: string; ownerReferences?: readonly { kind: string; name: string }[] }
  status?: {
    phase?: string
    message?: string
    conditions?: readonly { type: string; status: string; reason?: string; message?: string }[]
    containerStatuses?: readonly ContainerView[]
    initContainerStatuses?: readonly ContainerView[]
  }
}
type ContainerView = {
  name: string
  ready: boolean
  state?: { waiting?: { reason?: string; message?: string }; terminated?: Ended; running?: object }
  lastState?: { terminated?: Ended }
}
type Ended = { exitCode: number; reason?: string; message?: string }

/** What keeps a pod from serving, as short sentences; empty when nothing does. */
export function troubleOf({ metadata, status = {} }: PodView): string[] {
  const unscheduled = status.conditions?.find(({ type, status: now }) => type === 'PodScheduled' && now === 'False')
  const found = unscheduled ? [`not scheduled: ${unscheduled.message ?? unscheduled.reason ?? ''}`] : []
  for (const { name, ready, state = {}, lastState = {} } of [
    ...(status.initContainerStatuses ?? []),
    ...(status.containerStatuses ?? []),
  ]) {
    const ended = state.terminated ?? lastState.terminated
    if (state.waiting?.reason && state.waiting.reason !== 'ContainerCreating')
      found.push(`${name} ${state.waiting.reason}: ${state.waiting.message ?? ''}`)
    if (ended && ended.exitCode !== 0)
      found.push(`${name} ended with ${ended.exitCode}: ${tail(ended.message ?? ended.reason ?? '')}`)
    if (state.running && !ready) found.push(`${name} is not ready`)
  }
  return found.map((sentence) => scrub(`pod ${metadata.name}: ${sentence}`))
}

/** What the pods of a Deployment wait for: one sentence per trouble, at most five. */
export async function whyPodsWait(
  cluster: Cluster,
  namespace: string,
  deployment: string,
  link: Link,
): Promise<string[]> {
  const pods = await podsOf(cluster, namespace, {}, link)
  const ours = pods.filter(({ metadata }) =>
    metadata.ownerReferences?.some(
      ({ kind, name }) => kind === 'ReplicaSet' && name.replace(/-[^-]+$/, '') === deployment,
    ),
  )
  return ours.flatMap(troubleOf).slice(0, 5)
}

/** The last words of a program: enough for the error and its stack, short enough for a problem. */
export const tail = (text: string): string => text.trim().split('\n').slice(-20).join('\n').slice(-2000)

export async function podsOf(
  cluster: Cluster,
  namespace: string,
  query: Record<string, string>,
  link: Link,
): Promise<PodView[]> {
  const resource = await cluster.discovery.resource('v1', 'Pod', link)
  const what = `list pods of ${namespace}`
  return listObjects(cluster, collectionPath(resource, namespace), { query, what }, link)
}
