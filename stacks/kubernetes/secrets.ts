import { createObject, deleteObject, readHead, readObject, replaceObject } from './calls.ts'
import type { Cluster } from './cluster.ts'
import { clusterProblems, hasCode } from './kubernetes.errors.ts'
import { type Link, unlinked } from './link.ts'
import { foreignDataKeys } from './managers.ts'
import { belongsTo, type Belonging, type KubernetesObject, nameOf, ownerLabels } from './objects.ts'
import { lostItsLabels } from './ownership.ts'
import { untilSwapped } from './until-swapped.ts'

type SecretWanted = {
  namespace: string
  name: string
  /** Labels it is created with; one that exists must carry them. */
  labels: Readonly<Record<string, string>>
  /** Makes the content; only called when there is none. */
  make: () => Record<string, string>
}

/**
 * The content of a Secret: what exists, else what `make` gives, created once. However many callers at once, all get the
 * same content. Throws `object.foreign` when one exists without these labels; its content is then not looked at.
 */
export async function ensureSecret(
  cluster: Cluster,
  wanted: SecretWanted,
  link: Link = unlinked,
): Promise<Record<string, string>> {
  const { namespace, name, labels, make } = wanted
  const ref = { apiVersion: 'v1', kind: 'Secret', namespace, name }
  const contentOf = (secret: KubernetesObject): Record<string, string> => {
    if (Object.entries(labels).some(([label, value]) => secret.metadata.labels?.[label] !== value))
      throw clusterProblems['object.foreign']({ detail: `${nameOf(ref)} exists and does not carry our labels` })
    return decode(secret['data'] as Record<string, string> | undefined)
  }
  const found = await readObject(cluster, ref, link)
  if (found) return contentOf(found)
  const metadata = { name, namespace, labels: { ...labels } }
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data: encode(make()) }
  try {
    return contentOf(await createObject(cluster, secret, link))
  } catch (error) {
    const winner = hasCode(error, 'cluster.conflict') ? await readObject(cluster, ref, link) : undefined
    if (!winner) throw error
    return contentOf(winner)
  }
}

/** Deletes a Secret, whose content is not looked at. One without these labels is somebody else's and stays: `object.foreign`. */
export async function removeSecret(
  cluster: Cluster,
  { namespace, name, labels }: Omit<SecretWanted, 'make'>,
  link: Link = unlinked,
): Promise<void> {
  const ref = { apiVersion: 'v1', kind: 'Secret', namespace, name }
  const head = await readHead(cluster, ref, link)
  if (head?.metadata.uid === undefined) return
  if (Object.entries(labels).some(([label, value]) => head.metadata.labels?.[label] !== value))
    throw clusterProblems['object.foreign']({ detail: `${nameOf(ref)} exists and does not carry our labels` })
  await deleteObject(cluster, ref, { uid: head.metadata.uid }, link)
}

type At = { namespace: string; name: string }

/** The content of a Secret, whoever wrote it; undefined where there is none. */
export async function readSecret(
  cluster: Cluster,
  { namespace, name }: At,
  link: Link,
): Promise<Record<string, string> | undefined> {
  const found = await readObject(cluster, { apiVersion: 'v1', kind: 'Secret', namespace, name }, link)
  return found && decode(found['data'] as Record<string, string> | undefined)
}

export type SecretRepair = At & {
  owner: Belonging
  make: () => Record<string, string>
  /** Whether a value can be one that `make` gave. */
  holds: (key: string, value: string) => boolean
}

/**
 * Makes a Secret what `make` once made of it. A value that somebody else wrote, or that cannot be ours, is replaced by a new one: what it was
 * before nobody knows any more. Other values, and keys that are not ours, stay as they are. Returns the content. Throws
 * `object.foreign` where the Secret is somebody else's.
 */
export async function repairSecret(
  cluster: Cluster,
  { namespace, name, owner, make, holds }: SecretRepair,
  link: Link,
): Promise<Record<string, string>> {
  const ref = { apiVersion: 'v1', kind: 'Secret', namespace, name }
  const labels = ownerLabels(owner)
  return untilSwapped(async () => {
    const found = await readObject(cluster, ref, link)
    if (!found) return ensureSecret(cluster, { namespace, name, labels, make }, link)
    const belongs = belongsTo(found.metadata, owner)
    if (!belongs && !lostItsLabels(found.metadata, owner))
      throw clusterProblems['object.foreign']({ detail: `${nameOf(ref)} exists and does not carry our labels` })
    const data = decode(found['data'] as Record<string, string> | undefined)
    const foreign = foreignDataKeys(found.metadata)
    const spoilt = Object.entries(make()).filter(([key]) => foreign.has(key) || !holds(key, data[key] ?? ''))
    if (belongs && spoilt.length === 0) return data
    const fresh = Object.fromEntries(spoilt)
    const { managedFields: _managed, ...metadata } = found.metadata
    const next = {
      ...found,
      metadata: { ...metadata, labels: { ...metadata.labels, ...labels } },
      data: { ...(found['data'] as object | undefined), ...encode(fresh) }, // others' values may be no text
    }
    await replaceObject(cluster, next, link)
    return { ...data, ...fresh }
  }, link)
}

const encode = (content: Record<string, string>): Record<string, string> =>
  mapValues(content, (value) => Buffer.from(value, 'utf8').toString('base64'))
const decode = (data: Record<string, string> = {}): Record<string, string> =>
  mapValues(data, (value) => Buffer.from(value, 'base64').toString('utf8'))
const mapValues = (record: Record<string, string>, change: (value: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
