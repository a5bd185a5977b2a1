import { listObjects, readObject } from './calls.ts'
import type { Cluster } from './cluster.ts'
import { collectionPath } from './discovery.ts'
import { holds } from './field-differences.ts'
import type { Link } from './link.ts'
import { type KubernetesObject, nameOf, refOf } from './objects.ts'

const API_VERSION = 'admissionregistration.k8s.io/v1'
const POLICY = 'ValidatingAdmissionPolicy'
const BINDING = 'ValidatingAdmissionPolicyBinding'

/**
 * What a cluster lacks of the guardrails that its units rely on, by name; empty where all are in force. `wanted` is the chart rendered
 * with any values: what a policy says of images and identities is the cluster's own, that it refuses, and where, is not.
 */
export async function lackingGuardrails(
  reader: Cluster,
  wanted: readonly KubernetesObject[],
  link: Link,
): Promise<string[]> {
  const there = new Map<string, KubernetesObject>()
  for (const kind of [POLICY, BINDING]) {
    const resource = await reader.discovery.resource(API_VERSION, kind, link)
    const found = await listObjects(reader, collectionPath(resource), { what: `list every ${kind}` }, link)
    for (const object of found) there.set(`${kind} ${object.metadata.name}`, object)
  }
  const lacking: string[] = []
  for (const object of wanted) {
    const listed = object.kind === POLICY || object.kind === BINDING
    const name = nameOf(refOf(object))
    const live = listed ? there.get(name) : await readObject(reader, refOf(object), link)
    if (live === undefined) lacking.push(`${name} is missing`)
    else if (!inForce(live, object)) lacking.push(`${name} does not refuse what it should`)
  }
  return lacking
}

type Policy = { failurePolicy?: string; matchConstraints?: unknown; validations?: unknown[] }

function inForce(live: KubernetesObject, wanted: KubernetesObject): boolean {
  if (live.kind === 'ClusterRole') return holds(live['rules'], wanted['rules'])
  if (wanted.kind === BINDING) return holds(live['spec'], wanted['spec'])
  const [has, should] = [live['spec'] as Policy, wanted['spec'] as Policy] // as the API and our chart write them
  return (
    has.failurePolicy === 'Fail' &&
    holds(has.matchConstraints, should.matchConstraints) &&
    (has.validations?.length ?? 0) >= (should.validations?.length ?? 0)
  )
}
