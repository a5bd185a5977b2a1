import { byPlace, DIFFERS, HIDDEN, type Difference } from '../../control-plane/domain/drift.ts'
import { NO_TENANT, PLANE_NAMESPACE, TENANT_LABEL, UNIT_LABEL } from '../../control-plane/domain/naming.ts'
import { applyObject, HEADS_ONLY, listObjects, type ObjectHead, readHead, readObject } from './calls.ts'
import type { Cluster } from './cluster.ts'
import { collectionPath } from './discovery.ts'
import { eachLimited } from './each-limited.ts'
import { fieldDifferences, holds } from './field-differences.ts'
import { INVENTORY_LABEL, type Inventory, inventoryRef, type Owner, parseInventory } from './inventory-record.ts'
import { hasCode } from './kubernetes.errors.ts'
import type { Link } from './link.ts'
import { epochOf, foreignDataKeys, intentVersion, isWrittenByUs } from './managers.ts'
import { belongsTo, type KubernetesObject, keyOf, nameOf, type ObjectRef, ownerLabels, refOf } from './objects.ts'

/** `reader` sees every kind and changes nothing, `writer` may ask what applying would do. */
export type Views = { reader: Cluster; writer: Cluster }
/** What a step writes beside the charts; `keys` of its data nobody else may write. */
export type Written = { ref: ObjectRef; keys: readonly string[] }
export type Compared = {
  unitId: string
  /** Name of the unit. */
  unit: string
  /** Whose inventories there must be. */
  inventories: readonly Pick<Owner, 'tenant' | 'part'>[]
  written: readonly Written[]
}

/** Few requests at once: whoever compares must not be felt by who works. */
const WIDTH = 4
/** Made and kept by the cluster from objects of ours, with their labels on them, and without an owner in their metadata. */
export const DERIVED: ReadonlySet<string> = new Set(['Endpoints', 'EndpointSlice', 'Event', 'Lease', 'PodMetrics'])

/**
 * Compares what the inventories of a unit say was applied with what the cluster holds: what is gone, which fields differ, and what
 * carries the unit's labels without being ours. Changes nothing. Throws what the calls throw: silence must not pass for sameness.
 */
export async function compareUnit(views: Views, compared: Compared, link: Link): Promise<Difference[]> {
  const { unitId, written } = compared
  const inventories = await inventoriesOf(views.reader, unitId, link)
  const heads = await labelled(views.reader, unitId, link)
  const listed = new Map(
    inventories.flatMap(({ tenant, entries, applied }) => {
      const byKey = new Map(applied.map((object) => [keyOf(refOf(object)), object]))
      return entries.map((ref) => [keyOf(ref), { ref, tenant, applied: byKey.get(keyOf(ref)) }] as const)
    }),
  )
  const ours = await eachLimited([...listed.values()], WIDTH, (one) =>
    compareListed(views, unitId, heads.has(keyOf(one.ref)), one, link),
  )
  const beside = [...heads.entries()].filter(([key]) => !listed.has(key))
  const writtenKeys = new Set(written.map(({ ref }) => keyOf(ref)))
  const unknown = beside.filter(([key, head]) => !writtenKeys.has(key) && !isWrittenByUs(head.metadata))
  const steps = await eachLimited(written, WIDTH, (one) => compareWritten(views.reader, unitId, heads, one, link))
  return [
    ...missingInventories(inventories, compared),
    ...ours.flat(),
    ...steps.flat(),
    ...unknown.map(([, head]) => whole('unknown', refOf(head), tenantOf(head))),
  ].toSorted(byPlace)
}

function missingInventories(
  found: readonly { tenant: string | null; part: string }[],
  { unit, inventories }: Compared,
): Difference[] {
  const nameIn = (one: Pick<Owner, 'tenant' | 'part'>) => inventoryRef({ unit, ...one })
  const there = new Set(found.map((one) => keyOf(nameIn(one))))
  const gone = inventories.filter((one) => !there.has(keyOf(nameIn(one))))
  return gone.map((one) => whole('missing', nameIn(one), one.tenant))
}

const whole = (what: 'missing' | 'unknown', ref: ObjectRef, tenantId: string | null): Difference => ({
  what,
  object: nameOf(ref),
  tenantId,
  path: null,
  wanted: null,
  found: null,
})
const tenantOf = ({ metadata }: Pick<KubernetesObject, 'metadata'>): string | null => {
  const label = metadata.labels?.[TENANT_LABEL]
  return label === undefined || label === NO_TENANT ? null : label
}

/** Every inventory of a unit, with the tenant whose it is. */
export async function inventoriesOf(
  cluster: Cluster,
  unitId: string,
  link: Link,
): Promise<(Inventory & { tenant: string | null; part: string })[]> {
  const resource = await cluster.discovery.resource('v1', 'ConfigMap', link)
  const query = { labelSelector: `${UNIT_LABEL}=${unitId},${INVENTORY_LABEL}` }
  const found = await listObjects(
    cluster,
    collectionPath(resource, PLANE_NAMESPACE),
    { query, what: 'list the inventories of a unit' },
    link,
  )
  return found.map((stored) => ({
    ...parseInventory(stored),
    tenant: tenantOf(stored),
    part: stored.metadata.labels?.[INVENTORY_LABEL] ?? '',
  }))
}

