import type { Cluster } from '../kubernetes/cluster.ts'
import { hasCode } from '../kubernetes/kubernetes.errors.ts'
import { type Link, unlinked } from '../kubernetes/link.ts'
import { type Finding, look } from './finding.ts'

/** Secrets that the chart of the plane refers to by default, with their keys. */
const SECRETS: Readonly<Record<string, readonly string[]>> = {
  'steward-database': ['DATABASE_URL', 'DATABASE_WORKER_URL', 'DATABASE_OWNER_URL'],
  'steward-sealing-key': ['STEWARD_SEALING_KEY'],
  'steward-region': ['products-url', 'products-sweep-url', 'edge-token', 'edge-sweep-token'],
}
const LEVEL = 'pod-security.kubernetes.io/enforce'

const read = (cluster: Cluster, path: string, link: Link) =>
  cluster
    .call({ method: 'GET', path, what: `read ${path.split('/').at(-1)}`, confidential: true }, link)
    .catch((error: unknown) => {
      if (hasCode(error, 'cluster.not-found')) return undefined
      throw error
    }) as Promise<{ metadata: { labels?: Record<string, string> }; data?: Record<string, string> } | undefined>

/** Looks at the namespace of the plane and at the Secrets that have to be there before the chart; values are neither shown nor kept. */
export async function secretFindings(cluster: Cluster, namespace: string, link: Link = unlinked): Promise<Finding[]> {
  const make = `kubectl create namespace ${namespace} && kubectl label namespace ${namespace} ${LEVEL}=restricted`
  const namespaceFinding = async (): Promise<Finding> => {
    const what = `namespace ${namespace}`
    const found = await read(cluster, `/api/v1/namespaces/${namespace}`, link)
    if (!found) return { what, found: 'there is none', fix: make }
    const level = found.metadata.labels?.[LEVEL]
    if (level === 'restricted') return { what, found: 'is there, with restricted pod security' }
    const fix = `kubectl label --overwrite namespace ${namespace} ${LEVEL}=restricted`
    return { what, found: `enforces ${level ? `pod security "${level}"` : 'no pod security'}`, fix }
  }
  const secretFinding = async (name: string, keys: readonly string[]): Promise<Finding> => {
    const what = `Secret ${name}`
    const found = await read(cluster, `/api/v1/namespaces/${namespace}/secrets/${name}`, link)
    const missing = keys.filter((key) => !found?.data?.[key])
    if (missing.length === 0) return { what, found: `has ${keys.join(', ')}` }
    const literals = missing.map((key) => `--from-file=${key}=…`).join(' ')
    const fix = `kubectl create secret generic ${name} --namespace ${namespace} ${literals} (names of files, so that no value is in a shell's history)`
    return { what, found: found ? `lacks ${missing.join(', ')}` : 'there is none', fix }
  }
  const rights = `give a credential that may read namespaces and Secrets of ${namespace}`
  const secrets = Object.entries(SECRETS).map(([name, keys]) =>
    look(`Secret ${name}`, rights, () => secretFinding(name, keys)),
  )
  return [...(await look(`namespace ${namespace}`, rights, namespaceFinding)), ...(await Promise.all(secrets)).flat()]
}
