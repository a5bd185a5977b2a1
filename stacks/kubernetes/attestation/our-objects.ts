import { GUARD } from '../../../control-plane/domain/attestation.ts'
import { UNIT_LABEL } from '../../../control-plane/domain/naming.ts'
import { HEADS_ONLY, listObjects, readHead } from '../calls.ts'
import { eachLimited } from '../each-limited.ts'
import { type KubernetesObject, refOf } from '../objects.ts'
import { attempt, controlAllows, looked, mustRefuse } from './attempt.ts'
import { collection, create, dryDelete, dryTouch, PLURALS, type ProbedKind } from './calls.ts'
import { type Attested, type Check, WIDTH } from './context.ts'
import { container } from './probe-pod.ts'
import { probeService } from './services.ts'

/** Kinds that a unit has of the plane's; those without a maker are not the tenant's to change at all. */
const KINDS: Readonly<Partial<Record<ProbedKind, string>>> = {
  ResourceQuota: 'v1',
  LimitRange: 'v1',
  ServiceAccount: 'v1',
  Service: 'v1',
  ConfigMap: 'v1',
  Secret: 'v1',
  Deployment: 'apps/v1',
  NetworkPolicy: 'networking.k8s.io/v1',
  PodDisruptionBudget: 'policy/v1',
  RoleBinding: 'rbac.authorization.k8s.io/v1',
}
const POLICY = 'steward-protected-objects'

type Maker = (namespace: string, image: string) => KubernetesObject
const named = (apiVersion: string, kind: string, namespace: string, more: object = {}): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name: 'steward-own', namespace },
  ...more,
})
const app = { matchLabels: { app: 'steward-own' } }
/** An object of the tenant's own, of the kinds it manages. */
const OWN: Readonly<Partial<Record<ProbedKind, Maker>>> = {
  ServiceAccount: (at) => named('v1', 'ServiceAccount', at),
  Service: (at) => probeService(at, 'ClusterIP', 'steward-own'),
  ConfigMap: (at) => named('v1', 'ConfigMap', at),
  Secret: (at) => named('v1', 'Secret', at),
  Deployment: (at, image) =>
    named('apps/v1', 'Deployment', at, {
      spec: {
        replicas: 0,
        selector: app,
        template: { metadata: { labels: app.matchLabels }, spec: { containers: [container(image)] } },
      },
    }),
  NetworkPolicy: (at) =>
    named('networking.k8s.io/v1', 'NetworkPolicy', at, { spec: { podSelector: app, ingress: [] } }),
  RoleBinding: (at) =>
    named('rbac.authorization.k8s.io/v1', 'RoleBinding', at, {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'steward-tenant-viewer' },
      subjects: [{ kind: 'ServiceAccount', name: 'steward-own', namespace: at }],
    }),
}

/** Every object of the unit that carries our label, by the kinds that charts hold: found first, and there must be some. */
export const ourObjects: Check = async (attested) => {
  const { ours, reader, unitId, link } = attested
  const found = await eachLimited(
    Object.entries(KINDS) as [ProbedKind, string][],
    WIDTH,
    async ([kind, apiVersion]) => {
      const place = { apiVersion, plural: PLURALS[kind], namespace: ours.namespace }
      const query = { labelSelector: `${UNIT_LABEL}=${unitId}` }
      const heads = await listObjects(
        reader,
        collection(place),
        { query, accept: HEADS_ONLY, what: `list ${kind}` },
        link,
      )
      return heads.map(({ metadata: { name } }) => ({ kind, place, name }))
    },
  )
  const objects = found.flat()
  // of several policies that refuse the API server names one: ours let in more than a tenant's may
  const guards = (kind: ProbedKind) => {
    if (!OWN[kind]) return [GUARD.rbac]
    return kind === 'NetworkPolicy' ? [POLICY, 'steward-network-peers'] : [POLICY]
  }
  const probes = await eachLimited(objects, WIDTH, async ({ kind, place, name }) => [
    mustRefuse(`change ${kind} ${name}`, guards(kind), await attempt(ours.tenant, dryTouch(place, name), link)),
    mustRefuse(`delete ${kind} ${name}`, guards(kind), await attempt(ours.tenant, dryDelete(place, name), link)),
  ])
  const kinds = [...new Set(objects.map(({ kind }) => kind))]
  const controls = await eachLimited(kinds, WIDTH, (kind) => ownObject(attested, kind))
  const count = looked('control', 'the unit has objects of ours', objects.length > 0, `${objects.length} objects`)
  return [count, ...controls.flat(), ...probes.flat()]
}

/** The same verbs on an object of the tenant's own, in the second namespace, where it may really exist. */
async function ownObject({ other, reader, image, link }: Attested, kind: ProbedKind) {
  const object = OWN[kind]?.(other.namespace, image)
  if (!object) return []
  const place = { apiVersion: object.apiVersion, plural: PLURALS[kind], namespace: other.namespace }
  const { name } = object.metadata
  // looked for first: a create that is refused because the object exists counts in the quota all the same
  if (!(await readHead(reader, refOf(object), link))) {
    const made = await attempt(other.tenant, create(object), link)
    if (made.seen !== 'allowed') return [controlAllows(`make a ${kind} of its own`, made)]
  }
  return [
    controlAllows(`change its own ${kind}`, await attempt(other.tenant, dryTouch(place, name), link)),
    controlAllows(`delete its own ${kind}`, await attempt(other.tenant, dryDelete(place, name), link)),
  ]
}
