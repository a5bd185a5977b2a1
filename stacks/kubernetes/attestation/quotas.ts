import { GUARD, type Observation } from '../../../control-plane/domain/attestation.ts'
import { listObjects } from '../calls.ts'
import type { KubernetesObject } from '../objects.ts'
import { type Answer, attempt, controlAllows, looked, mustRefuse } from './attempt.ts'
import {
  collection,
  create,
  dryCreate,
  dryDelete,
  dryDeleteAll,
  dryPatch,
  dryTouch,
  dryUpdate,
  get,
  type Place,
} from './calls.ts'
import type { Attested, Check } from './context.ts'
import { emptied } from './emptied.ts'
import { container, probePod } from './probe-pod.ts'
import { quantity } from '../quantity.ts'
import { probeService } from './services.ts'

type Hard = Readonly<Record<string, string>>
const place = (namespace: string, plural: string): Place => ({ apiVersion: 'v1', plural, namespace })

/** Everything that quotas of a namespace bound, by the smallest number; and whether the quota controller has taken note. */
async function quotasOf({ reader, link }: Attested, namespace: string) {
  const what = 'list quotas'
  const quotas = await listObjects(reader, collection(place(namespace, 'resourcequotas')), { what }, link)
  const hard: Record<string, string> = {}
  for (const quota of quotas) {
    for (const [name, value] of Object.entries((quota['spec'] as { hard?: Hard } | undefined)?.hard ?? {}))
      if (hard[name] === undefined || quantity(value) < quantity(hard[name])) hard[name] = value
  }
  const counted = quotas.every((quota) => {
    const status = quota['status'] as { hard?: Hard; used?: Hard } | undefined
    const bounds = (quota['spec'] as { hard?: Hard } | undefined)?.hard ?? {}
    return Object.entries(bounds).every(
      ([name, value]) => status?.hard?.[name] === value && status.used?.[name] !== undefined,
    )
  })
  return { quotas, hard, counted }
}

const counting = (counted: boolean) =>
  looked(
    'control',
    'the quota controller has counted',
    counted,
    counted ? 'counted' : 'the status of a quota lags behind',
  )
/** Not counted yet is nobody's fault: as a control it makes the check inconclusive. */
const areSet = (hard: Hard, names: readonly string[]): Observation[] =>
  names.map((name) =>
    looked('probe', `${name} is bounded`, hard[name] !== undefined, hard[name] ?? 'no quota names it'),
  )

const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'] as const
const ONE = { cpu: '10m', memory: '16Mi', 'ephemeral-storage': '8Mi' }

/** Quotas of processor, memory and scratch space; a pod above each is refused for the quota, one within is admitted. */
export const computeQuotas: Check = async (attested) => {
  const { ours, image, reader, link } = attested
  const { namespace, tenant } = ours
  const { hard, counted } = await quotasOf(attested, namespace)
  const observed = [
    counting(counted),
    ...areSet(
      hard,
      COMPUTE.flatMap((name) => [`requests.${name}`, `limits.${name}`]),
    ),
  ]
  observed.push(controlAllows('a pod within', await attempt(tenant, dryCreate(probePod(namespace, image)), link)))
  const what = 'list limits'
  const limits = await listObjects(reader, collection(place(namespace, 'limitranges')), { what }, link)
  for (const name of COMPUTE) {
    const bound = hard[`limits.${name}`]
    if (bound === undefined) continue // said above
    const largest = largestContainer(limits, name) ?? bound
    const containers = Array.from({ length: Math.floor(quantity(bound) / quantity(largest)) + 1 }, (_, index) => {
      const resources = { requests: ONE, limits: { ...ONE, [name]: largest } }
      return container(image, { name: `probe-${index}`, resources })
    })
    const answer = await attempt(tenant, dryCreate(probePod(namespace, image, { containers })), link)
    observed.push(mustRefuse(`a pod above the ${name} of all`, [GUARD.quota], about(`limits.${name}`, answer)))
  }
  return observed
}

/** A refusal counts for the resource it names only. */
const about = (name: string, answer: Answer): Answer =>
  answer.seen === 'refused' && !answer.said.includes(name) ? { ...answer, seen: 'error' } : answer

function largestContainer(ranges: readonly KubernetesObject[], name: string): string | undefined {
  const limits = ranges.flatMap((range) => (range['spec'] as { limits?: { type: string; max?: Hard }[] }).limits ?? [])
  const bounds = limits.flatMap(({ type, max }) => (type === 'Container' && max?.[name] ? [max[name]] : []))
  return bounds.toSorted((a, b) => quantity(a) - quantity(b))[0]
}

