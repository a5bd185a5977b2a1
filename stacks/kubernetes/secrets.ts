import { createObject, deleteObject, readHead, readObject } from './calls.ts'
import type { Cluster } from './cluster.ts'
import { clusterProblems, hasCode } from './kubernetes.errors.ts'
import { type Link, unlinked } from './link.ts'
import { type KubernetesObject, nameOf } from './objects.ts'

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

const encode = (content: Record<string, string>): Record<string, string> =>
  mapValues(content, (value) => Buffer.from(value, 'utf8').toString('base64'))
const decode = (data: Record<string, string> = {}): Record<string, string> =>
  mapValues(data, (value) => Buffer.from(value, 'base64').toString('utf8'))
const mapValues = (record: Record<string, string>, change: (value: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
