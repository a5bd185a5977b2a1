import { readObject } from './calls.ts'
import type { Cluster } from './cluster.ts'
import { hasCode } from './kubernetes.errors.ts'
import type { Link } from './link.ts'

const POLICY = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  name: 'steward-allowed-images',
}
type Policy = { spec?: { variables?: readonly { name: string; expression: string }[] } }

/** The repositories that the guardrails of a cluster let units run images from; null where nothing says so. */
export async function allowedRepositories(cluster: Cluster, link: Link): Promise<readonly string[] | null> {
  const policy = await readObject(cluster, POLICY, link).catch((error: unknown) => {
    if (hasCode(error, 'cluster.kind-unknown', 'cluster.refused')) return undefined
    throw error
  })
  const list = (policy as Policy | undefined)?.spec?.variables?.find(({ name }) => name === 'allowed')?.expression
  if (list === undefined) return null
  try {
    return (JSON.parse(list) as unknown[]).filter((one) => typeof one === 'string') // the chart writes it as JSON
  } catch {
    return null // somebody's own policy: the API server knows, we do not
  }
}

/** What the policy says of an image: its repository, or with a slash at the end everything below. */
export const isAllowed = (allowed: readonly string[], image: string): boolean =>
  allowed.some((one) => {
    if (one.endsWith('/')) return image.startsWith(one)
    const rest = image.slice(one.length)
    return image === one || (image.startsWith(one) && /^[:@][^/]*$/.test(rest))
  })
