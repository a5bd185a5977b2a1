import { createHash } from 'node:crypto'
import { PLANE_NAMESPACE } from '../../control-plane/domain/naming.ts'
import { createObject, readObject, replaceObject } from './calls.ts'
import type { Cluster } from './cluster.ts'
import { clusterProblems } from './kubernetes.errors.ts'
import type { Link } from './link.ts'
import type { KubernetesObject, ObjectRef } from './objects.ts'
import { untilSwapped } from './until-swapped.ts'

const DAY_MS = 86_400_000
const KEPT_DAYS = 30

/** What an inventory is of, and the fencing epoch of the operation that acts. */
type Subject = { unitId: string; tenant: string | null; part: string; epoch: number }
/** Epoch and day of the last removal by the hash of what was removed. */
export type Notes = Readonly<Record<string, string>>

/**
 * Notes that what an inventory stands for is being removed: from here on an older epoch is refused also where the inventory is
 * gone. Throws `effect.fenced` when a newer operation has removed it already; a repeat changes nothing.
 *
 * The notes lie in at most 256 ConfigMaps of the plane's namespace, spread by hash, and name nobody. Each write takes away those
 * of its ConfigMap that are older than 30 days: no effect comes that late. A ConfigMap holds some 10,000 notes, so the bound is
 * at two and a half million removals in 30 days.
 */
export async function noteRemoval(cluster: Cluster, subject: Subject, link: Link): Promise<void> {
  const { ref, key } = placeOf(subject)
  return untilSwapped(async () => {
    const stored = await readObject(cluster, ref, link)
    const seen = epochIn(notesIn(stored), key)
    refuse(seen, subject)
    if (seen === subject.epoch) return
    const { apiVersion, kind, ...place } = ref
    const resourceVersion = stored?.metadata.resourceVersion
    const metadata = { ...place, ...(resourceVersion === undefined ? {} : { resourceVersion }) }
    const object = { apiVersion, kind, metadata, data: withNote(notesIn(stored), key, subject.epoch, new Date()) }
    await (stored ? replaceObject(cluster, object, link) : createObject(cluster, object, link))
  }, link)
}

/** Throws `effect.fenced` when a newer operation has removed what the inventory stands for. */
export async function refuseRemoved(cluster: Cluster, subject: Subject, link: Link): Promise<void> {
  const { ref, key } = placeOf(subject)
  refuse(epochIn(notesIn(await readObject(cluster, ref, link)), key), subject)
}

/** The notes with one more, without those that are too old. */
export function withNote(notes: Notes, key: string, epoch: number, now: Date): Notes {
  const oldest = day(new Date(now.getTime() - KEPT_DAYS * DAY_MS))
  const kept = Object.entries(notes).filter(([, note]) => (note.split(' ')[1] ?? '') >= oldest)
  return { ...Object.fromEntries(kept), [key]: `${epoch} ${day(now)}` }
}

const day = (time: Date): string => time.toISOString().slice(0, 10)
const notesIn = (stored: KubernetesObject | undefined): Notes => (stored?.['data'] as Notes | undefined) ?? {}
const epochIn = (notes: Notes, key: string): number => Number(notes[key]?.split(' ')[0] ?? 0)

/** By the unit's id and not its name, which a later unit may have. */
function placeOf({ unitId, tenant, part }: Subject): { ref: ObjectRef; key: string } {
  const hash = createHash('sha256')
    .update(JSON.stringify([unitId, tenant, part]))
    .digest('hex')
  const name = `steward-removals-${hash.slice(0, 2)}`
  return { ref: { apiVersion: 'v1', kind: 'ConfigMap', namespace: PLANE_NAMESPACE, name }, key: hash.slice(0, 32) }
}

function refuse(seen: number, { epoch, unitId, tenant, part }: Subject): void {
  if (seen <= epoch) return
  const detail = `epoch ${epoch} came after epoch ${seen}, which removed ${part} of unit ${unitId}, tenant ${tenant ?? 'none'}`
  throw clusterProblems['effect.fenced']({ detail, extra: { epoch, seen } })
}
