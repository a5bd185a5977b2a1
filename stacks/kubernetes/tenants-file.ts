import { EPOCH_ANNOTATION } from '../../control-plane/domain/naming.ts'
import { HIGHEST_BELIEVED, renderTenantsFile, type TenantsFile } from '../../control-plane/domain/tenants-file.ts'
import { createObject, readObject, replaceObject } from './calls.ts'
import type { Cluster } from './cluster.ts'
import { clusterProblems } from './kubernetes.errors.ts'
import type { Link } from './link.ts'
import { belongsTo, type KubernetesObject, nameOf, type ObjectMeta, ownerLabels } from './objects.ts'
import { lostItsLabels } from './ownership.ts'
import { untilSwapped } from './until-swapped.ts'

/** Key of the file inside its ConfigMap. */
export const TENANTS_KEY = 'tenants.json'

export type Publication = {
  namespace: string
  configMap: string
  unitId: string
  /** Name of the unit. */
  unit: string
  file: TenantsFile
  epoch: number
}

/**
 * Publishes a unit's tenants file by compare-and-swap. The revision is the fence: operations on different tenants publish
 * the same file in any order, and a live revision that is ours or later already holds what ours says, so it wins silently.
 * Keys and labels that others added stay. Throws `object.foreign` where the ConfigMap is another unit's; `repair` takes back one that
 * lost our labels.
 */
export async function publishTenantsFile(
  cluster: Cluster,
  publication: Publication,
  link: Link,
  { repair = false }: { repair?: boolean } = {},
): Promise<void> {
  const { namespace, configMap: name, unitId, unit, file, epoch } = publication
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name }
  const owner = { unitId, tenant: null }
  const labels = { ...ownerLabels(owner), 'app.kubernetes.io/part-of': unit }
  return untilSwapped(async () => {
    const found = await readObject(cluster, ref, link)
    const adopted = repair && found !== undefined && lostItsLabels(found.metadata, owner)
    if (found && !belongsTo(found.metadata, owner) && !adopted)
      throw clusterProblems['object.foreign']({ detail: `${nameOf(ref)} exists and is not of unit ${unit}` })
    if (found && !adopted && isOursOrLater(revisionOf(found), file.revision, repair)) return
    const { managedFields: _managed, ...theirs }: Partial<ObjectMeta> = found?.metadata ?? {}
    const metadata = {
      ...theirs,
      name,
      namespace,
      labels: { ...found?.metadata.labels, ...labels },
      annotations: { ...found?.metadata.annotations, [EPOCH_ANNOTATION]: String(epoch) },
    }
    const data = { ...(found?.['data'] as object | undefined), [TENANTS_KEY]: renderTenantsFile(file) }
    const object = { ...found, apiVersion: 'v1', kind: 'ConfigMap', metadata, data }
    await (found ? replaceObject(cluster, object, link) : createObject(cluster, object, link))
  }, link)
}

/**
 * A file that says a higher revision than could be ours was written by somebody else. A repair does not go above what it does not
 * believe, so it writes over that; all others leave it to the repair.
 */
const isOursOrLater = (live: number, ours: number, repair: boolean): boolean =>
  live >= ours && live <= (repair ? HIGHEST_BELIEVED : Number.MAX_SAFE_INTEGER)

/** The text of the tenants file in a ConfigMap; undefined where there is none. */
export async function readTenantsFile(
  cluster: Cluster,
  { namespace, configMap: name }: Pick<Publication, 'namespace' | 'configMap'>,
  link: Link,
): Promise<string | undefined> {
  const found = await readObject(cluster, { apiVersion: 'v1', kind: 'ConfigMap', namespace, name }, link)
  return (found?.['data'] as Record<string, string> | undefined)?.[TENANTS_KEY]
}

/** The file inside a ConfigMap, as far as it is one; undefined when it does not parse. */
export function tenantsFileIn(object: KubernetesObject): Partial<TenantsFile> | undefined {
  const text = (object['data'] as Record<string, string> | undefined)?.[TENANTS_KEY]
  try {
    const file: unknown = JSON.parse(text ?? '')
    return typeof file === 'object' && file !== null ? file : undefined
  } catch {
    return undefined
  }
}

const revisionOf = (object: KubernetesObject): number => tenantsFileIn(object)?.revision ?? -1
