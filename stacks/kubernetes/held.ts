import { type ObjectHead, readHead } from './calls.ts'
import { canonical, sha256 } from './canonical.ts'
import type { Cluster } from './cluster.ts'
import { eachLimited } from './each-limited.ts'
import { type Owner, readInventory } from './inventory-record.ts'
import { clusterProblems } from './kubernetes.errors.ts'
import type { Link } from './link.ts'
import { epochOf, intentVersion } from './managers.ts'
import { keyOf, type KubernetesObject, nameOf, type ObjectRef, refOf } from './objects.ts'

/** What an operation was planned with, for as long as it works: what it writes must be what was compared, unless it wrote it itself. */
export type Held = {
  /** Live versions that were compared, by name of the object; null: there was none. What is not in it was not compared. */
  versions: ReadonlyMap<string, string | null>
  /** Digests of what is to be applied, by name; null where that follows from what the operation itself makes. */
  digests: ReadonlyMap<string, string> | null
  /** Epochs under which the operation writes: what carries one is its own work, also after its process was killed. */
  epochs: ReadonlySet<number>
  /** `refuse`: before anything is written (`object.moved`); `leave`: what moved is left as somebody made it, the rest is written. */
  moved: 'refuse' | 'leave'
}

const WIDTH = 8
const NAMED = 3

/**
 * Keys of what applying these objects for the owner would write, or (`removes`) strike off its list, and somebody else has changed since it
 * was compared. Throws `object.moved` with their names where that is refused, also for what was not planned to be applied like that.
 */
export async function movedSince(
  cluster: Cluster,
  owner: Owner,
  { objects, removes }: { objects: readonly KubernetesObject[]; removes: boolean },
  held: Held,
  link: Link,
): Promise<ReadonlySet<string>> {
  const listed = (await readInventory(cluster, owner, link))?.entries ?? []
  const listedKeys = new Set(listed.map(keyOf))
  const wantedKeys = new Set(objects.map((object) => keyOf(refOf(object))))
  const refs = new Map([...(removes ? listed : []), ...objects.map(refOf)].map((ref) => [keyOf(ref), ref]))
  const moved: ObjectRef[] = []
  await eachLimited([...refs.values()], WIDTH, async (ref) => {
    const compared = held.versions.get(nameOf(ref))
    if (compared === undefined) return
    const head = await readHead(cluster, ref, link)
    const leaving = head === undefined || head.metadata.deletionTimestamp !== undefined
    if (leaving && !wantedKeys.has(keyOf(ref))) return // as it is to be, whoever began it
    // what is gone and not listed any more was removed by the operation itself
    const another =
      head === undefined ? compared !== null && listedKeys.has(keyOf(ref)) : isAnother(head, compared, held)
    if (another) moved.push(ref)
  })
  const names = [...moved.map(nameOf), ...otherwiseThanPlanned(objects, held)]
  if (held.moved === 'refuse' && names.length > 0) throw refusal(names)
  return new Set(moved.map(keyOf))
}

/** The refusal of what is no longer as it was compared, by name. */
export function refusal(names: readonly string[]) {
  const more = names.length > NAMED ? `, and ${names.length - NAMED} more` : ''
  return clusterProblems['object.moved']({ detail: `${names.toSorted().slice(0, NAMED).join(', ')}${more}` })
}

const isAnother = (head: ObjectHead, compared: string | null, held: Held): boolean =>
  !held.epochs.has(epochOf(head.metadata)) && intentVersion(head.metadata) !== compared

/** What would be applied and is not what was shown: a chart of another worker, say. */
export const otherwiseThanPlanned = (objects: readonly KubernetesObject[], { digests }: Held): string[] =>
  digests === null
    ? []
    : objects
        .filter((object) => digests.get(nameOf(refOf(object))) !== sha256(canonical(object)))
        .map((object) => `${nameOf(refOf(object))} (what is to be applied)`)
