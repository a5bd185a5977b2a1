import { untallied, type Leftover, type Tally } from '../../control-plane/domain/leftover.ts'
import { PLANE_NAMESPACE, TENANT_LABEL, UNIT_LABEL } from '../../control-plane/domain/naming.ts'
import { HEADS_ONLY, listObjects, type ObjectHead, readHead } from './calls.ts'
import type { Cluster } from './cluster.ts'
import { collectionPath, type Resource } from './discovery.ts'
import { eachLimited } from './each-limited.ts'
import { clusterProblems, hasCode } from './kubernetes.errors.ts'
import { type Link, unlinked } from './link.ts'
import { groupOf, type KubernetesObject } from './objects.ts'
import { tenantsFileIn } from './tenants-file.ts'
import type { Problem } from '../../control-plane/domain/problem.ts'

export type { Leftover } from '../../control-plane/domain/leftover.ts'

const WIDTH = 8
const GROUPS = { ConfigMap: '', HTTPRoute: 'gateway.networking.k8s.io' } as const

export type TenantTraces = { tenantId: string; slug: string; host: string; unitName: string; namespace: string }
export type UnitTraces = { unitId: string; unitName: string; namespace: string }

/**
 * What a removed tenant left in the cluster, looked for with a credential of its own: objects of every kind by label, routes
 * by host and, in its unit's namespace, by name, entries of tenants files, inventories. Secrets are found by their metadata, their content is never read.
 * Throws `sweep.incomplete` when any part could not be searched: silence must not pass for cleanliness.
 */
export async function listTenantLeftovers(
  cluster: Cluster,
  traces: TenantTraces,
  link: Link = unlinked,
  tally: Tally = untallied,
): Promise<Leftover[]> {
  return sweep(cluster, link, async (kinds) => {
    const { tenantId, slug, host, unitName, namespace } = traces
    // elsewhere the name is anybody's to give, a host is not: the guardrail of hosts refuses that of another tenant
    const isItsRoute = ({ metadata }: KubernetesObject) =>
      metadata.namespace === namespace && metadata.name === `tenant-${slug}`
    const labelled = (await listLabelled(cluster, kinds, `${TENANT_LABEL}=${tenantId}`, link)).map(leftover)
    const routes = await listOf(cluster, kinds, 'HTTPRoute', {}, link)
    const inventories = await listOf(cluster, kinds, 'ConfigMap', { namespace: PLANE_NAMESPACE }, link)
    const files = await listOf(cluster, kinds, 'ConfigMap', { fieldSelector: 'metadata.name=tenants' }, link)
    tally('kinds of objects of the cluster, by the label of the tenant', listable(kinds).length)
    tally('routes of the cluster, by host and name', routes.length)
    tally('inventories of the plane, by the id of the tenant', inventories.length)
    tally('tenants files of all units, by id, slug and host', files.length)
    return [
      ...labelled,
      ...routes.filter((route) => isItsRoute(route) || hostsOf(route).includes(host)).map(leftover),
      ...inventories.filter(({ metadata }) => metadata.name.startsWith(`${unitName}.${tenantId}.`)).map(leftover),
      ...files.flatMap((file) => entriesOf(file, traces)),
    ]
  })
}

/** What a retired unit left in the cluster: its namespace, objects of every kind by label, routes into its namespace, inventories. */
export async function listUnitLeftovers(
  cluster: Cluster,
  traces: UnitTraces,
  link: Link = unlinked,
  tally: Tally = untallied,
): Promise<Leftover[]> {
  return sweep(cluster, link, async (kinds) => {
    const { unitId, unitName, namespace } = traces
    const labelled = (await listLabelled(cluster, kinds, `${UNIT_LABEL}=${unitId}`, link)).map(leftover)
    const home = await readHead(cluster, { apiVersion: 'v1', kind: 'Namespace', name: namespace }, link)
    const routes = await listOf(cluster, kinds, 'HTTPRoute', {}, link)
    const inventories = await listOf(cluster, kinds, 'ConfigMap', { namespace: PLANE_NAMESPACE }, link)
    tally('kinds of objects of the cluster, by the label of the unit', listable(kinds).length)
    tally('the namespace, by its name', 1)
    tally('routes of the cluster, by what they lead to', routes.length)
    tally('inventories of the plane, by the name of the unit', inventories.length)
    return [
      ...(home ? [leftover(home)] : []),
      ...labelled,
      ...routes
        .filter((route) => route.metadata.namespace === namespace || backendsOf(route).includes(namespace))
        .map(leftover),
      ...inventories.filter(({ metadata }) => metadata.name.startsWith(`${unitName}.`)).map(leftover),
    ]
  })
}

