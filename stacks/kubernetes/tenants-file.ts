import { EPOCH_ANNOTATION } from '../../control-plane/domain/naming.ts'
import { renderTenantsFile, type TenantsFile } from '../../control-plane/domain/tenants-file.ts'
import { createObject, readObject, replaceObject } from './calls.ts'
import type { Cluster } from './cluster.ts'
import { clusterProblems, hasCode } from './kubernetes.errors.ts'
import { type Link, sleep } from './link.ts'
import { belongsTo, type KubernetesObject, nameOf, ownerLabels } from './objects.ts'

/** Key of the file inside its ConfigMap. */
const TENANTS_KEY = 'tenants.json'
const CONFLICT_PAUSE_MS = 10

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
 * Throws `object.foreign` where the ConfigMap is another unit's.
 */
export async function publishTenantsFile(cluster: Cluster, publication: Publication, link: Link): Promise<void> {
  const { namespace, configMap: name, unitId, unit, file, epoch } = publication
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name }
  const owner = { unitId, tenant: null }
  const labels = { ...ownerLabels(owner), 'app.kubernetes.io/part-of': unit }
  for (;;) {
    const found = await readObject(cluster, ref, link)
    if (found && !belongsTo(found.metadata, owner))
      throw clusterProblems['object.foreign']({ detail: `${nameOf(ref)} exists and is not of unit ${unit}` })
    if (found && revisionOf(found) >= file.revision) return
    const resourceVersion = found?.metadata.resourceVersion
    const swap = resourceVersion === undefined ? {} : { resourceVersion }
    const metadata = { name, namespace, ...swap, labels, annotations: { [EPOCH_ANNOTATION]: String(epoch) } }
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [TENANTS_KEY]: renderTenantsFile(file) } }
    try {
      await (found ? replaceObject(cluster, object, link) : createObject(cluster, object, link))
      return
    } catch (error) {
      if (!hasCode(error, 'cluster.conflict')) throw error
      await sleep(CONFLICT_PAUSE_MS * Math.random(), link.signal)
    }
  }
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
