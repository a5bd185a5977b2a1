import { ADOPTING_ANNOTATION, FIELD_MANAGER, UNIT_LABEL } from '../../control-plane/domain/naming.ts'
import { applyObject, type ObjectHead, readHead } from './calls.ts'
import type { Cluster } from './cluster.ts'
import { eachLimited } from './each-limited.ts'
import { inventoriesOf } from './drift.ts'
import { clusterProblems } from './kubernetes.errors.ts'
import type { Link } from './link.ts'
import { intentVersion } from './managers.ts'
import {
  belongsTo,
  type Belonging,
  type KubernetesObject,
  nameOf,
  type ObjectRef,
  ownerLabels,
  refOf,
} from './objects.ts'
import { untilSwapped } from './until-swapped.ts'

const WIDTH = 8

/** What was there before its unit and may be taken over: by name, each in the version that was observed. */
export type Adopting = ReadonlyMap<string, string>

/** Whether an object that is not the owner's may be taken over: it is nobody's, and still what was observed. */
const isAsObserved = ({ metadata }: ObjectHead, ref: ObjectRef, adopting: Adopting): boolean =>
  metadata.labels?.[UNIT_LABEL] === undefined && adopting.get(nameOf(ref)) === intentVersion(metadata)

function moved(ref: ObjectRef) {
  const detail = `${nameOf(ref)} exists, does not carry our labels and is not what was observed`
  return clusterProblems['object.foreign']({ detail })
}

/** Before anything is written: what is there is ours, or as it was observed. Throws `object.foreign`. */
export async function refuseUnobserved(
  cluster: Cluster,
  objects: readonly KubernetesObject[],
  { owner, adopting }: { owner: Belonging; adopting: Adopting },
  link: Link,
): Promise<void> {
  await eachLimited(objects, WIDTH, async (object) => {
    const ref = refOf(object)
    const head = await readHead(cluster, ref, link)
    if (head && !belongsTo(head.metadata, owner) && !isAsObserved(head, ref, adopting)) throw moved(ref)
  })
}

/**
 * Labels what was observed as the owner's, and marks it as what was there before: it is never deleted while it is marked. Each object
 * is looked at once more in the moment it is labelled. Throws `object.foreign`.
 */
export async function takeOver(
  cluster: Cluster,
  objects: readonly KubernetesObject[],
  { owner, adopting }: { owner: Belonging; adopting: Adopting },
  link: Link,
): Promise<void> {
  await eachLimited(objects, WIDTH, (object) =>
    untilSwapped(async () => {
      const ref = refOf(object)
      const head = await readHead(cluster, ref, link)
      if (!head || belongsTo(head.metadata, owner)) return
      if (!isAsObserved(head, ref, adopting)) throw moved(ref)
      const { uid, resourceVersion } = head.metadata
      const metadata = {
        uid,
        resourceVersion,
        labels: ownerLabels(owner),
        annotations: { [ADOPTING_ANNOTATION]: 'true' },
      }
      await patchMetadata(cluster, ref, metadata, link)
    }, link),
  )
}

/** Whether it was there before the unit whose labels it carries, which has not come to be yet. */
export const isMarked = ({ annotations }: ObjectHead['metadata']): boolean =>
  annotations?.[ADOPTING_ANNOTATION] !== undefined

/** Takes away what we added to an object that was there before; what it was stays. Nothing when it is another by now. */
export async function letGo(
  cluster: Cluster,
  owner: Belonging,
  { head, ref }: { head: ObjectHead; ref: ObjectRef },
  link: Link,
): Promise<void> {
  const { apiVersion, kind, name, namespace } = ref
  const bare = { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } }
  await applyObject(cluster, bare, link) // what only we said of it goes; the labels stay, so that a repeat finds it
  const gone = (names: readonly string[]) => Object.fromEntries(names.map((one) => [one, null]))
  const labels = gone(Object.keys(ownerLabels(owner)))
  await patchMetadata(cluster, ref, { uid: head.metadata.uid, labels, annotations: gone([ADOPTING_ANNOTATION]) }, link)
}

/** From now on what the unit's inventories list is its own, whoever made it. A repeat changes nothing. */
export async function keepTaken(cluster: Cluster, unitId: string, link: Link): Promise<void> {
  const inventories = await inventoriesOf(cluster, unitId, link)
  await eachLimited(
    inventories.flatMap(({ tenant, entries }) => entries.map((ref) => ({ ref, owner: { unitId, tenant } }))),
    WIDTH,
    async ({ ref, owner }) => {
      const head = await readHead(cluster, ref, link)
      if (!head || !belongsTo(head.metadata, owner) || !isMarked(head.metadata)) return
      await patchMetadata(cluster, ref, { uid: head.metadata.uid, annotations: { [ADOPTING_ANNOTATION]: null } }, link)
    },
  )
}

async function patchMetadata(cluster: Cluster, ref: ObjectRef, metadata: object, link: Link): Promise<void> {
  const path = await cluster.discovery.path(ref, link)
  const query = { fieldManager: FIELD_MANAGER }
  const contentType = 'application/merge-patch+json'
  await cluster.call(
    { method: 'PATCH', path, query, body: { metadata }, contentType, what: `label ${nameOf(ref)}` },
    link,
  )
}
