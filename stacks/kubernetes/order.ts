import type { ObjectRef } from './objects.ts'

/** What must stand before what: spaces and definitions, then guardrails, identities, content, workloads, and traffic last. */
const RANKS: readonly (readonly string[])[] = [
  ['Namespace', 'CustomResourceDefinition', 'PriorityClass', 'StorageClass'],
  ['ResourceQuota', 'LimitRange', 'NetworkPolicy', 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'],
  ['ServiceAccount', 'ClusterRole', 'Role', 'ClusterRoleBinding', 'RoleBinding'],
  ['ConfigMap', 'Secret', 'PersistentVolumeClaim', 'Service', 'PodDisruptionBudget'],
  [], // every kind not named here
  ['Gateway', 'HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'Ingress'],
]
const OTHERS = RANKS.findIndex((kinds) => kinds.length === 0)

const rankOf = (kind: string): number => {
  const rank = RANKS.findIndex((kinds) => kinds.includes(kind))
  return rank === -1 ? OTHERS : rank
}

/** Groups in the order in which they are applied; what is in one group may be applied at once. Deleting goes the other way. */
export function inApplyOrder<T>(items: readonly T[], kindOf: (item: T) => ObjectRef['kind']): T[][] {
  const groups = Map.groupBy(items, (item) => rankOf(kindOf(item)))
  return [...groups.keys()].sort((a, b) => a - b).map((rank) => groups.get(rank) ?? [])
}
