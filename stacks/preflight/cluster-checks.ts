import type { Cluster } from '../kubernetes/cluster.ts'
import { hasCode } from '../kubernetes/kubernetes.errors.ts'
import { type Link, unlinked } from '../kubernetes/link.ts'
import { clockFinding } from './clock.ts'
import { type Finding, look } from './finding.ts'

/** The first that serves admission policies for good. */
const OLDEST_MINOR = 30
const POD_SECURITY = 'pod-security.kubernetes.io/enforce'
const REACH = 'give a kubeconfig that reaches the API server with --kubeconfig'

type Resources = { resources: { name: string }[] }

const get = (cluster: Cluster, path: string, link: Link): Promise<unknown> =>
  cluster.call({ method: 'GET', path, what: `read ${path}` }, link)

async function served(cluster: Cluster, group: string, link: Link): Promise<readonly string[]> {
  try {
    const { resources } = (await get(cluster, `/apis/${group}`, link)) as Resources // an APIResourceList
    return resources.map(({ name }) => name)
  } catch (error) {
    if (hasCode(error, 'cluster.not-found')) return []
    throw error
  }
}

type Version = { gitVersion: string; major: string; minor: string }
/** Judges what the API server says of its version; managed clusters add a plus to the minor one. */
export function versionFinding({ gitVersion, major, minor }: Version): Finding {
  const fits = Number(major) > 1 || (Number(major) === 1 && Number.parseInt(minor, 10) >= OLDEST_MINOR)
  const seen = { what: 'Kubernetes', found: gitVersion }
  return fits ? seen : { ...seen, fix: `upgrade the cluster to 1.${OLDEST_MINOR} or newer` }
}
const version = async (cluster: Cluster, link: Link): Promise<Finding> =>
  versionFinding((await get(cluster, '/version', link)) as Version)

const kinds =
  (what: string, group: string, wanted: readonly string[], fix: string) =>
  async (cluster: Cluster, link: Link): Promise<Finding> => {
    const there = await served(cluster, group, link)
    const missing = wanted.filter((name) => !there.includes(name))
    return missing.length === 0
      ? { what, found: `${wanted.join(', ')} of ${group}` }
      : { what, found: `no ${missing.join(', ')} of ${group}`, fix }
  }

const gatewayApi = kinds(
  'Gateway API',
  'gateway.networking.k8s.io/v1',
  ['gatewayclasses', 'gateways', 'httproutes'],
  'install the standard channel of https://gateway-api.sigs.k8s.io and a gateway that serves it',
)
const admissionPolicies = kinds(
  'admission policies',
  'admissionregistration.k8s.io/v1',
  ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'],
  'do not switch off admissionregistration.k8s.io/v1 at the API server: guardrails are made of it',
)

/** Asks for a namespace without making one: the answer says what the API server would have done. */
const wouldCreate = (cluster: Cluster, level: string, link: Link) =>
  cluster.call(
    {
      method: 'POST',
      path: '/api/v1/namespaces',
      query: { dryRun: 'All' },
      body: {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { generateName: 'steward-preflight-', labels: { [POD_SECURITY]: level } },
      },
      what: 'try a namespace',
    },
    link,
  ) as Promise<{ metadata: { creationTimestamp: string } }>

/** A level that does not exist is refused by who reads the label, and by nobody else. */
async function podSecurity(cluster: Cluster, link: Link): Promise<Finding> {
  const what = 'pod security'
  const fix =
    'switch on the admission plug-in PodSecurity of the API server: units run in namespaces that enforce "restricted"'
  try {
    await wouldCreate(cluster, 'nobody-knows-this-level', link)
    return { what, found: `nothing reads the label ${POD_SECURITY}`, fix }
  } catch (error) {
    if (error instanceof Error && error.message.includes(POD_SECURITY)) return { what, found: 'labels are honoured' }
    throw error
  }
}

async function clock(cluster: Cluster, link: Link): Promise<Finding> {
  const began = Date.now()
  const { metadata } = await wouldCreate(cluster, 'restricted', link)
  // it tells whole seconds, cut off
  return clockFinding('clock of the API server', Date.parse(metadata.creationTimestamp) + 500, (began + Date.now()) / 2)
}

/** Looks at what the plane and its charts need of a cluster; changes nothing. */
export async function clusterFindings(cluster: Cluster, link: Link = unlinked): Promise<Finding[]> {
  const [first] = await look('Kubernetes', REACH, () => version(cluster, link))
  if (!first || first.found.startsWith('cannot')) return first ? [first] : []
  const namespaces = 'give a credential that may create namespaces'
  return [
    first,
    ...(await look('Gateway API', REACH, () => gatewayApi(cluster, link))),
    ...(await look('admission policies', REACH, () => admissionPolicies(cluster, link))),
    ...(await look('pod security', namespaces, () => podSecurity(cluster, link))),
    ...(await look('clock of the API server', namespaces, () => clock(cluster, link))),
    { what: 'storage', found: 'none is needed: state is in PostgreSQL and Temporal' },
  ]
}
