import { NO_TENANT, TENANT_LABEL, UNIT_LABEL } from '../../control-plane/domain/naming.ts'

/** An object as the API server speaks it: plain JSON, so that no field of a newer version is lost on the way. */
export type KubernetesObject = {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
  [field: string]: unknown
}
export type ObjectMeta = {
  name: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  deletionTimestamp?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  [field: string]: unknown
}

/** Where an object is. */
export type ObjectRef = { apiVersion: string; kind: string; namespace?: string; name: string }

export const refOf = ({ apiVersion, kind, metadata: { name, namespace } }: KubernetesObject): ObjectRef => ({
  apiVersion,
  kind,
  ...(namespace === undefined ? {} : { namespace }),
  name,
})

/** Identity of an object. The version is no part of it: a chart that moves from v1beta1 to v1 still means the same object. */
export const keyOf = (ref: ObjectRef): string =>
  [groupOf(ref.apiVersion), ref.kind, ref.namespace ?? '', ref.name].join('/')

export const groupOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : ''

/** An object's name for people, for example `HTTPRoute cell-a/tenant-acme`. */
export const nameOf = ({ kind, namespace, name }: ObjectRef): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`

/** Whose object it is, by its labels alone. */
export type Belonging = { unitId: string; tenant: string | null }

export const ownerLabels = ({ unitId, tenant }: Belonging): Record<string, string> => ({
  [UNIT_LABEL]: unitId,
  [TENANT_LABEL]: tenant ?? NO_TENANT,
})

/** Whether the labels say that the object is this unit's and tenant's; without labels it is nobody's, hence not ours. */
export const belongsTo = (meta: Pick<ObjectMeta, 'labels'>, owner: Belonging): boolean =>
  Object.entries(ownerLabels(owner)).every(([label, value]) => meta.labels?.[label] === value)
