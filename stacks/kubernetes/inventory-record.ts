import { EPOCH_ANNOTATION, PLANE_NAMESPACE } from '../../control-plane/domain/naming.ts'
import { createObject, deleteObject, readObject, replaceObject } from './calls.ts'
import { canonical } from './canonical.ts'
import type { Cluster } from './cluster.ts'
import { clusterProblems, hasCode } from './kubernetes.errors.ts'
import type { Link } from './link.ts'
import { type KubernetesObject, keyOf, type ObjectRef, ownerLabels } from './objects.ts'
import { refuseRemoved } from './removal-notes.ts'
import { untilSwapped } from './until-swapped.ts'

export const INVENTORY_LABEL = 'steward.dev/inventory'

/** Whose objects: one inventory per (unit, tenant, part). `tenant` null is what all tenants of the unit share. */
export type Owner = {
  /** Name of the unit. */
  unit: string
  unitId: string
  /** Id of the tenant. */
  tenant: string | null
  part: 'cell' | 'workload' | 'migration' | 'route' | (string & {})
  /** Fencing epoch of the operation that acts. */
  epoch: number
}

export const inventoryRef = ({ unit, tenant, part }: Pick<Owner, 'unit' | 'tenant' | 'part'>): ObjectRef => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: PLANE_NAMESPACE,
  name: `${unit}.${tenant ?? 'none'}.${part}`,
})

/** `applied`: the objects as they were applied last, what drift is judged by; empty where nobody wrote them down. */
export type Inventory = { epoch: number; entries: ObjectRef[]; applied: KubernetesObject[]; stored: KubernetesObject }

/** What the inventory says now; undefined when there is none. */
export async function readInventory(cluster: Cluster, owner: Owner, link: Link): Promise<Inventory | undefined> {
  const stored = await readObject(cluster, inventoryRef(owner), link)
  return stored ? parseInventory(stored) : undefined
}

export function parseInventory(stored: KubernetesObject): Inventory {
  const data = stored['data'] as Record<string, string> | undefined
  const entries = JSON.parse(data?.['objects'] ?? '[]') as ObjectRef[]
  const applied = JSON.parse(data?.['applied'] ?? '[]') as KubernetesObject[]
  return { epoch: Number(stored.metadata.annotations?.[EPOCH_ANNOTATION] ?? 0), entries, applied, stored }
}

/** `effect.fenced` when a newer operation has written the inventory. */
function refuseOlder(inventory: Inventory | undefined, { epoch, unit, tenant, part }: Owner): void {
  if (!inventory || inventory.epoch <= epoch) return
  const detail = `epoch ${epoch} came after epoch ${inventory.epoch} at the inventory of ${unit}, tenant ${tenant ?? 'none'}, ${part}`
  throw clusterProblems['effect.fenced']({ detail, extra: { epoch, seen: inventory.epoch } })
}

/**
 * Changes the list by compare-and-swap, under our epoch: `next` gets what is listed now and may be asked again when somebody
 * else was quicker; `applied` are the objects that are about to be applied. Creates the inventory where there is none, unless
 * `next` then returns undefined. Returns what was listed before. Throws `effect.fenced` after a newer operation, also after one
 * that has removed the inventory.
 */
export async function updateInventory(
  cluster: Cluster,
  owner: Owner,
  next: (entries: readonly ObjectRef[], exists: boolean) => readonly ObjectRef[] | undefined,
  link: Link,
  applied?: readonly KubernetesObject[],
): Promise<readonly ObjectRef[]> {
  return untilSwapped(async () => {
    const found = await readInventory(cluster, owner, link)
    refuseOlder(found, owner)
    await refuseRemoved(cluster, owner, link)
    const before = found?.entries ?? []
    const entries = next(before, found !== undefined)
    if (
      entries === undefined ||
      (found?.epoch === owner.epoch && sameEntries(before, entries) && same(found.applied, applied))
    )
      return before
    const stored = await write(cluster, owner, { entries, applied: applied ?? found?.applied ?? [] }, found, link)
    if (!found) await takeBackRemoved(cluster, owner, stored, link)
    return before
  }, link)
}

/** A removal may have ended between our look at its note and our list; it did not see the list, under which nothing was applied yet. */
async function takeBackRemoved(cluster: Cluster, owner: Owner, stored: KubernetesObject, link: Link): Promise<void> {
  try {
    await refuseRemoved(cluster, owner, link)
  } catch (error) {
    if (hasCode(error, 'effect.fenced')) await dropInventory(cluster, owner, { stored }, link).catch(unlessChanged)
    throw error
  }
}

/** Somebody has written it since, who sees to it. */
function unlessChanged(error: unknown): void {
  if (!hasCode(error, 'cluster.conflict')) throw error
}

const same = (found: readonly KubernetesObject[], wanted?: readonly KubernetesObject[]): boolean =>
  wanted === undefined || canonical(found) === canonical(wanted)

const sameEntries = (a: readonly ObjectRef[], b: readonly ObjectRef[]): boolean => {
  const keys = (list: readonly ObjectRef[]) =>
    list
      .map((ref) => `${ref.apiVersion} ${keyOf(ref)}`)
      .sort()
      .join('\n')
  return keys(a) === keys(b)
}

async function write(
  cluster: Cluster,
  owner: Owner,
  { entries, applied }: { entries: readonly ObjectRef[]; applied: readonly KubernetesObject[] },
  found: Inventory | undefined,
  link: Link,
): Promise<KubernetesObject> {
  const { apiVersion, kind, ...metadata } = inventoryRef(owner)
  const labels = { ...ownerLabels(owner), [INVENTORY_LABEL]: owner.part }
  const annotations = { [EPOCH_ANNOTATION]: String(owner.epoch) }
  const resourceVersion = found?.stored.metadata.resourceVersion
  const swap = resourceVersion === undefined ? {} : { resourceVersion }
  const data = { objects: JSON.stringify(entries, null, 1), applied: canonical(applied) }
  const object = { apiVersion, kind, metadata: { ...metadata, ...swap, labels, annotations }, data }
  return found ? replaceObject(cluster, object, link) : createObject(cluster, object, link)
}

/** Deletes the inventory as it was read; `cluster.conflict` when it has changed since. */
export async function dropInventory(
  cluster: Cluster,
  owner: Owner,
  { stored }: Pick<Inventory, 'stored'>,
  link: Link,
): Promise<void> {
  const { uid, resourceVersion } = stored.metadata
  const seen = { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) }
  await deleteObject(cluster, inventoryRef(owner), seen, link)
}
