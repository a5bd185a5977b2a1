import type { Cluster } from '../kubernetes/cluster.ts'
import { eachLimited } from '../kubernetes/each-limited.ts'
import { type Link, unlinked } from '../kubernetes/link.ts'
import { type PolicyRule, SWEEP_RULES, TENANT_RULES, WORKER_RULES } from '../kubernetes/rights.ts'
import { type Finding, look } from './finding.ts'

const INSTALL = ['get', 'create', 'patch', 'delete']
const RBAC = 'rbac.authorization.k8s.io'
/** What the charts `control-plane` and `cluster-guardrails` hold, and Helm's records of releases, which it lists and replaces. */
export const IN_NAMESPACE: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['secrets'], verbs: ['list', 'update'] },
  { apiGroups: [''], resources: ['configmaps', 'secrets', 'services', 'serviceaccounts'], verbs: INSTALL },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: INSTALL },
  { apiGroups: ['batch'], resources: ['jobs'], verbs: [...INSTALL, 'watch'] },
  { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: INSTALL },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: INSTALL },
]
/** What they hold beside namespaces. */
export const EVERYWHERE: readonly PolicyRule[] = [
  { apiGroups: [RBAC], resources: ['clusterroles', 'clusterrolebindings'], verbs: INSTALL },
  {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'],
    verbs: INSTALL,
  },
]

type Attributes = {
  group: string
  resource: string
  subresource?: string
  verb: string
  name?: string
  namespace?: string
}

/** Every single right that rules stand for. */
const attributesOf = (rules: readonly PolicyRule[], namespace?: string): Attributes[] =>
  rules.flatMap(({ apiGroups, resources, verbs, resourceNames }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((path) =>
        verbs.flatMap((verb) =>
          (resourceNames ?? [undefined]).map((name) => {
            const [resource = '', subresource] = path.split('/')
            return {
              group,
              resource,
              verb,
              ...(subresource ? { subresource } : {}),
              ...(name === undefined ? {} : { name }),
              ...(namespace === undefined ? {} : { namespace }),
            }
          }),
        ),
      ),
    ),
  )

/** Several roles hold the same right. */
const distinct = (rights: readonly Attributes[]): Attributes[] => [
  ...new Map(rights.map((right) => [JSON.stringify(right), right])).values(),
]

/** Asks the API server whether the credential may; a review is no object and leaves nothing. */
async function may(cluster: Cluster, resourceAttributes: Attributes, link: Link): Promise<boolean> {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes },
  }
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
  const answer = await cluster.call({ method: 'POST', path, body, what: 'ask for a right' }, link)
  return (answer as { status: { allowed: boolean } }).status.allowed
}

const worded = ({ verb, group, resource, subresource, name }: Attributes): string =>
  `${verb} ${resource}${subresource ? `/${subresource}` : ''}${group ? `.${group}` : ''}${name ? ` ${name}` : ''}`
const AT_ONCE = 8
const SHOWN = 8

async function denied(cluster: Cluster, wanted: readonly Attributes[], link: Link): Promise<string[]> {
  const found: string[] = []
  await eachLimited(wanted, AT_ONCE, async (one) => {
    if (!(await may(cluster, one, link))) found.push(worded(one))
  })
  return found.toSorted()
}

function finding(what: string, wanted: number, lacking: readonly string[], fix: string): Finding {
  if (lacking.length === 0) return { what, found: `all ${wanted}` }
  const more = lacking.length > SHOWN ? ` and ${lacking.length - SHOWN} more` : ''
  return {
    what,
    found: `${lacking.length} of ${wanted} are missing: ${lacking.slice(0, SHOWN).join(', ')}${more}`,
    fix,
  }
}

/**
 * Whether the credential may install the charts, and give the plane's accounts and tenants' roles the rights they need: Kubernetes
 * lets nobody give what he does not hold, unless he may escalate.
 */
export async function rightsFindings(cluster: Cluster, namespace: string, link: Link = unlinked): Promise<Finding[]> {
  const fix = 'install with a credential of the group system:masters, or bind the ClusterRole cluster-admin to yours'
  const install = async () => {
    const wanted = [...attributesOf(IN_NAMESPACE, namespace), ...attributesOf(EVERYWHERE)]
    return finding('rights to install', wanted.length, await denied(cluster, wanted, link), fix)
  }
  const give = async () => {
    const wanted = distinct(attributesOf([...WORKER_RULES, ...SWEEP_RULES, ...Object.values(TENANT_RULES).flat()]))
    const above = attributesOf([{ apiGroups: [RBAC], resources: ['clusterroles'], verbs: ['escalate', 'bind'] }])
    const lacking = (await denied(cluster, above, link)).length === 0 ? [] : await denied(cluster, wanted, link)
    return finding('rights to give', wanted.length, lacking, fix)
  }
  return [...(await look('rights to install', fix, install)), ...(await look('rights to give', fix, give))]
}
