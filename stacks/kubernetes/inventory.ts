import { serverSideApply } from './apply.ts'
import type { Cluster } from './cluster.ts'
import {
  dropInventory,
  type Inventory,
  inventoryRef,
  type Owner,
  readInventory,
  updateInventory,
} from './inventory-record.ts'
import { type Held, movedSince } from './held.ts'
import { clusterProblems, hasCode } from './kubernetes.errors.ts'
import { type Link, sleep } from './link.ts'
import { type KubernetesObject, keyOf, nameOf, type ObjectRef, refOf } from './objects.ts'
import { foreignAmong, refuseForeign, stamp } from './ownership.ts'
import { noteRemoval } from './removal-notes.ts'
import { removeObjects } from './remove.ts'
import { type Adopting, refuseUnobserved, takeOver } from './take-over.ts'

export type { Owner } from './inventory-record.ts'

const CONFLICT_PAUSE_MS = 10
const NOTHING: ReadonlySet<string> = new Set()

/**
 * `left`: objects that we once made and that no longer carry our labels; they stay, and are no longer ours. `kept`: what was left as somebody
 * made it since the operation was planned; it stays ours.
 */
export type Applied = { applied: number; pruned: number; left: ObjectRef[]; kept: ObjectRef[] }
/** What an effect minds beside its owner: what it may take over, and what it was planned with. */
export type Minding = { adopting?: Adopting | undefined; held?: Held | undefined }

/**
 * Makes exactly these objects exist for the owner: they are listed in its inventory, then applied, then what the inventory
 * listed beyond them is removed, waited for and struck off. The list is written first, so that a crash at any point leaves
 * nothing unlisted; a repeat finishes the work. Other owners' inventories are never looked at. `adopting`: what of it may be there
 * already without being ours; it is taken over as it was observed, and let go where it would be removed. `held`: what was planned; what
 * moved since is refused before anything is written, or left as it is.
 * Throws `effect.fenced` after a newer operation, `object.moved`, `object.foreign` instead of taking over somebody's object, and what
 * `serverSideApply` throws.
 */
export async function applyOwned(
  cluster: Cluster,
  owner: Owner,
  objects: readonly KubernetesObject[],
  link: Link,
  { adopting, held }: Minding = {},
): Promise<Applied> {
  const wanted = stamp(objects, owner)
  const wantedRefs = wanted.map(refOf)
  const wantedKeys = new Set(wantedRefs.map(keyOf))
  const moved = held === undefined ? NOTHING : await movedSince(cluster, owner, { objects, removes: true }, held, link)
  const writing = wanted.filter((object) => !moved.has(keyOf(refOf(object))))
  if (adopting === undefined) await refuseForeign(cluster, writing, owner, link)
  else await refuseUnobserved(cluster, writing, { owner, adopting }, link)
  const before = await updateInventory(cluster, owner, (listed) => union(wantedRefs, listed), link, wanted)
  if (adopting !== undefined) await takeOver(cluster, writing, { owner, adopting }, link)
  await serverSideApply(cluster, writing, link)
  await refuseOvertaken(cluster, owner, wantedRefs, link)
  const kept = union(wantedRefs, before).filter((ref) => moved.has(keyOf(ref)))
  const surplus = before.filter((ref) => !wantedKeys.has(keyOf(ref)) && !moved.has(keyOf(ref)))
  if (surplus.length === 0) return { applied: writing.length, pruned: 0, left: [], kept }
  const { removed, left } = await removeObjects(cluster, owner, surplus, link)
  const struck = new Set(surplus.map(keyOf))
  const strike = (listed: readonly ObjectRef[], exists: boolean) =>
    exists ? listed.filter((ref) => !struck.has(keyOf(ref))) : undefined
  await updateInventory(cluster, owner, strike, link)
  return { applied: writing.length, pruned: removed, left, kept }
}

/**
 * Makes what was applied for the owner what it was: its inventory, the objects, and of each object the fields that are ours.
 * What others added stays, nothing is removed, and in whose place there is somebody else's object is left out: comparing says so.
 * `held`: what was planned, as for `applyOwned`.
 * Throws `effect.fenced` after a newer operation, `object.moved` and what `serverSideApply` throws.
 */
export async function repairOwned(
  cluster: Cluster,
  owner: Owner,
  objects: readonly KubernetesObject[],
  link: Link,
  held?: Held,
): Promise<void> {
  const wanted = stamp(objects, owner)
  const refs = wanted.map(refOf)
  const foreign = await foreignAmong(cluster, wanted, owner, link)
  if (held !== undefined) {
    const ours = objects.filter((object) => !foreign.has(keyOf(refOf(object))))
    await movedSince(cluster, owner, { objects: ours, removes: false }, held, link)
  }
  await updateInventory(cluster, owner, (listed) => union(refs, listed), link, wanted)
  const ours = wanted.filter((object) => !foreign.has(keyOf(refOf(object))))
  await serverSideApply(cluster, ours, link)
  await refuseOvertaken(cluster, owner, ours.map(refOf), link)
}

/**
 * Removes everything the owner's inventory lists, waits until it is gone, and deletes the inventory last. From its first
 * write on, an older operation's effect is fenced, and stays so when the inventory is gone. Without an inventory there is nothing
 * more to do: what nobody listed is never deleted on a guess, the sweep reports it. Throws `effect.fenced` after a newer operation.
 */
export async function removeOwned(
  cluster: Cluster,
  owner: Owner,
  link: Link,
): Promise<{ removed: number; left: ObjectRef[] }> {
  const gone = { removed: 0, left: [] as ObjectRef[] }
  await noteRemoval(cluster, owner, link)
  for (;;) {
    await updateInventory(cluster, owner, (entries, exists) => (exists ? entries : undefined), link) // raises the epoch
    const inventory = await readInventory(cluster, owner, link)
    if (!inventory) return gone
    const { removed, left } = await removeObjects(cluster, owner, inventory.entries, link)
    gone.removed += removed
    gone.left = left
    if (await dropped(cluster, owner, inventory, link)) return gone
    await sleep(CONFLICT_PAUSE_MS, link.signal) // somebody wrote the list meanwhile: begin again
  }
}

async function dropped(cluster: Cluster, owner: Owner, inventory: Inventory, link: Link): Promise<boolean> {
  try {
    await dropInventory(cluster, owner, inventory, link)
    return true
  } catch (error) {
    if (hasCode(error, 'cluster.conflict')) return false
    throw error
  }
}

const union = (first: readonly ObjectRef[], second: readonly ObjectRef[]): ObjectRef[] => [
  ...new Map([...second, ...first].map((ref) => [keyOf(ref), ref])).values(),
]

/**
 * A process that was frozen between its list and its apply may wake after a newer operation has removed everything. Its
 * objects are then nobody's: those that the inventory of now does not list are taken back, and the effect is refused.
 */
async function refuseOvertaken(
  cluster: Cluster,
  owner: Owner,
  applied: readonly ObjectRef[],
  link: Link,
): Promise<void> {
  const now = await readInventory(cluster, owner, link)
  if (now && now.epoch <= owner.epoch) return
  const listed = new Set(now?.entries.map(keyOf))
  const stray = applied.filter((ref) => !listed.has(keyOf(ref)))
  await removeObjects(cluster, owner, stray, link)
  const detail = `${nameOf(inventoryRef(owner))} was ${now ? `taken over by epoch ${now.epoch}` : 'removed'} while epoch ${owner.epoch} applied`
  throw clusterProblems['effect.fenced']({ detail, extra: { epoch: owner.epoch, seen: now?.epoch ?? null } })
}
