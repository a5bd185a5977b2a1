import { parseAllDocuments, type Tags } from 'yaml'
import { clusterProblems } from './kubernetes.errors.ts'
import { type KubernetesObject, keyOf, nameOf, refOf } from './objects.ts'

/** Kinds that live outside of namespaces; helm cannot ask a cluster, and rendering must not depend on one. */
const CLUSTER_SCOPED = new Set([
  'Namespace',
  'Node',
  'PersistentVolume',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'PriorityClass',
  'StorageClass',
  'IngressClass',
  'RuntimeClass',
  'GatewayClass',
  'APIService',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
])

/** Times and base-60 numbers of YAML 1.1 stay text, as in the parser that Kubernetes tools use. */
const asKubernetesReads = (tags: Tags): Tags =>
  tags.filter((tag) => typeof tag === 'string' || !/timestamp|TIME/.test(`${tag.tag} ${tag.format ?? ''}`))

/**
 * Objects of a multi-document manifest, sorted by identity, namespaced ones in `namespace` unless they name another.
 * YAML is read as version 1.1, as helm and kubectl do: `0440` is octal there. Throws `chart.invalid`.
 */
export function parseManifest(text: string, namespace: string): KubernetesObject[] {
  const documents = parseAllDocuments(text, { version: '1.1', customTags: asKubernetesReads })
  const objects = ('empty' in documents ? [] : documents).flatMap((document) => {
    const fault = document.errors[0]
    if (fault) throw clusterProblems['chart.invalid']({ detail: fault.message })
    return flatten(document.toJS())
  })
  const placed = objects.map((object) => place(object, namespace))
  const byKey = new Map(placed.map((object) => [keyOf(refOf(object)), object]))
  if (byKey.size < placed.length) {
    const twice = placed.find((object) => byKey.get(keyOf(refOf(object))) !== object)
    throw clusterProblems['chart.invalid']({
      detail: `${twice ? nameOf(refOf(twice)) : 'an object'} is rendered twice`,
    })
  }
  return [...byKey.keys()].sort().flatMap((key) => byKey.get(key) ?? [])
}

/** A document's objects: none when it is empty, several when it is a List. */
function flatten(value: unknown): KubernetesObject[] {
  if (value === null || value === undefined) return []
  if (!isObject(value))
    throw clusterProblems['chart.invalid']({ detail: 'a document has no apiVersion, kind and metadata.name' })
  const items = value['items']
  return value.kind === 'List' && Array.isArray(items) ? items.flatMap(flatten) : [value]
}

function isObject(value: unknown): value is KubernetesObject {
  if (typeof value !== 'object' || value === null) return false
  const { apiVersion, kind, metadata } = value as Partial<KubernetesObject>
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return false
  return kind === 'List' || typeof metadata?.name === 'string'
}

const place = (object: KubernetesObject, namespace: string): KubernetesObject =>
  CLUSTER_SCOPED.has(object.kind) || object.metadata.namespace !== undefined
    ? object
    : { ...object, metadata: { ...object.metadata, namespace } }
