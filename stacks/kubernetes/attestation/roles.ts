import { GUARD, type Observation } from '../../../control-plane/domain/attestation.ts'
import { UNIT_LABEL } from '../../../control-plane/domain/naming.ts'
import { eachLimited } from '../each-limited.ts'
import type { KubernetesObject } from '../objects.ts'
import { mayI } from './access-review.ts'
import { attempt, controlAllows, controlRefuses, mustAllow, mustRefuse } from './attempt.ts'
import { dryCreate, dryDelete, dryDeleteAll, list, placeOf } from './calls.ts'
import { type Attested, type Check, WIDTH } from './context.ts'

const GROUP = 'rbac.authorization.k8s.io'
const apiVersion = `${GROUP}/v1`
const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']

const role = (namespace: string | undefined, resources: string[], verbs: string[]): KubernetesObject => ({
  apiVersion,
  kind: namespace === undefined ? 'ClusterRole' : 'Role',
  metadata: { name: 'steward-probe', ...(namespace === undefined ? {} : { namespace }) },
  rules: [{ apiGroups: [''], resources, verbs }],
})
const binding = (namespace: string | undefined, kind: string, name: string): KubernetesObject => ({
  apiVersion,
  kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
  metadata: { name: 'steward-probe', ...(namespace === undefined ? {} : { namespace }) },
  roleRef: { apiGroup: GROUP, kind, name },
  subjects: [{ apiGroup: GROUP, kind: 'User', name: 'somebody' }],
})

/** Rights that a tenant lacks cannot be given by it, neither to itself nor to others. */
export const roleEscalation: Check = async ({ ours: { namespace, tenant }, link }) => {
  const create = (object: KubernetesObject) => attempt(tenant, dryCreate(object), link)
  const asked = await eachLimited(
    [
      ['escalate', GROUP, 'roles'],
      ['bind', GROUP, 'roles'],
      ['escalate', GROUP, 'clusterroles'],
      ['bind', GROUP, 'clusterroles'],
      ['impersonate', '', 'users'],
      ['impersonate', '', 'groups'],
      ['impersonate', '', 'serviceaccounts'],
    ] as const,
    WIDTH,
    async ([verb, group, resource]) =>
      mustRefuse(`${verb} ${resource}`, [GUARD.rbac], await mayI(tenant, { verb, group, resource, namespace }, link)),
  )
  const posing = {
    ...list({ apiVersion: 'v1', plural: 'pods', namespace }),
    headers: { 'Impersonate-User': 'somebody' },
  }
  const over = [GUARD.escalation]
  return [
    controlAllows('a role with rights it has', await create(role(namespace, ['pods'], ['get', 'list']))),
    mustRefuse('a role that reads secrets', over, await create(role(namespace, ['secrets'], ['get']))),
    mustRefuse('a role that does everything', over, await create(role(namespace, ['*'], ['*']))),
    mustRefuse('a binding to cluster-admin', over, await create(binding(namespace, 'ClusterRole', 'cluster-admin'))),
    mustRefuse('a cluster role', [GUARD.rbac], await create(role(undefined, ['pods'], ['get']))),
    mustRefuse('a cluster binding', [GUARD.rbac], await create(binding(undefined, 'ClusterRole', 'view'))),
    mustRefuse('list pods as somebody else', [GUARD.rbac], await attempt(tenant, posing, link)),
    ...asked,
  ]
}

/** Everything a tenant does with a kind it manages: all verbs, for real where nothing is left behind. */
export async function manages(
  { ours: { namespace, tenant }, other, link }: Attested,
  group: string,
  plural: string,
  object: (namespace: string) => KubernetesObject,
): Promise<Observation[]> {
  const own = object(namespace)
  const place = placeOf(own)
  const rights = await eachLimited(VERBS, WIDTH, async (verb) =>
    mustAllow(`${verb} ${plural}`, await mayI(tenant, { verb, group, resource: plural, namespace }, link)),
  )
  const made = mustAllow(`make one of ${plural}`, await attempt(tenant, dryCreate(own), link))
  const all = await attempt(tenant, dryDeleteAll(place, `!${UNIT_LABEL}`), link)
  const abroad = await attempt(tenant, dryCreate(object(other.namespace)), link)
  return [
    ...rights,
    made,
    mustAllow(`delete every one of its ${plural}`, all),
    controlRefuses(`make one of ${plural} in ${other.namespace}`, [GUARD.rbac], abroad),
  ]
}

export const ownRoles: Check = async (attested) => {
  const { ours, link } = attested
  const { namespace, tenant } = ours
  const ourBinding = placeOf(binding(namespace, 'ClusterRole', ''))
  const protectedBy = ['steward-protected-objects']
  return [
    ...(await manages(attested, GROUP, 'roles', (at) => role(at, ['pods'], ['get']))),
    ...(await manages(attested, GROUP, 'rolebindings', (at) => binding(at, 'ClusterRole', 'steward-tenant-viewer'))),
    controlRefuses(
      'delete the plane’s binding',
      protectedBy,
      await attempt(tenant, dryDelete(ourBinding, 'tenant-admin'), link),
    ),
    controlRefuses('delete every binding', protectedBy, await attempt(tenant, dryDeleteAll(ourBinding), link)),
  ]
}