const COUNTED = [
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]
const named = (kind: string, namespace: string, name: string, more: object = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace },
  ...more,
})
const claim = (namespace: string, name: string) =>
  named('PersistentVolumeClaim', namespace, name, {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
  })
/** What a tenant makes one of; its name tells them apart. */
const FILLERS: Readonly<Record<string, (attested: Attested, namespace: string, name: string) => KubernetesObject>> = {
  pods: ({ image }, at, name) => {
    const pod = probePod(at, image)
    return { ...pod, metadata: { ...pod.metadata, name } }
  },
  services: (_, at, name) => probeService(at, 'ClusterIP', name),
  replicationcontrollers: ({ image }, at, name) =>
    named('ReplicationController', at, name, {
      spec: {
        replicas: 0,
        selector: { app: name },
        template: { metadata: { labels: { app: name } }, spec: { containers: [container(image)] } },
      },
    }),
  secrets: (_, at, name) => named('Secret', at, name),
  configmaps: (_, at, name) => named('ConfigMap', at, name),
  persistentvolumeclaims: (_, at, name) => claim(at, name),
}

/**
 * Makes one after the other until one is refused, and answers that. The quota's controller may count from a cache that lacks what was
 * made last, and then lets so many in once more (kubernetes/kubernetes#123434): only what is admitted beyond twice the bound shows that there is none.
 */
async function filled(
  { other, link }: Attested,
  first: Answer,
  most: number,
  filler: (index: number) => KubernetesObject,
): Promise<Answer> {
  let answer = first
  for (let made = 0; answer.seen === 'allowed' && made <= 2 * most; made += 1) {
    answer = await attempt(other.tenant, create(filler(made)), link)
    if (answer.said.includes('already exists')) answer = { ...answer, seen: 'allowed' }
  }
  return answer
}

/**
 * Numbers of objects are bounded in the unit; that a bound is kept is tried in the second namespace, whose bounds are low: filled
 * for real until one is refused.
 */
export const objectQuotas: Check = async (attested) => {
  const { ours, other, link } = attested
  const { hard, counted } = await quotasOf(attested, ours.namespace)
  const second = await quotasOf(attested, other.namespace)
  await emptied(attested)
  const observed = [counting(counted && second.counted), ...areSet(hard, COUNTED)]
  for (const [resource, make] of Object.entries(FILLERS)) {
    const most = Number(second.hard[resource] ?? Number.NaN)
    const filler = (index: number) => make(attested, other.namespace, `steward-fill-${index}`)
    const first = await attempt(other.tenant, dryCreate(filler(0)), link)
    if (most > 0) observed.push(controlAllows(`one of ${resource} below the bound`, first))
    const last = await filled(attested, first, most, filler)
    observed.push(mustRefuse(`one of ${resource} above the bound`, [GUARD.quota], last))
  }
  for (const type of ['NodePort', 'LoadBalancer']) {
    const call = dryCreate(probeService(ours.namespace, type))
    const guards = [GUARD.quota, 'steward-no-exposed-services']
    observed.push(mustRefuse(`a Service of type ${type}`, guards, await attempt(ours.tenant, call, link)))
  }
  await emptied(attested)
  return observed
}

/** The tenant reads its quota and changes nothing of it; the operator does. */
export const quotaChanges: Check = async (attested) => {
  const { ours, operator, link } = attested
  const { namespace, tenant } = ours
  const at = place(namespace, 'resourcequotas')
  const { quotas } = await quotasOf(attested, namespace)
  const [quota] = quotas
  const found = looked('control', 'the unit has a quota', quota !== undefined, `${quotas.length} quotas`)
  if (!quota) return [found]
  const { name } = quota.metadata
  const more = named('ResourceQuota', namespace, 'steward-probe', { spec: { hard: { pods: '1000' } } })
  const raised = dryPatch(at, name, { spec: { hard: { pods: '1000' } } })
  const whole = { ...more, metadata: { name, namespace } }
  const refused = async (what: string, call: Parameters<typeof attempt>[1]) =>
    mustRefuse(what, [GUARD.rbac, 'steward-protected-objects'], await attempt(tenant, call, link))
  return [
    found,
    controlAllows('the tenant reads its quota', await attempt(tenant, get(at, name), link)),
    controlAllows('the operator changes it', await attempt(operator, dryTouch(at, name), link)),
    await refused('create a quota', dryCreate(more)),
    await refused('update the quota', dryUpdate(whole)),
    await refused('raise the quota', raised),
    await refused('delete the quota', dryDelete(at, name)),
    await refused('delete every quota', dryDeleteAll(at)),
  ]
}
