import { applyObject } from './calls.ts'
import type { Cluster } from './cluster.ts'
import { eachLimited } from './each-limited.ts'
import { type Link, unlinked } from './link.ts'
import type { KubernetesObject } from './objects.ts'
import { inApplyOrder } from './order.ts'

/** Requests under way at once: enough to hide round trips, few enough not to be throttled by the API server. */
const WIDTH = 8

/**
 * Applies objects server-side as field manager `steward`, namespaces and guardrails before what they guard. A repeat changes
 * nothing. Returns the objects as stored, in the order given. Throws Problems of `clusterProblems`; what was applied stays.
 */
export async function serverSideApply(
  cluster: Cluster,
  objects: readonly KubernetesObject[],
  link: Link = unlinked,
): Promise<KubernetesObject[]> {
  const stored = new Map<KubernetesObject, KubernetesObject>()
  for (const group of inApplyOrder(objects, ({ kind }) => kind)) {
    await eachLimited(group, WIDTH, async (object) => stored.set(object, await applyObject(cluster, object, link)))
  }
  return objects.map((object) => stored.get(object) ?? object)
}
