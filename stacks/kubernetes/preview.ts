import type { FieldChange, ObjectChange } from '../../control-plane/domain/change-plan.ts'
import { DIFFERS, HIDDEN } from '../../control-plane/domain/drift.ts'
import { EPOCH_ANNOTATION } from '../../control-plane/domain/naming.ts'
import { applyObject, orMissing, readHead, readObject } from './calls.ts'
import { canonical, sha256 } from './canonical.ts'
import type { Cluster } from './cluster.ts'
import { eachLimited } from './each-limited.ts'
import { fieldDifferences } from './field-differences.ts'
import { type Owner, readInventory } from './inventory-record.ts'
import { clusterProblems } from './kubernetes.errors.ts'
import type { Link } from './link.ts'
import { intentVersion } from './managers.ts'
import { belongsTo, type Belonging, keyOf, type KubernetesObject, nameOf, type ObjectRef, refOf } from './objects.ts'
import { lostItsLabels, stamp } from './ownership.ts'

/** What somebody is about to apply for one owner. */
export type WantedPart = { owner: Pick<Owner, 'tenant' | 'part'>; objects: readonly KubernetesObject[] }
/**
 * `apply`: each owner has exactly these objects afterwards, and somebody else's in their place are refused; `repair`: nothing is removed,
 * and what is somebody else's stays.
 */
export type Previewed = Pick<Owner, 'unit' | 'unitId'> & { parts: readonly WantedPart[]; how: 'apply' | 'repair' }

/** Few requests at once: whoever looks must not be felt by who works. */
const WIDTH = 4
/** A field's value is shown, not kept: its object's digest and version say all of it. */
const SHOWN = 200

/**
 * What applying would do, as the API server itself says by server-side dry run: which objects are made, changed (with each field before
 * and after), kept and removed. Changes nothing. Throws `object.foreign` and whatever the API server would refuse applying with.
 */
export async function previewUnit(
  cluster: Cluster,
  { unit, unitId, parts, how }: Previewed,
  link: Link,
): Promise<ObjectChange[]> {
  const found: ObjectChange[] = []
  for (const { owner, objects } of parts) {
    const whose = { unitId, tenant: owner.tenant }
    found.push(...(await eachLimited(objects, WIDTH, (object) => previewObject(cluster, object, whose, how, link))))
    if (how === 'apply') {
      const wanted = new Set(objects.map((object) => keyOf(refOf(object))))
      found.push(...(await surplus(cluster, { ...owner, unit, unitId, epoch: 0 }, wanted, link)))
    }
  }
  return found
}

async function previewObject(
  cluster: Cluster,
  object: KubernetesObject,
  whose: Belonging,
  how: Previewed['how'],
  link: Link,
): Promise<ObjectChange> {
  const live = await readObject(cluster, refOf(object), link)
  const about = { object: nameOf(refOf(object)), digest: sha256(canonical(object)) }
  // Which operation writes is part of no plan: the mark of the last one is what the next would leave as it is.
  const mark = Number(live?.metadata.annotations?.[EPOCH_ANNOTATION] ?? 0)
  const [stamped = object] = stamp([object], { ...whose, epoch: mark })
  if (live === undefined) {
    await dryRun(cluster, stamped, link) // what the server refuses is known before anything is made
    return { ...about, action: 'create', version: null, fields: [] }
  }
  const version = intentVersion(live.metadata)
  const ours = belongsTo(live.metadata, whose)
  if (!ours && how === 'apply')
    throw clusterProblems['object.foreign']({ detail: `${about.object} exists and does not carry our labels` })
  if (!ours && !lostItsLabels(live.metadata, whose)) return { ...about, action: 'keep', version, fields: [] }
  const after = await dryRun(cluster, stamped, link)
  const fields = after === undefined ? [] : fieldDifferences(live, after).map(changeOf)
  return { ...about, action: fields.length === 0 ? 'keep' : 'update', version, fields }
}

/** What the server would make of it; undefined where it cannot say, because the namespace is yet to be made. */
const dryRun = (cluster: Cluster, object: KubernetesObject, link: Link): Promise<KubernetesObject | undefined> =>
  orMissing(applyObject(cluster, object, link, { dryRun: true }))

const changeOf = ({ path, wanted, found }: ReturnType<typeof fieldDifferences>[number]): FieldChange => ({
  path: path ?? '',
  before: cut(found === DIFFERS ? HIDDEN : found),
  after: cut(wanted),
})
const cut = (text: string | null): string | null =>
  text !== null && text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text

/** What the owner's inventory lists beyond these: applying removes it. */
async function surplus(
  cluster: Cluster,
  owner: Owner,
  wanted: ReadonlySet<string>,
  link: Link,
): Promise<ObjectChange[]> {
  const listed = (await readInventory(cluster, owner, link))?.entries ?? []
  const beyond = listed.filter((ref) => !wanted.has(keyOf(ref)))
  const removed = await eachLimited(beyond, WIDTH, (ref) => removal(cluster, ref, owner, link))
  return removed.flatMap((one) => one ?? [])
}

/** Nothing for what is gone already, or is ours no more: removing leaves that alone. */
async function removal(
  cluster: Cluster,
  ref: ObjectRef,
  owner: Belonging,
  link: Link,
): Promise<ObjectChange | undefined> {
  const head = await readHead(cluster, ref, link)
  if (head === undefined || !belongsTo(head.metadata, owner)) return undefined
  return { object: nameOf(ref), action: 'delete', version: intentVersion(head.metadata), digest: null, fields: [] }
}
