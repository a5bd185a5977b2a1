import { deleteObject, readHead, type ObjectHead } from './calls.ts'
import type { Cluster } from './cluster.ts'
import { eachLimited } from './each-limited.ts'
import { hasCode } from './kubernetes.errors.ts'
import type { Link } from './link.ts'
import { belongsTo, type Belonging, type KubernetesObject, nameOf, type ObjectRef } from './objects.ts'
import { inApplyOrder } from './order.ts'
import { isMarked, letGo } from './take-over.ts'
import { untilObject } from './watch.ts'
import { untilSwapped } from './until-swapped.ts'

const WIDTH = 8

/** What became of objects that were to be removed: `left` are those whose labels are no longer, or never were, ours. */
type Removal = { removed: number; left: ObjectRef[] }

/**
 * Deletes objects against the order of applying and waits until each is gone, children included. One that does not carry
 * this unit's and tenant's labels was adopted by somebody: it is left alone, reported as an event and in `left`. So is one that was there
 * before a unit that has not come to be: our labels are taken from it.
 */
export async function removeObjects(
  cluster: Cluster,
  owner: Belonging,
  refs: readonly ObjectRef[],
  link: Link,
): Promise<Removal> {
  const left: ObjectRef[] = []
  let removed = 0
  for (const group of inApplyOrder(refs, ({ kind }) => kind).toReversed()) {
    await eachLimited(group, WIDTH, async (ref) => {
      const outcome = await removeObject(cluster, owner, ref, link)
      if (outcome === 'removed') removed += 1
      if (outcome === 'left') left.push(ref)
    })
  }
  for (const ref of left) link.onEvent?.({ message: `left ${nameOf(ref)} in place: it does not carry our labels` })
  return { removed, left }
}

async function removeObject(
  cluster: Cluster,
  owner: Belonging,
  ref: ObjectRef,
  link: Link,
): Promise<'removed' | 'left' | 'missing'> {
  return untilSwapped(async () => {
    const head = await headOf(cluster, ref, link)
    if (!head) return 'missing'
    const { uid, resourceVersion } = head.metadata
    if (!belongsTo(head.metadata, owner)) return 'left'
    if (isMarked(head.metadata)) {
      await letGo(cluster, owner, { head, ref }, link)
      return 'left'
    }
    // with the version in the preconditions nobody can adopt the object between our look and the deletion
    const seen = { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) }
    const outcome = head.metadata.deletionTimestamp ? 'ordered' : await deleteObject(cluster, ref, seen, link)
    if (outcome === 'ordered') await untilGone(cluster, ref, uid, link)
    return 'removed'
  }, link)
}

/** A kind that the cluster no longer serves has no objects either. */
async function headOf(cluster: Cluster, ref: ObjectRef, link: Link): Promise<ObjectHead | undefined> {
  try {
    return await readHead(cluster, ref, link)
  } catch (error) {
    if (hasCode(error, 'cluster.kind-unknown')) return undefined
    throw error
  }
}

/** Waits until the object with this uid no longer exists; says once per change what holds it up. */
async function untilGone(cluster: Cluster, ref: ObjectRef, uid: string | undefined, link: Link): Promise<void> {
  let said = ''
  await untilObject(
    cluster,
    ref,
    (object) => {
      if (!object || object.metadata.uid !== uid) return true
      const message = `waiting until ${nameOf(ref)} is gone${obstacles(object)}`
      if (message !== said) link.onEvent?.({ message })
      said = message
      return undefined
    },
    link,
  )
}

/** What a namespace says still lives in it; other kinds say nothing. */
function obstacles(object: KubernetesObject): string {
  const status = object['status'] as { conditions?: { type: string; status: string; message: string }[] } | undefined
  const held =
    status?.conditions?.filter(({ type, status: now }) => now === 'True' && /Remaining|Failure/.test(type)) ?? []
  return object.kind === 'Namespace' && held.length > 0 ? `: ${held.map(({ message }) => message).join('; ')}` : ''
}
