import type { ApiCall } from '../api-call.ts'
import { HEADS_ONLY } from '../calls.ts'
import { groupOf, type KubernetesObject } from '../objects.ts'

/** How the kinds that checks try are addressed. */
export const PLURALS = {
  Pod: 'pods',
  Service: 'services',
  ConfigMap: 'configmaps',
  Secret: 'secrets',
  ServiceAccount: 'serviceaccounts',
  PersistentVolumeClaim: 'persistentvolumeclaims',
  ReplicationController: 'replicationcontrollers',
  ResourceQuota: 'resourcequotas',
  LimitRange: 'limitranges',
  Deployment: 'deployments',
  Job: 'jobs',
  NetworkPolicy: 'networkpolicies',
  CronJob: 'cronjobs',
  PodDisruptionBudget: 'poddisruptionbudgets',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  HTTPRoute: 'httproutes',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
} as const
export type ProbedKind = keyof typeof PLURALS
export type Place = { apiVersion: string; plural: string; namespace: string | undefined }

export const placeOf = ({ apiVersion, kind, metadata }: KubernetesObject): Place => ({
  apiVersion,
  plural: PLURALS[kind as ProbedKind],
  namespace: metadata.namespace,
})

export function collection({ apiVersion, plural, namespace }: Place): string {
  const root = groupOf(apiVersion) === '' ? `/api/${apiVersion}` : `/apis/${apiVersion}`
  return namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`
}

/** Nothing of a probe is kept: the API server goes the whole way and stores nothing. */
const DRY = { dryRun: 'All' }

export const dryCreate = (object: KubernetesObject): ApiCall => ({ ...create(object), query: DRY })
/** Really creates; only in the probe's own namespace. */
export const create = (object: KubernetesObject): ApiCall => ({
  method: 'POST',
  path: collection(placeOf(object)),
  body: object,
  what: `create ${object.kind}`,
  confidential: false,
})

/** Really deletes; only what checks have made. */
export const remove = (place: Place, name: string): ApiCall => ({
  method: 'DELETE',
  path: named(place, name),
  what: `delete ${place.plural}`,
})

const named = (place: Place, name: string): string => `${collection(place)}/${encodeURIComponent(name)}`

export const get = (place: Place, name: string): ApiCall => ({
  method: 'GET',
  path: named(place, name),
  accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
  what: `get ${place.plural}`,
})
export const list = (place: Place): ApiCall => ({
  method: 'GET',
  path: collection(place),
  query: { limit: '1' },
  accept: `${HEADS_ONLY},application/json`,
  what: `list ${place.plural}`,
})
export const dryPatch = (place: Place, name: string, body: unknown): ApiCall => ({
  method: 'PATCH',
  path: named(place, name),
  query: DRY,
  body,
  contentType: 'application/merge-patch+json',
  what: `patch ${place.plural}`,
})
/** Sets an annotation of no meaning. */
export const dryTouch = (place: Place, name: string): ApiCall =>
  dryPatch(place, name, { metadata: { annotations: { 'example.com/probe': 'probe' } } })
export const dryUpdate = (object: KubernetesObject): ApiCall => ({
  method: 'PUT',
  path: named(placeOf(object), object.metadata.name),
  query: DRY,
  body: object,
  what: `update ${object.kind}`,
})
export const dryDelete = (place: Place, name: string): ApiCall => ({
  method: 'DELETE',
  path: named(place, name),
  query: DRY,
  what: `delete ${place.plural}`,
})
export const dryDeleteAll = (place: Place, labelSelector?: string): ApiCall => ({
  method: 'DELETE',
  path: collection(place),
  query: labelSelector === undefined ? DRY : { ...DRY, labelSelector },
  what: `deletecollection ${place.plural}`,
})