/** Searches with the kinds that the cluster serves now; each finding once, in order. Throws `sweep.incomplete`. */
export async function sweep<Finding extends object>(
  cluster: Cluster,
  link: Link,
  search: (kinds: Resource[]) => Promise<Finding[]>,
): Promise<Finding[]> {
  try {
    const found = await search(await cluster.discovery.everything(link))
    const byText = new Map(found.map((one) => [JSON.stringify(one), one]))
    return [...byText.keys()].sort().flatMap((text) => byText.get(text) ?? [])
  } catch (error) {
    if (
      !hasCode(
        error,
        'cluster.unauthenticated',
        'cluster.forbidden',
        'cluster.refused',
        'cluster.failed',
        'cluster.unreachable',
      )
    )
      throw error
    throw incomplete(error)
  }
}

const incomplete = (cause: Problem): Problem => clusterProblems['sweep.incomplete']({ detail: cause.message, cause })

const listable = (kinds: readonly Resource[]) => kinds.filter(({ verbs }) => verbs.includes('list'))

/** Objects of every listable kind with the label, in all namespaces and outside of them; metadata only. */
export async function listLabelled(
  cluster: Cluster,
  kinds: readonly Resource[],
  labelSelector: string,
  link: Link,
): Promise<ObjectHead[]> {
  const found = await eachLimited(listable(kinds), WIDTH, async (resource) => {
    const what = `list every ${resource.kind}`
    // an aggregated API may not know how to leave the content out; Secrets are never served by one
    const accept = resource.kind === 'Secret' ? HEADS_ONLY : `${HEADS_ONLY},application/json`
    const options = { query: { labelSelector }, accept, what }
    const heads = await orVanished(listObjects(cluster, collectionPath(resource), options, link))
    return heads.map(({ metadata }) => ({ apiVersion: resource.apiVersion, kind: resource.kind, metadata }))
  })
  return found.flat()
}

async function listOf(
  cluster: Cluster,
  kinds: readonly Resource[],
  kind: keyof typeof GROUPS,
  { namespace, ...query }: { namespace?: string; fieldSelector?: string },
  link: Link,
): Promise<KubernetesObject[]> {
  const resource = kinds.find((one) => one.kind === kind && groupOf(one.apiVersion) === GROUPS[kind])
  if (!resource) return [] // the cluster does not serve the kind, so there is none
  const found = listObjects(cluster, collectionPath(resource, namespace), { query, what: `list every ${kind}` }, link)
  return (await orVanished(found)).map((item) => ({ ...item, apiVersion: resource.apiVersion, kind }))
}

/** A kind whose definition was removed since discovery has no objects. */
async function orVanished(list: Promise<KubernetesObject[]>): Promise<KubernetesObject[]> {
  try {
    return await list
  } catch (error) {
    if (hasCode(error, 'cluster.not-found')) return []
    throw error
  }
}

const leftover = ({ kind, metadata }: ObjectHead): Leftover => ({
  kind,
  name: metadata.name,
  where: metadata.namespace === undefined ? 'cluster' : `namespace ${metadata.namespace}`,
})

type RouteSpec = { hostnames?: string[]; rules?: { backendRefs?: { namespace?: string }[] }[] }
const specOf = (route: KubernetesObject): RouteSpec => (route['spec'] as RouteSpec | undefined) ?? {}
const hostsOf = (route: KubernetesObject): string[] => specOf(route).hostnames ?? []
const backendsOf = (route: KubernetesObject): (string | undefined)[] =>
  (specOf(route).rules ?? []).flatMap(({ backendRefs }) => (backendRefs ?? []).map(({ namespace }) => namespace))

/** Entries of a tenants file that name the tenant by id, slug or host. */
function entriesOf(configMap: KubernetesObject, { tenantId, slug, host }: TenantTraces): Leftover[] {
  const { namespace, name } = configMap.metadata
  const entries = tenantsFileIn(configMap)?.tenants ?? []
  const ours = entries.filter((entry) => entry.id === tenantId || entry.slug === slug || entry.hosts.includes(host))
  return ours.map(({ slug: found }) => ({
    kind: 'TenantsFileEntry',
    name: found,
    where: `ConfigMap ${namespace}/${name}`,
  }))
}
