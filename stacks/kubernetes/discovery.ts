import type { ApiCall } from './api-call.ts'
import { clusterProblems, hasCode } from './kubernetes.errors.ts'
import type { Link } from './link.ts'
import { groupOf, nameOf, type ObjectRef } from './objects.ts'

/** A kind that the cluster serves. */
export type Resource = {
  apiVersion: string
  kind: string
  plural: string
  namespaced: boolean
  verbs: readonly string[]
}

export type Discovery = {
  /** How a kind is addressed; kept for the life of the connection. Throws `cluster.kind-unknown`. */
  resource: (apiVersion: string, kind: string, link: Link) => Promise<Resource>
  /** Path of one object. */
  path: (ref: ObjectRef, link: Link) => Promise<string>
  /** Every kind served now, each once, in its group's preferred version where it has one; asked afresh. */
  everything: (link: Link) => Promise<Resource[]>
}

type ResourceList = { resources: { name: string; kind: string; namespaced: boolean; verbs: string[] }[] }
type GroupList = {
  groups: { name: string; preferredVersion: { groupVersion: string }; versions: { groupVersion: string }[] }[]
}

const root = (apiVersion: string): string => (apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`)

/** Path of a kind's collection, in one namespace or over all of them. */
export const collectionPath = (resource: Resource, namespace?: string): string =>
  namespace === undefined
    ? `${root(resource.apiVersion)}/${resource.plural}`
    : `${root(resource.apiVersion)}/namespaces/${encodeURIComponent(namespace)}/${resource.plural}`

export function createDiscovery(call: (call: ApiCall, link: Link) => Promise<unknown>): Discovery {
  const known = new Map<string, readonly Resource[]>()

  const fetchVersion = async (apiVersion: string, link: Link): Promise<readonly Resource[]> => {
    const list = (await call(
      { method: 'GET', path: root(apiVersion), what: `discover ${apiVersion}` },
      link,
    )) as ResourceList
    const resources = list.resources
      .filter(({ name }) => !name.includes('/')) // a subresource
      .map(({ name, kind, namespaced, verbs }) => ({ apiVersion, kind, plural: name, namespaced, verbs }))
    known.set(apiVersion, resources)
    return resources
  }

  const resource = async (apiVersion: string, kind: string, link: Link): Promise<Resource> => {
    const wanted = (list: readonly Resource[] | undefined) => list?.find((entry) => entry.kind === kind)
    const found =
      wanted(known.get(apiVersion)) ??
      wanted(
        await fetchVersion(apiVersion, link).catch((error: unknown) => {
          if (hasCode(error, 'cluster.not-found')) return []
          throw error
        }),
      )
    if (!found)
      throw clusterProblems['cluster.kind-unknown']({ detail: `${apiVersion} ${kind} is not served by the cluster` })
    return found
  }

  return {
    resource,
    async path(ref, link) {
      const found = await resource(ref.apiVersion, ref.kind, link)
      if (found.namespaced && ref.namespace === undefined)
        throw clusterProblems['cluster.refused']({ detail: `${nameOf(ref)} names no namespace` })
      return `${collectionPath(found, found.namespaced ? ref.namespace : undefined)}/${encodeURIComponent(ref.name)}`
    },
    async everything(link) {
      const { groups } = (await call({ method: 'GET', path: '/apis', what: 'discover API groups' }, link)) as GroupList
      // some kinds are served in another version than their group's preferred one only
      const versions = groups.flatMap(({ preferredVersion, versions: all }) => [preferredVersion, ...all])
      const names = ['v1', ...new Set(versions.map(({ groupVersion }) => groupVersion))]
      const resources = (await Promise.all(names.map((name) => fetchVersion(name, link)))).flat()
      const kind = ({ apiVersion, plural }: Resource) => `${groupOf(apiVersion)}/${plural}`
      return resources.filter((one, index) => resources.findIndex((other) => kind(other) === kind(one)) === index)
    },
  }
}
