import { tenantAccount, TENANT_CLUSTER_ROLES } from '../../../control-plane/domain/naming.ts'
import { type KubernetesObject, ownerLabels } from '../objects.ts'
import type { CheckResult } from '../../../control-plane/domain/attestation.ts'
import { listObjects, readObject } from '../calls.ts'
import { type Cluster, connectCluster } from '../cluster.ts'
import { type Link, sleep } from '../link.ts'
import { tenantToken } from '../tokens.ts'
import { collection } from './calls.ts'
import type { Space, Traffic } from './context.ts'
import { emptied } from './emptied.ts'
import { runChecks } from './run-checks.ts'
import { clearTraffic } from './traffic.ts'

type Unit = { id: string; name: string }

/** The second tenant of an attestation: a namespace of its own beside the unit's. */
export const probeNamespace = (namespace: string): string => `probe-${namespace}`

/** Values of the instance chart for the second tenant: bounds so low that they can be reached. */
export const probeValues = (unit: Unit, namespace: string) => ({
  unit,
  // nobody's tenant: the unit's own id, so that no sweep for a tenant finds it, and one for the unit does
  tenant: { id: unit.id, hosts: ['probe.invalid'] },
  namespace: probeNamespace(namespace),
  quota: { pods: 4, configMaps: 5, secrets: 5, services: 2, persistentVolumeClaims: 0, others: 12 },
})

/** The identity of a tenant's administrator in a namespace that has none: cells have tenants without access to the cluster. */
export function probeAccess(unit: Unit, namespace: string): KubernetesObject[] {
  const labels = ownerLabels({ unitId: unit.id, tenant: unit.id })
  const name = tenantAccount('admin')
  const apiGroup = 'rbac.authorization.k8s.io'
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace, labels },
      automountServiceAccountToken: false,
    },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata: { name, namespace, labels },
      roleRef: { apiGroup, kind: 'ClusterRole', name: TENANT_CLUSTER_ROLES.admin },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ]
}

/** The shortest life that the API server gives a token; an attestation takes seconds. */
const TOKEN_SECONDS = 600
const COUNTED_WITHIN_MS = 30_000
const LOOK_EVERY_MS = 100

export type Attestation = {
  kubeconfig: string
  operator: Cluster
  reader: Cluster
  unitId: string
  namespace: string
  image: string
  traffic: Traffic | null
}

/** Acts as the administrators of both tenants, and forgets their tokens with the connections. */
export async function attest(
  { kubeconfig, operator, reader, unitId, namespace, image, traffic }: Attestation,
  link: Link,
): Promise<CheckResult[]> {
  const spaces: Space[] = []
  try {
    for (const at of [namespace, probeNamespace(namespace)]) {
      const token = await tenantToken(operator, { namespace: at, role: 'admin', seconds: TOKEN_SECONDS }, link)
      spaces.push({ namespace: at, tenant: connectCluster({ kubeconfig, token }) })
    }
    const [ours, other] = spaces
    if (!ours || !other) throw new Error('two namespaces are compared')
    await untilCounted(reader, ours.namespace, link)
    await untilCounted(reader, other.namespace, link)
    await emptied({ other, reader, link })
    return await runChecks({ ours, other, operator, reader, unitId, image, traffic, link })
  } finally {
    await Promise.all(spaces.map(({ tenant }) => tenant.close()))
  }
}

/** Takes away what an attestation that was cut off has left in a unit's namespace; nothing where nobody can have made anything. */
export async function endAttestation(
  { kubeconfig, operator, namespace }: Pick<Attestation, 'kubeconfig' | 'operator' | 'namespace'>,
  link: Link,
): Promise<void> {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: tenantAccount('admin') }
  if (!(await readObject(operator, account, link))) return // it alone makes probes
  const token = await tenantToken(operator, { namespace, role: 'admin', seconds: TOKEN_SECONDS }, link)
  const tenant = connectCluster({ kubeconfig, token })
  try {
    await clearTraffic(operator, [{ namespace, tenant }], link)
  } finally {
    await tenant.close()
  }
}

type Counted = { hard?: object; used?: object }
/** Quotas act on what their controller has counted; a fresh one has counted nothing. Goes on after a while: a check will say so. */
async function untilCounted(reader: Cluster, namespace: string, link: Link): Promise<void> {
  const path = collection({ apiVersion: 'v1', plural: 'resourcequotas', namespace })
  for (const until = Date.now() + COUNTED_WITHIN_MS; Date.now() < until; await sleep(LOOK_EVERY_MS, link.signal)) {
    const quotas = await listObjects(reader, path, { what: 'list quotas' }, link)
    const size = (part: object | undefined) => Object.keys(part ?? {}).length
    if (
      quotas.every((quota) => {
        const status = quota['status'] as Counted | undefined
        return size(status?.used) === size((quota['spec'] as Counted).hard)
      })
    )
      return
  }
}