/** `epoch`: of who of us wrote it last; NaN where nobody did. */
export type LiveVersion = { object: string; version: string; epoch: number }

/** Every object that carries the unit's label, with a version that what the cluster says about its state does not change. */
export async function versionsOf(reader: Cluster, unitId: string, link: Link): Promise<LiveVersion[]> {
  const heads = await labelled(reader, unitId, link)
  return [...heads.values()].map((head) => ({
    object: nameOf(refOf(head)),
    version: intentVersion(head.metadata),
    epoch: epochOf(head.metadata),
  }))
}

/** Metadata of everything that carries the unit's label and that nobody else keeps, but for the inventories themselves. */
async function labelled(cluster: Cluster, unitId: string, link: Link): Promise<Map<string, ObjectHead>> {
  const kinds = (await cluster.discovery.everything(link)).filter(
    ({ kind, verbs }) => verbs.includes('list') && !DERIVED.has(kind),
  )
  const query = { labelSelector: `${UNIT_LABEL}=${unitId}` }
  const found = await eachLimited(kinds, WIDTH, async ({ apiVersion, kind, ...resource }) => {
    const options = { query, accept: HEADS_ONLY, what: `list every ${kind}` }
    const heads = await listObjects(cluster, collectionPath({ apiVersion, kind, ...resource }), options, link).catch(
      (error: unknown) => {
        if (hasCode(error, 'cluster.not-found')) return [] // its definition was removed meanwhile
        throw error
      },
    )
    return heads.map(({ metadata }): ObjectHead => ({ apiVersion, kind, metadata }))
  })
  const own = found
    .flat()
    .filter(({ metadata }) => metadata['ownerReferences'] === undefined)
    .filter(({ metadata }) => metadata.labels?.[INVENTORY_LABEL] === undefined)
  return new Map(own.map((head) => [keyOf(refOf(head)), head]))
}

type Listed = { ref: ObjectRef; tenant: string | null; applied: KubernetesObject | undefined }

async function compareListed(
  { reader, writer }: Views,
  unitId: string,
  seen: boolean,
  { ref, tenant, applied }: Listed,
  link: Link,
): Promise<Difference[]> {
  if (applied === undefined) {
    const exists = seen || (await readHead(reader, ref, link)) !== undefined
    return exists ? [] : [whole('missing', ref, tenant)]
  }
  const live = await readObject(writer, ref, link)
  if (live === undefined || live.metadata.deletionTimestamp !== undefined) return [whole('missing', ref, tenant)]
  if (holds(live, applied)) return []
  const owner = { unitId, tenant }
  const changed = (fields: ReturnType<typeof fieldDifferences>): Difference[] =>
    fields.map((field) => ({ what: 'changed', object: nameOf(ref), tenantId: tenant, ...field }))
  if (!belongsTo(live.metadata, owner)) return changed(labelDifferences(live, owner))
  return changed(fieldDifferences(live, await applyObject(writer, applied, link, { dryRun: true })))
}

/** Applying would turn somebody's object into ours, so that it is not even tried. */
const labelDifferences = (live: Pick<KubernetesObject, 'metadata'>, owner: { unitId: string; tenant: string | null }) =>
  Object.entries(ownerLabels(owner))
    .filter(([label, value]) => live.metadata.labels?.[label] !== value)
    .map(([label, value]) => ({
      path: `metadata.labels[${JSON.stringify(label)}]`,
      wanted: JSON.stringify(value),
      found: JSON.stringify(live.metadata.labels?.[label] ?? null),
    }))

/** What a step wrote: whether it is there and carries our labels, and who wrote what of it; its content is not looked at here. */
async function compareWritten(
  reader: Cluster,
  unitId: string,
  heads: ReadonlyMap<string, ObjectHead>,
  { ref, keys }: Written,
  link: Link,
): Promise<Difference[]> {
  const owner = { unitId, tenant: null }
  const changed = { what: 'changed', object: nameOf(ref), tenantId: null } as const
  const head = heads.get(keyOf(ref)) ?? (await readHead(reader, ref, link))
  if (head === undefined || head.metadata.deletionTimestamp !== undefined) return [whole('missing', ref, null)]
  if (!belongsTo(head.metadata, owner)) return labelDifferences(head, owner).map((field) => ({ ...changed, ...field }))
  const foreign = foreignDataKeys(head.metadata)
  return keys
    .filter((key) => foreign.has(key))
    .map((key) => ({ ...changed, path: `data.${key}`, wanted: HIDDEN, found: DIFFERS }))
}
