import { GUARD, type Observation } from '../../../control-plane/domain/attestation.ts'
import { UNIT_LABEL } from '../../../control-plane/domain/naming.ts'
import { listObjects } from '../calls.ts'
import type { KubernetesObject } from '../objects.ts'
import { attempt, controlAllows, controlRefuses, looked, mustRefuse, unavailable } from './attempt.ts'
import { collection, dryCreate, dryDelete, dryDeleteAll, get, placeOf } from './calls.ts'
import type { Attested, Check } from './context.ts'
import { manages } from './roles.ts'
import { trafficBetween } from './traffic.ts'

const policy = (namespace: string, spec: object = { ingress: [] }): KubernetesObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'steward-probe', namespace },
  spec: { podSelector: {}, ...spec },
})
type PolicySpec = { podSelector?: object; policyTypes?: string[]; ingress?: unknown[]; egress?: unknown[] }

/** A tenant makes policies of its own, and the plane's stay: whatever it deletes, its default-deny survives. */
export const ownNetworkPolicies: Check = async (attested) => {
  const { namespace, tenant } = attested.ours
  const { link } = attested
  const place = placeOf(policy(namespace))
  const protectedBy = ['steward-protected-objects']
  const one = await attempt(tenant, dryDelete(place, 'default-deny'), link)
  const all = await attempt(tenant, dryDeleteAll(place), link)
  return [
    ...(await manages(attested, 'networking.k8s.io', 'networkpolicies', (at) => policy(at))),
    controlRefuses('delete the default-deny', protectedBy, one),
    controlRefuses('delete every policy', protectedBy, all),
    controlAllows('the default-deny is there', await attempt(tenant, get(place, 'default-deny'), link)),
  ]
}

const OPEN: readonly (readonly [what: string, spec: object])[] = [
  ['a policy that lets everybody in', { ingress: [{}] }],
  ['a policy that lets everything out', { egress: [{}], policyTypes: ['Egress'] }],
  ['a policy that lets every namespace in', { ingress: [{ from: [{ namespaceSelector: {} }] }] }],
  ['a policy that lets every address in', { ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }] }],
]

/**
 * Everything is denied first, nobody but the plane opened it again, and the tenant cannot. Whether the network keeps to it needs
 * pods that send; without them the check ends as not enforced, never as a pass.
 */
export const networkAccess: Check = async (attested) => {
  const { ours, reader, link } = attested
  const { namespace, tenant } = ours
  const what = 'list network policies'
  const policies = await listObjects(reader, collection(placeOf(policy(namespace))), { what }, link)
  const foreign = policies.filter((one) => opensToOthers(one) && !isOurs(attested, one))
  const create = (spec: object) => attempt(tenant, dryCreate(policy(namespace, spec)), link)
  const tried = await Promise.all(
    OPEN.map(async ([name, spec]) => mustRefuse(name, [GUARD.rbac, 'steward-network-peers'], await create(spec))),
  )
  return [
    controlAllows('a policy between pods of its own', await create({ ingress: [{ from: [{ podSelector: {} }] }] })),
    looked('probe', 'everything is denied first', policies.some(deniesAll), `${policies.length} policies`),
    looked(
      'probe',
      'nobody but the plane opened it to others',
      foreign.length === 0,
      foreign.map(({ metadata }) => metadata.name).join(', ') || 'nobody',
    ),
    ...tried,
    ...(await traffic(attested)),
  ]
}

const traffic = (attested: Attested): Promise<Observation[]> | Observation[] =>
  attested.traffic
    ? trafficBetween(attested, attested.traffic)
    : [
        unavailable(
          'traffic from tenant to tenant',
          'no pods that send were run: whether this network enforces policies is not known',
        ),
      ]

const specOf = (one: KubernetesObject): PolicySpec => (one['spec'] as PolicySpec | undefined) ?? {}
const isOurs = ({ unitId }: Attested, { metadata }: KubernetesObject) => metadata.labels?.[UNIT_LABEL] === unitId

function deniesAll(one: KubernetesObject): boolean {
  const { podSelector = {}, policyTypes = [], ingress = [], egress = [] } = specOf(one)
  const all = Object.keys(podSelector).length === 0
  return (
    all && ['Ingress', 'Egress'].every((type) => policyTypes.includes(type)) && ingress.length + egress.length === 0
  )
}

type NetworkRule = { from?: object[]; to?: object[] }
/** Whether a rule reaches beyond the namespace: by a peer outside of it, or by naming none. */
function opensToOthers(one: KubernetesObject): boolean {
  const { ingress = [], egress = [] } = specOf(one)
  return ([...ingress, ...egress] as NetworkRule[]).some(({ from, to }) => {
    const peers = from ?? to ?? []
    return peers.length === 0 || peers.some((peer) => 'namespaceSelector' in peer || 'ipBlock' in peer)
  })
}
