import { EPOCH_ANNOTATION, TENANT_LABEL, UNIT_LABEL } from '../../control-plane/domain/naming.ts'
import type { Conflict, ObjectChange } from '../../control-plane/domain/change-plan.ts'
import { applyObject, HEADS_ONLY, listObjects, type ObjectHead, readHead, readObject } from './calls.ts'
import { canonical, sha256 } from './canonical.ts'
import type { Cluster } from './cluster.ts'
import { collectionPath } from './discovery.ts'
import { DERIVED, type Views } from './drift.ts'
import { eachLimited } from './each-limited.ts'
import { fieldDifferences } from './field-differences.ts'
import { hasCode } from './kubernetes.errors.ts'
import type { Link } from './link.ts'
import { intentVersion } from './managers.ts'
import { type Belonging, type KubernetesObject, keyOf, nameOf, type ObjectRef, refOf } from './objects.ts'
import { stamp } from './ownership.ts'

/** What is to be adopted: a namespace that is there, and what would be applied in it, by whose it would be. */
export type Adoptable = {
  namespace: string
  parts: readonly { owner: Belonging; objects: readonly KubernetesObject[] }[]
  /** What steps write beside the charts; where one of these is, ours cannot be. */
  written: readonly ObjectRef[]
}
export type ObservedObjects = { objects: ObjectChange[]; conflicts: Conflict[] }

const WIDTH = 4
/** The cluster puts them into every namespace. */
const EVERYWHERE: ReadonlySet<string> = new Set(['ConfigMap kube-root-ca.crt', 'ServiceAccount default'])
/** Nothing is ever written under it: only dry runs carry it. */
const NO_EPOCH = 0
/** Of what a field was and would be, at most this much is told. */
const TOLD = 60

type Seen = { change: ObjectChange; conflicts: readonly Conflict[] }

/**
 * Says what adopting a namespace would do, by dry runs of server-side apply, and changes nothing: what would be made, what is there and
 * would be taken, what else is there and stays. What would have to be overwritten, and what is another unit's, stands against it.
 * Throws what the calls throw: silence must not pass for sameness.
 */
export async function observeAdoption(
  { reader, writer }: Views,
  { namespace, parts, written }: Adoptable,
  link: Link,
): Promise<ObservedObjects> {
  const home = await readHead(reader, { apiVersion: 'v1', kind: 'Namespace', name: namespace }, link)
  if (home === undefined)
    return { objects: [], conflicts: [{ object: `Namespace ${namespace}`, reason: 'it does not exist' }] }
  const wanted = parts.flatMap(({ owner, objects }) =>
    stamp(objects, { ...owner, epoch: NO_EPOCH }).map((object) => ({ object, owner })),
  )
  const seen = await eachLimited(wanted, WIDTH, (one) => observe(writer, one, link))
  const named = new Set(wanted.map(({ object }) => keyOf(refOf(object))))
  const writtenKeys = new Set(written.map(keyOf))
  const units = new Set(parts.map(({ owner }) => owner.unitId))
  const beside = (await inNamespace(reader, namespace, link)).filter((head) => !named.has(keyOf(refOf(head))))
  const all = [...seen, ...beside.map((head) => besides(head, units, writtenKeys.has(keyOf(refOf(head)))))]
  return {
    objects: all.map(({ change }) => change).toSorted(byObject),
    conflicts: all.flatMap(({ conflicts }) => conflicts).toSorted(byObject),
  }
}

const byObject = (a: { object: string }, b: { object: string }): number => (a.object < b.object ? -1 : 1)
const digestOf = (object: KubernetesObject): string => sha256(canonical(object))

async function observe(
  writer: Cluster,
  { object, owner }: { object: KubernetesObject; owner: Belonging },
  link: Link,
): Promise<Seen> {
  const name = nameOf(refOf(object))
  const live = await readObject(writer, refOf(object), link)
  if (live === undefined)
    return { change: { object: name, action: 'create', version: null, digest: digestOf(object) }, conflicts: [] }
  const change = {
    object: name,
    action: 'adopt',
    version: intentVersion(live.metadata),
    digest: digestOf(object),
  } as const
  const against = (reason: string): Seen => ({ change, conflicts: [{ object: name, reason }] })
  const unit = live.metadata.labels?.[UNIT_LABEL]
  if (unit !== undefined && unit !== owner.unitId) return against(`it belongs to the unit ${unit}`)
  if (live.metadata.deletionTimestamp !== undefined) return against('it is being deleted')
  try {
    const would = await applyObject(writer, object, link, { dryRun: true })
    const fields = fieldDifferences(withoutOurs(live), withoutOurs(would))
    return {
      change: { ...change, changed: fields.map(({ path }) => path ?? '') },
      conflicts: fields
        .filter(({ found }) => found !== null) // adding can be taken back, overwriting cannot
        .map(({ path, found, wanted }) => ({
          object: name,
          reason: `${path} is ${told(found)}, the unit needs ${told(wanted)}`,
        })),
    }
  } catch (error) {
    if (!hasCode(error, 'cluster.refused', 'cluster.conflict')) throw error
    return against(error.message) // a field that cannot be changed, or a guardrail
  }
}

const told = (value: string | null): string =>
  value === null ? 'nothing' : value.length > TOLD ? `${value.slice(0, TOLD)}…` : value

function besides(head: ObjectHead, units: ReadonlySet<string>, inOurPlace: boolean): Seen {
  const object = nameOf(refOf(head))
  const unit = head.metadata.labels?.[UNIT_LABEL]
  const ours = unit !== undefined && units.has(unit) // of an adoption that broke off
  const reasons = [
    ...(unit === undefined || ours ? [] : [`it belongs to the unit ${unit}`]),
    ...(inOurPlace && !ours ? ['it stands where the unit keeps its own: rename it'] : []),
  ]
  return {
    change: { object, action: 'keep', version: null, digest: null },
    conflicts: reasons.map((reason) => ({ object, reason })),
  }
}

const OURS: ReadonlySet<string> = new Set([UNIT_LABEL, TENANT_LABEL, EPOCH_ANNOTATION])
/** Whose it is and under which epoch is what an adoption says, and no difference. */
function withoutOurs({
  metadata: { labels, annotations, ...metadata },
  ...object
}: KubernetesObject): KubernetesObject {
  const kept = (all: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => !OURS.has(name)))
  return { ...object, metadata: { ...metadata, labels: kept(labels), annotations: kept(annotations) } }
}

/** Metadata of everything in a namespace that somebody put there. */
async function inNamespace(cluster: Cluster, namespace: string, link: Link): Promise<ObjectHead[]> {
  const kinds = (await cluster.discovery.everything(link)).filter(
    ({ kind, verbs, namespaced }) => namespaced && verbs.includes('list') && !DERIVED.has(kind),
  )
  const found = await eachLimited(kinds, WIDTH, async (resource) => {
    const { apiVersion, kind } = resource
    const options = { query: {}, accept: HEADS_ONLY, what: `list every ${kind} of a namespace` }
    const heads = await listObjects(cluster, collectionPath(resource, namespace), options, link).catch(
      (error: unknown) => {
        if (hasCode(error, 'cluster.not-found')) return [] // its definition was removed meanwhile
        throw error
      },
    )
    return heads.map(({ metadata }): ObjectHead => ({ apiVersion, kind, metadata }))
  })
  return found
    .flat()
    .filter(({ metadata }) => metadata['ownerReferences'] === undefined)
    .filter(({ kind, metadata }) => !EVERYWHERE.has(`${kind} ${metadata.name}`))
}
