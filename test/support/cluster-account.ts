import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { CoreV1Api, KubeConfig, RbacAuthorizationV1Api } from '@kubernetes/client-node'
import type { PolicyRule } from '../../stacks/kubernetes/rights.ts'
import { until } from './postgres.ts'

type Wanted = { name: string; namespace: string; rules: readonly PolicyRule[]; folder: string }

/** An account that may do exactly this in the whole cluster, by a cluster role of its name; its kubeconfig is written into the folder. */
export async function clusterAccount(admin: string, wanted: Wanted): Promise<{ file: string; config: KubeConfig }> {
  const { name, namespace, rules } = wanted
  const own = new KubeConfig()
  own.loadFromFile(admin)
  const core = own.makeApiClient(CoreV1Api)
  const rights = own.makeApiClient(RbacAuthorizationV1Api)
  await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name } } })
  await rights.createClusterRole({ body: { metadata: { name }, rules: [...rules] } })
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name }
  const subjects = [{ kind: 'ServiceAccount', name, namespace }]
  await rights.createClusterRoleBinding({ body: { metadata: { name }, roleRef, subjects } })
  const asked = { name, namespace, body: { spec: { audiences: [] } } }
  const { status } = await core.createNamespacedServiceAccountToken(asked)
  const cluster = own.getCurrentCluster()
  const token = status?.token
  if (!cluster || token === undefined) throw new Error('no cluster or no token')
  const config = new KubeConfig()
  config.loadFromClusterAndUser(cluster, { name, token })
  await until(() => config.makeApiClient(CoreV1Api).listNamespace()) // roles count a moment after they are bound
  const file = path.join(wanted.folder, `${name}.kubeconfig`)
  await writeFile(file, config.exportConfig(), { mode: 0o600 })
  return { file, config }
}
