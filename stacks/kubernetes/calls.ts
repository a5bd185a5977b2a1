import { FIELD_MANAGER } from '../../control-plane/domain/naming.ts'
import type { Cluster } from './cluster.ts'
import { collectionPath } from './discovery.ts'
import { hasCode } from './kubernetes.errors.ts'
import type { Link } from './link.ts'
import { type KubernetesObject, nameOf, type ObjectMeta, type ObjectRef, refOf } from './objects.ts'

/** Only what every object has; the API server then leaves out specs, status and, above all, the content of Secrets. */
export type ObjectHead = { apiVersion: string; kind: string; metadata: ObjectMeta }
const HEAD_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'
export const HEADS_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
const confidential = (ref: ObjectRef): boolean => ref.kind === 'Secret'

/** One object, or undefined where there is none. */
export const readObject = (cluster: Cluster, ref: ObjectRef, link: Link): Promise<KubernetesObject | undefined> =>
  read(cluster, ref, link, 'application/json') as Promise<KubernetesObject | undefined>

/** One object's metadata, or undefined where there is none. */
export async function readHead(cluster: Cluster, ref: ObjectRef, link: Link): Promise<ObjectHead | undefined> {
  const head = (await read(cluster, ref, link, HEAD_ONLY)) as ObjectHead | undefined
  return head && { apiVersion: ref.apiVersion, kind: ref.kind, metadata: head.metadata } // it comes as PartialObjectMetadata
}

async function read(cluster: Cluster, ref: ObjectRef, link: Link, accept: string): Promise<unknown> {
  const path = await cluster.discovery.path(ref, link)
  const call = { method: 'GET', path, accept, what: `read ${nameOf(ref)}`, confidential: confidential(ref) } as const
  return orMissing(cluster.call(call, link))
}

/** The answer, or undefined when the cluster has no such object. */
export async function orMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (hasCode(error, 'cluster.not-found')) return undefined
    throw error
  }
}

/** Creates an object that must not exist; `cluster.conflict` when it does. */
export async function createObject(cluster: Cluster, object: KubernetesObject, link: Link): Promise<KubernetesObject> {
  const ref = refOf(object)
  const resource = await cluster.discovery.resource(ref.apiVersion, ref.kind, link)
  const path = collectionPath(resource, ref.namespace)
  const query = { fieldManager: FIELD_MANAGER }
  const what = `create ${nameOf(ref)}`
  return (await cluster.call(
    { method: 'POST', path, query, body: object, what, confidential: confidential(ref) },
    link,
  )) as KubernetesObject
}

/** Replaces an object as it was read: `cluster.conflict` when its resourceVersion has moved on. */
export async function replaceObject(cluster: Cluster, object: KubernetesObject, link: Link): Promise<KubernetesObject> {
  const path = await cluster.discovery.path(refOf(object), link)
  const query = { fieldManager: FIELD_MANAGER }
  const what = `replace ${nameOf(refOf(object))}`
  const call = { method: 'PUT', path, query, body: object, what, confidential: confidential(refOf(object)) } as const
  return (await cluster.call(call, link)) as KubernetesObject
}

/** Server-side apply of one object; fields that others set on our paths are taken back (force). A dry run only says what would be. */
export async function applyObject(
  cluster: Cluster,
  object: KubernetesObject,
  link: Link,
  { dryRun = false }: { dryRun?: boolean } = {},
): Promise<KubernetesObject> {
  const ref = refOf(object)
  const path = await cluster.discovery.path(ref, link)
  const query = { fieldManager: FIELD_MANAGER, force: 'true', ...(dryRun ? { dryRun: 'All' } : {}) }
  const contentType = 'application/apply-patch+yaml'
  const what = `apply ${nameOf(ref)}`
  const call = {
    method: 'PATCH',
    path,
    query,
    body: object,
    contentType,
    what,
    confidential: confidential(ref),
  } as const
  return (await cluster.call(call, link)) as KubernetesObject
}

/** Kinds whose children must be gone before they count as gone; only these need the garbage collector. */
const WITH_CHILDREN = new Set(['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'])

/**
 * Orders the deletion of exactly the object that was read: `gone` at once, or `ordered` when something must finish first.
 * `cluster.conflict` when it is no longer the one that was read.
 */
export async function deleteObject(
  cluster: Cluster,
  ref: ObjectRef,
  seen: Pick<ObjectMeta, 'uid' | 'resourceVersion'>,
  link: Link,
): Promise<'ordered' | 'gone'> {
  const path = await cluster.discovery.path(ref, link)
  const body = {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    propagationPolicy: WITH_CHILDREN.has(ref.kind) ? 'Foreground' : 'Background',
    preconditions: seen,
  }
  const call = { method: 'DELETE', path, body, what: `delete ${nameOf(ref)}`, confidential: confidential(ref) } as const
  const answer = await orMissing(cluster.call(call, link)) // a Status when it is gone, else the object with its finalizers
  return answer === undefined || (answer as { kind?: string }).kind === 'Status' ? 'gone' : 'ordered'
}

/** All objects of a collection, page by page; `accept: HEADS_ONLY` leaves everything but the metadata out. */
export async function listObjects(
  cluster: Cluster,
  path: string,
  { query = {}, accept = 'application/json', what }: { query?: Record<string, string>; accept?: string; what: string },
  link: Link,
): Promise<KubernetesObject[]> {
  const items: KubernetesObject[] = []
  let more = ''
  for (;;) {
    const page = more === '' ? { ...query, limit: '500' } : { ...query, limit: '500', continue: more }
    const list = (await cluster.call({ method: 'GET', path, query: page, accept, what }, link)) as ObjectList
    items.push(...(list.items ?? [])) // an empty list of heads comes as null
    more = list.metadata.continue ?? ''
    if (more === '') return items
  }
}
type ObjectList = { metadata: { continue?: string }; items: KubernetesObject[] | null }
