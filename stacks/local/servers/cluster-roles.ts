type Rule = { apiGroups: string[]; resources: string[]; verbs: string[] }
const rule = (group: string, resources: string[], verbs: string[]): Rule => ({ apiGroups: [group], resources, verbs })

const READ = ['get', 'list', 'watch']
const MANAGE = [...READ, 'create', 'update', 'patch', 'delete']
const GATEWAY_API = 'gateway.networking.k8s.io'

/** What each credential of the estate may do in the cluster: no more than its work takes. The group is `steward:<name>`. */
export const CLUSTER_ROLES: Readonly<Record<'worker' | 'sweep' | 'gateway', readonly Rule[]>> = {
  /** Applies cells, workloads, secrets, inventories and routes; reads what becomes of them. */
  worker: [
    rule(
      '',
      ['namespaces', 'resourcequotas', 'limitranges', 'serviceaccounts', 'configmaps', 'secrets', 'services'],
      MANAGE,
    ),
    rule('apps', ['deployments'], MANAGE),
    rule('batch', ['jobs'], MANAGE),
    rule('policy', ['poddisruptionbudgets'], MANAGE),
    rule('networking.k8s.io', ['networkpolicies'], MANAGE),
    rule(GATEWAY_API, ['httproutes'], MANAGE),
    rule('', ['pods', 'pods/log', 'events', 'endpoints'], READ),
    rule('apps', ['replicasets'], READ),
    rule('discovery.k8s.io', ['endpointslices'], READ),
    rule(GATEWAY_API, ['gateways', 'gatewayclasses'], READ),
  ],
  /** Looks for what a removal left behind, whatever kind it has. */
  sweep: [rule('*', ['*'], ['get', 'list'])],
  gateway: [
    rule(GATEWAY_API, ['gatewayclasses', 'gateways', 'httproutes', 'referencegrants'], READ),
    rule(GATEWAY_API, ['gatewayclasses/status', 'gateways/status', 'httproutes/status'], ['get', 'update', 'patch']),
    rule('', ['services', 'namespaces'], READ),
    rule('discovery.k8s.io', ['endpointslices'], READ),
  ],
}
