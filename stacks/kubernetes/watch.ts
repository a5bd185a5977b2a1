import { readObject } from './calls.ts'
import type { Cluster } from './cluster.ts'
import { collectionPath } from './discovery.ts'
import { hasCode } from './kubernetes.errors.ts'
import { type Link, sleep } from './link.ts'
import { type KubernetesObject, nameOf, type ObjectRef } from './objects.ts'

/** Pause before a broken watch is begun again. */
const REOPEN_MS = 100
/** How long the server keeps one watch open. */
const WATCH_SECONDS = 60

/**
 * Looks at one object now and at every change of it, until `decide` returns something other than undefined; `decide` gets
 * undefined when the object does not exist, and what it throws ends the waiting.
 */
export async function untilObject<T>(
  cluster: Cluster,
  ref: ObjectRef,
  decide: (object: KubernetesObject | undefined) => T | undefined,
  link: Link,
): Promise<T> {
  for (;;) {
    const object = await readObject(cluster, ref, link)
    const now = decide(object)
    if (now !== undefined) return now
    const then = await follow(cluster, ref, object?.metadata.resourceVersion, decide, link)
    if (then !== undefined) return then.value
    await sleep(REOPEN_MS, link.signal)
  }
}

type WatchEvent = { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'; object: KubernetesObject }

async function follow<T>(
  cluster: Cluster,
  ref: ObjectRef,
  resourceVersion: string | undefined,
  decide: (object: KubernetesObject | undefined) => T | undefined,
  link: Link,
): Promise<{ value: T } | undefined> {
  const resource = await cluster.discovery.resource(ref.apiVersion, ref.kind, link)
  const path = collectionPath(resource, resource.namespaced ? ref.namespace : undefined)
  const since = resourceVersion === undefined ? {} : { resourceVersion }
  const query = {
    watch: 'true',
    fieldSelector: `metadata.name=${ref.name}`,
    timeoutSeconds: `${WATCH_SECONDS}`,
    ...since,
  }
  const stop = new AbortController() // ends the stream when we have seen enough, or when the server has frozen
  const frozen = setTimeout(() => stop.abort(), (WATCH_SECONDS + 10) * 1000)
  const watching = { signal: AbortSignal.any([link.signal, stop.signal]) }
  try {
    for await (const line of cluster.stream({ method: 'GET', path, query, what: `watch ${nameOf(ref)}` }, watching)) {
      if (line === '') continue
      const event = JSON.parse(line) as WatchEvent
      if (event.type === 'ERROR') return undefined // usually 410: the version is too old, look again
      if (event.type === 'BOOKMARK') continue
      const value = decide(event.type === 'DELETED' ? undefined : event.object)
      if (value !== undefined) return { value }
    }
  } catch (error) {
    link.signal.throwIfAborted()
    if (!stop.signal.aborted && !hasCode(error, 'cluster.unreachable')) throw error
  } finally {
    clearTimeout(frozen)
    stop.abort()
  }
  return undefined
}
