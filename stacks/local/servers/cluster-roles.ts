import { type PolicyRule, SWEEP_RULES, TOKEN_RULES, WORKER_RULES } from '../../kubernetes/rights.ts'

const rule = (group: string, resources: string[], verbs: string[]): PolicyRule => ({
  apiGroups: [group],
  resources,
  verbs,
})

const READ = ['get', 'list', 'watch']
const GATEWAY_API = 'gateway.networking.k8s.io'

/** What each credential of the estate may do in the cluster: no more than its work takes. The group is `steward:<name>`. */
export const CLUSTER_ROLES: Readonly<
  Record<'worker' | 'sweep' | 'access' | 'gateway' | 'policies', readonly PolicyRule[]>
> = {
  worker: WORKER_RULES,
  sweep: SWEEP_RULES,
  access: TOKEN_RULES,
  gateway: [
    rule(GATEWAY_API, ['gatewayclasses', 'gateways', 'httproutes', 'referencegrants'], READ),
    rule(GATEWAY_API, ['gatewayclasses/status', 'gateways/status', 'httproutes/status'], ['get', 'update', 'patch']),
    rule('', ['services', 'namespaces'], READ),
    rule('discovery.k8s.io', ['endpointslices'], READ),
  ],
  policies: [
    rule('', ['pods', 'namespaces'], ['list', 'watch']),
    rule('networking.k8s.io', ['networkpolicies'], ['list', 'watch']),
  ],
}
