import {
  tenantAccount,
  TENANT_CLUSTER_ROLES,
  TENANT_ROLES,
  type TenantRole,
} from '../../control-plane/domain/naming.ts'

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

const SEE = ['get', 'list', 'watch']
const OWN = [...SEE, 'create', 'update', 'patch', 'delete', 'deletecollection']
/** What a tenant runs in its namespace. */
const WORKLOADS: readonly Omit<PolicyRule, 'verbs'>[] = [
  {
    apiGroups: [''],
    resources: [
      'pods',
      'services',
      'configmaps',
      'persistentvolumeclaims',
      'replicationcontrollers',
      'serviceaccounts',
    ],
  },
  { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'replicasets'] },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'] },
  { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'] },
  { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles', 'rolebindings'] },
  { apiGroups: ['gateway.networking.k8s.io'], resources: ['httproutes'] },
]
/** What a tenant only sees there. */
const SURROUNDINGS: readonly PolicyRule[] = [
  { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: SEE },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: SEE },
  { apiGroups: [''], resources: ['pods/log', 'resourcequotas', 'limitranges', 'events'], verbs: SEE },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: SEE },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: SEE },
]

/** What the roles of tenants allow in their own namespaces: the chart `cluster-guardrails` holds them, and a test it to this. */
export const TENANT_RULES: Readonly<Record<TenantRole, readonly PolicyRule[]>> = {
  admin: [
    ...WORKLOADS.map((rule) => ({ ...rule, verbs: OWN })),
    { apiGroups: [''], resources: ['secrets'], verbs: OWN.filter((verb) => !SEE.includes(verb)) },
    ...SURROUNDINGS,
  ],
  viewer: [...WORKLOADS.map((rule) => ({ ...rule, verbs: SEE })), ...SURROUNDINGS],
}
