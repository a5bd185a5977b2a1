import path from 'node:path'
import type { TenantRole } from '../../control-plane/domain/naming.ts'
import { serverSideApply } from '../../stacks/kubernetes/apply.ts'
import { type Cluster, connectCluster } from '../../stacks/kubernetes/cluster.ts'
import { applyOwned, type Owner } from '../../stacks/kubernetes/inventory.ts'
import { unlinked } from '../../stacks/kubernetes/link.ts'
import type { KubernetesObject } from '../../stacks/kubernetes/objects.ts'
import { createRenderer, type Renderer } from '../../stacks/kubernetes/render.ts'
import { type PolicyRule, WORKER_RULES } from '../../stacks/kubernetes/rights.ts'
import { tenantToken } from '../../stacks/kubernetes/tokens.ts'
import { httpRouteDefinition } from './http-route.ts'
import { startTestCluster, type TestCluster, toolBinary } from './kubernetes.ts'

export const WORKER_GROUP = 'test:stranger'
export const PROBE_IMAGE = 'ledger:1.0.0'
export type TestInstance = { unit: { id: string; name: string }; tenantId: string; namespace: string }
export const instanceNamed = (name: string, digit: string): TestInstance => ({
  unit: { id: `01900000-0000-7000-8000-00000000000${digit}`, name },
  tenantId: `01900000-0000-7000-8000-0000000000a${digit}`,
  namespace: `tenant-${name}`,
})

/** A cluster with the guardrails of a region: administrator, worker and sweeper, and a way to make instances in it. */
export type GuardedCluster = {
  server: TestCluster
  admin: Cluster
  /** May do what a worker may, and nothing else. */
  worker: Cluster
  sweep: Cluster
  renderer: Renderer
  guardrails: KubernetesObject[]
  applyInstance: (instance: TestInstance, values?: object) => Promise<void>
  as: (namespace: string, role: TenantRole) => Promise<Cluster>
  stop: () => Promise<void>
}

export async function startGuardedCluster(): Promise<GuardedCluster> {
  const server = await startTestCluster({ controllers: true })
  const admin = connectCluster({ kubeconfig: server.kubeconfig })
  const worker = connectCluster({ kubeconfig: server.strangerKubeconfig })
  const sweep = connectCluster({ kubeconfig: server.sweepKubeconfig })
  const tenants: Cluster[] = []
  const charts = path.join(import.meta.dirname, '../../charts')
  const renderer = createRenderer({ helm: await toolBinary('helm'), charts: [charts] })
  const { objects: guardrails } = await renderer.render({
    chart: 'cluster-guardrails',
    release: 'cluster-guardrails',
    namespace: 'steward',
    values: { images: ['ledger'], exempt: { groups: EXEMPT, users: [] } },
  })
  await serverSideApply(admin, [httpRouteDefinition, ...grant('worker', WORKER_RULES, WORKER_GROUP)])
  await serverSideApply(admin, guardrails)
  return {
    server,
    admin,
    worker,
    sweep,
    renderer,
    guardrails,
    async applyInstance({ unit, tenantId, namespace }, values = {}) {
      const tenant = { id: tenantId, hosts: [`${unit.name}.localhost`] }
      const request = {
        chart: 'instance',
        release: 'instance',
        namespace,
        values: { unit, tenant, namespace, ...values },
      }
      const owner: Owner = { unit: unit.name, unitId: unit.id, tenant: tenantId, part: 'instance', epoch: 1 }
      await applyOwned(worker, owner, (await renderer.render(request)).objects, unlinked)
    },
    async as(namespace, role) {
      const token = await tenantToken(worker, { namespace, role, seconds: 3600 }, unlinked)
      const tenant = connectCluster({ kubeconfig: server.kubeconfig, token })
      tenants.push(tenant)
      return tenant
    },
    async stop() {
      await Promise.all([admin, worker, sweep, ...tenants].map((cluster) => cluster.close()))
      await server.stop()
    },
  }
}
const EXEMPT = ['system:masters', 'system:serviceaccounts:kube-system', WORKER_GROUP]

/** A cluster role bound to a group. */
export const grant = (name: string, rules: readonly PolicyRule[], group: string): KubernetesObject[] => {
  const apiGroup = 'rbac.authorization.k8s.io'
  const apiVersion = `${apiGroup}/v1`
  const roleRef = { apiGroup, kind: 'ClusterRole', name }
  return [
    { apiVersion, kind: 'ClusterRole', metadata: { name }, rules },
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef,
      subjects: [{ apiGroup, kind: 'Group', name: group }],
    },
  ]
}
