import { EPOCH_ANNOTATION } from '../../control-plane/domain/naming.ts'
import { readHead } from './calls.ts'
import type { Cluster } from './cluster.ts'
import { eachLimited } from './each-limited.ts'
import { clusterProblems } from './kubernetes.errors.ts'
import type { Link } from './link.ts'
import { isWrittenByUs } from './managers.ts'
import {
  belongsTo,
  type Belonging,
  keyOf,
  type KubernetesObject,
  nameOf,
  type ObjectMeta,
  ownerLabels,
  refOf,
} from './objects.ts'

const WIDTH = 8

/** The objects with their owner's labels and the epoch written on them. Throws `object.mislabelled` where a chart says otherwise. */
export function stamp(objects: readonly KubernetesObject[], owner: Belonging & { epoch: number }): KubernetesObject[] {
  const labels = ownerLabels(owner)
  return objects.map((object) => {
    const { metadata } = object
    const wrong = Object.entries(labels).find(([label, value]) => (metadata.labels?.[label] ?? value) !== value)
    if (wrong) {
      const detail = `${nameOf(refOf(object))} is labelled ${wrong[0]}=${metadata.labels?.[wrong[0]]} instead of ${wrong[1]}`
      throw clusterProblems['object.mislabelled']({ detail })
    }
    const annotations = { ...metadata.annotations, [EPOCH_ANNOTATION]: String(owner.epoch) }
    return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, ...labels }, annotations } }
  })
}

/**
 * Whether an object without its owner's labels is still the one that we made: labels are gone, none says that it is somebody
 * else's, and fields of it are ours. Another unit's or a person's object is not.
 */
export const lostItsLabels = (meta: ObjectMeta, owner: Belonging): boolean =>
  !belongsTo(meta, owner) &&
  isWrittenByUs(meta) &&
  Object.entries(ownerLabels(owner)).every(([label, value]) => (meta.labels?.[label] ?? value) === value)

/** Keys of the objects in whose place there is somebody else's. */
export async function foreignAmong(
  cluster: Cluster,
  objects: readonly KubernetesObject[],
  owner: Belonging,
  link: Link,
): Promise<ReadonlySet<string>> {
  const foreign = new Set<string>()
  await eachLimited(objects, WIDTH, async (object) => {
    const ref = refOf(object)
    const found = await readHead(cluster, ref, link)
    if (found && !belongsTo(found.metadata, owner) && !lostItsLabels(found.metadata, owner)) foreign.add(keyOf(ref))
  })
  return foreign
}

/**
 * Refuses to take over what exists and belongs to somebody else (`object.foreign`): server-side apply with force would
 * quietly turn another unit's or a person's object into ours.
 */
export async function refuseForeign(
  cluster: Cluster,
  objects: readonly KubernetesObject[],
  owner: Belonging,
  link: Link,
): Promise<void> {
  await eachLimited(objects, WIDTH, async (object) => {
    const found = await readHead(cluster, refOf(object), link)
    if (!found || belongsTo(found.metadata, owner)) return
    throw clusterProblems['object.foreign']({ detail: `${nameOf(refOf(object))} exists and does not carry our labels` })
  })
}
