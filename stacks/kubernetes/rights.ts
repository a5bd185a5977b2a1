import { tenantAccount, TENANT_CLUSTER_ROLES, TENANT_ROLES } from '../../control-plane/domain/naming.ts'

/** A rule of Kubernetes' role-based access control. */
export type PolicyRule = { apiGroups: string[]; resources: string[]; verbs: string[]; resourceNames?: string[] }

/** Hands out short-lived tokens of tenants' accounts, and can do nothing else. */
export const TOKEN_RULES: readonly PolicyRule[] = [
  {
    apiGroups: [''],
    resources: ['serviceaccounts/token'],
    verbs: ['create'],
    resourceNames: TENANT_ROLES.map(tenantAccount),
  },
]

const WRITE = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']

/**
 * What the worker's credential needs for everything in this folder and for the kinds that the charts hold, and no more: it
 * cannot change roles, nodes or definitions, nor run anything in a pod. Proved by the test that applies the charts with it.
 */
export const WORKER_RULES: readonly PolicyRule[] = [
  {
    apiGroups: [''],
    resources: ['namespaces', 'configmaps', 'secrets', 'services', 'serviceaccounts', 'resourcequotas', 'limitranges'],
    verbs: WRITE,
  },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: WRITE },
  { apiGroups: ['batch'], resources: ['jobs'], verbs: WRITE },
  { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: WRITE },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: WRITE },
  { apiGroups: ['gateway.networking.k8s.io'], resources: ['httproutes'], verbs: WRITE },
  { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['events'], verbs: ['list'] }, // say why a Job has no pod
  { apiGroups: [''], resources: ['pods'], verbs: ['delete'] }, // to see that one ends in order
  { apiGroups: ['rbac.authorization.k8s.io'], resources: ['rolebindings'], verbs: WRITE },
  // gives tenants' accounts these two roles and no other, without holding what they allow
  {
    apiGroups: ['rbac.authorization.k8s.io'],
    resources: ['clusterroles'],
    verbs: ['bind'],
    resourceNames: Object.values(TENANT_CLUSTER_ROLES),
  },
  ...TOKEN_RULES, // attestation acts as a tenant
  {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'],
    verbs: ['get', 'list'],
  },
]

/** What the sweeper's credential needs: to find leftovers of any kind, and to change nothing. */
export const SWEEP_RULES: readonly PolicyRule[] = [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list'] }]
