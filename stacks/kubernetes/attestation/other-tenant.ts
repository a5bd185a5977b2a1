import { GUARD, type Observation } from '../../../control-plane/domain/attestation.ts'
import { eachLimited } from '../each-limited.ts'
import { mayI, type Right } from './access-review.ts'
import { attempt, controlAllows, mustRefuse } from './attempt.ts'
import { create, dryCreate, dryDeleteAll, dryDelete, dryTouch, get, list, type Place, placeOf } from './calls.ts'
import { type Attested, type Check, type Space, WIDTH } from './context.ts'
import { probePod } from './probe-pod.ts'

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']
const KINDS: readonly (readonly [group: string, resource: string])[] = [
  ['', 'pods'],
  ['', 'services'],
  ['', 'configmaps'],
  ['', 'secrets'],
  ['', 'serviceaccounts'],
  ['', 'persistentvolumeclaims'],
  ['', 'resourcequotas'],
  ['', 'limitranges'],
  ['', 'events'],
  ['apps', 'deployments'],
  ['batch', 'jobs'],
  ['networking.k8s.io', 'networkpolicies'],
  ['rbac.authorization.k8s.io', 'roles'],
  ['rbac.authorization.k8s.io', 'rolebindings'],
  ['gateway.networking.k8s.io', 'httproutes'],
]
const SUBRESOURCES: readonly (readonly [verb: string, resource: string, subresource: string])[] = [
  ['create', 'pods', 'exec'],
  ['get', 'pods', 'exec'],
  ['create', 'pods', 'attach'],
  ['create', 'pods', 'portforward'],
  ['create', 'pods', 'eviction'],
  ['create', 'pods', 'proxy'],
  ['get', 'pods', 'log'],
  ['patch', 'pods', 'ephemeralcontainers'],
  ['patch', 'pods', 'status'],
  ['create', 'services', 'proxy'],
  ['create', 'serviceaccounts', 'token'],
]
const ALL: readonly Omit<Right, 'namespace'>[] = [
  ...KINDS.flatMap(([group, resource]) => VERBS.map((verb) => ({ verb, group, resource }))),
  ...SUBRESOURCES.map(([verb, resource, subresource]) => ({ verb, group: '', resource, subresource })),
]

/** Each of two tenants on what exists in the other's namespace; the same, where its role grants it, in its own. */
export const otherTenants: Check = async (attested) => [
  ...(await onOther(attested, attested.ours, attested.other)),
  ...(await onOther(attested, attested.other, attested.ours)),
]

async function onOther(attested: Attested, from: Space, to: Space): Promise<Observation[]> {
  const { link } = attested
  const asked = await eachLimited(ALL, WIDTH, async (right) => {
    const what = `${right.verb} ${right.resource}${right.subresource ? `/${right.subresource}` : ''} in ${to.namespace}`
    return mustRefuse(what, [GUARD.rbac], await mayI(from.tenant, { ...right, namespace: to.namespace }, link))
  })
  const own = [{ verb: 'get', group: '', resource: 'pods', subresource: 'log' }]
  const controls = await eachLimited(own, WIDTH, async (right) => {
    const answer = await mayI(from.tenant, { ...right, namespace: from.namespace }, link)
    return controlAllows(`${right.verb} ${right.resource}/${right.subresource} of its own`, answer)
  })
  return [...asked, ...controls, ...(await really(attested, from, to))]
}

/** Real calls, on objects that exist: the default-deny of each namespace, and pods. */
async function really({ image, link }: Attested, from: Space, to: Space): Promise<Observation[]> {
  const policies = (namespace: string): Place => ({
    apiVersion: 'networking.k8s.io/v1',
    plural: 'networkpolicies',
    namespace,
  })
  const pods = (namespace: string): Place => placeOf(probePod(namespace, image))
  const calls = (namespace: string) =>
    [
      ['read its default-deny', get(policies(namespace), 'default-deny')],
      ['list its pods', list(pods(namespace))],
      ['create a pod', dryCreate(probePod(namespace, image))],
      ['delete every pod of its own', dryDeleteAll(pods(namespace), 'app=steward-nothing')],
    ] as const
  const controls = calls(from.namespace).map(async ([what, call]) =>
    controlAllows(`${what} in ${from.namespace}`, await attempt(from.tenant, call, link)),
  )
  const onItsGuard = [
    ...calls(to.namespace),
    ['change its default-deny', dryTouch(policies(to.namespace), 'default-deny')],
    ['delete its default-deny', dryDelete(policies(to.namespace), 'default-deny')],
    ['make a token of its administrator', tokenCall(to.namespace)],
    ['run a command in its pod', execCall(to.namespace)],
  ] as const
  const probes = onItsGuard.map(async ([what, call]) =>
    mustRefuse(`really ${what} in ${to.namespace}`, [GUARD.rbac], await attempt(from.tenant, call, link)),
  )
  return Promise.all([...controls, ...probes])
}

const tokenCall = (namespace: string) =>
  ({
    ...create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'x', namespace } }),
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/tenant-admin/token`,
    query: { dryRun: 'All' },
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    confidential: false,
  }) as const
const execCall = (namespace: string) =>
  ({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/pods/steward-fill-0/exec`,
    query: { command: 'true', stdout: 'true' },
    what: 'exec',
  }) as const
