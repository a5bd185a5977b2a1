import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { PLANE_NAMESPACE } from '../../../control-plane/domain/naming.ts'
import { groupOf, type KubernetesObject } from '../../kubernetes/objects.ts'
import { createRenderer } from '../../kubernetes/render.ts'
import { CONTROLLER_NAME } from '../gateway/route-status.ts'
import { imageNames } from '../node/image-folders.ts'
import { KUBELET_API } from '../credentials/paths.ts'
import { PROBE } from '../registry/image-catalogue.ts'
import { PARTS } from '../toolchain/parts.ts'
import { connectApplier, type Applier } from './apply.ts'
import { CLUSTER_ROLES } from './cluster-roles.ts'
import type { ClusterContext } from './cluster-context.ts'
import type { Task } from './server.ts'

const GATEWAY_GROUP = '/apis/gateway.networking.k8s.io/v1'

type Applied = { path: string; object: Record<string, unknown> }

const RBAC = { apiVersion: 'rbac.authorization.k8s.io/v1' }
const roleObjects = (): Applied[] =>
  Object.entries(CLUSTER_ROLES).flatMap(([name, rules]) => {
    const metadata = { name: `steward-${name}` }
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name }
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: `steward:${name}` }]
    return [
      {
        path: `/apis/rbac.authorization.k8s.io/v1/clusterroles/${metadata.name}`,
        object: { ...RBAC, kind: 'ClusterRole', metadata, rules },
      },
      {
        path: `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${metadata.name}`,
        object: { ...RBAC, kind: 'ClusterRoleBinding', metadata, roleRef, subjects },
      },
    ]
  })

/** The API server asks a kubelet for logs and runs commands through it. */
const kubeletAccess: Applied = {
  path: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/steward-kubelet-api',
  object: {
    ...RBAC,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'steward-kubelet-api' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:kubelet-api-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: KUBELET_API.commonName }],
  },
}

const namespaceObject: Applied = {
  path: `/api/v1/namespaces/${PLANE_NAMESPACE}`,
  object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: PLANE_NAMESPACE } },
}

const gatewayObjects = (port: number): Applied[] => [
  {
    path: `${GATEWAY_GROUP}/gatewayclasses/steward`,
    object: {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name: 'steward' },
      spec: { controllerName: CONTROLLER_NAME, description: 'The gateway of the estate' },
    },
  },
  {
    path: `${GATEWAY_GROUP}/namespaces/${PLANE_NAMESPACE}/gateways/steward`,
    object: {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: 'steward', namespace: PLANE_NAMESPACE },
      spec: {
        gatewayClassName: 'steward',
        listeners: [{ name: 'http', protocol: 'HTTP', port, allowedRoutes: { namespaces: { from: 'All' } } }],
      },
    },
  },
]

const GUARDRAIL_PLURALS: Readonly<Record<string, string>> = {
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
  ClusterRole: 'clusterroles',
}

/** What the cluster refuses inside units' namespaces. Images of units are those that the node can make, and no others. */
async function guardrailObjects({ toolchain, root, images, containers }: ClusterContext): Promise<Applied[]> {
  const chart = 'cluster-guardrails'
  const renderer = createRenderer({ helm: await toolchain.tool('helm'), charts: [join(root, 'charts')] })
  const probe = containers ? [PROBE.name] : []
  const values = { images: [...(await imageNames(images)), ...probe].toSorted() }
  const { objects } = await renderer.render({ chart, release: chart, namespace: PLANE_NAMESPACE, values })
  return objects.map((object: KubernetesObject) => {
    const plural = GUARDRAIL_PLURALS[object.kind]
    if (plural === undefined) throw new Error(`chart ${chart} holds a ${object.kind}, which the estate does not apply`)
    const path = `/apis/${groupOf(object.apiVersion)}/v1/${plural}/${object.metadata.name}`
    return { path, object }
  })
}

async function applyCrds(applier: Applier, folder: string, signal: AbortSignal): Promise<void> {
  const names = PARTS.find(({ name }) => name === 'gateway-api')?.files?.names ?? []
  await Promise.all(
    names.map(async (file) => {
      const [group, plural] = file.replace('.yaml', '').split('_')
      const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.${group}`
      await applier.apply(path, await readFile(join(folder, file), 'utf8'), signal)
    }),
  )
  for (const resource of ['gatewayclasses', 'gateways', 'httproutes']) {
    while (!(await applier.serves(`${GATEWAY_GROUP}/${resource}`, signal))) await pause(25, undefined, { signal })
  }
}

/** The definitions, roles, guardrails and the Gateway that the rest of the estate relies on. Applied at every start; a repeat changes nothing. */
export const clusterObjects = (cluster: ClusterContext): Task => ({
  kind: 'task',
  name: cluster.named('cluster-objects'),
  needs: [cluster.named('kube-apiserver')],
  run: async ({ signal }) => {
    const applier = connectApplier(cluster.credentials.kubeconfig('admin'))
    const applyAll = (objects: readonly Applied[]) =>
      Promise.all(objects.map(({ path, object }) => applier.apply(path, JSON.stringify(object), signal)))
    try {
      const folder = await cluster.toolchain.folder('gateway-api')
      const objects = [namespaceObject, ...roleObjects(), ...(cluster.containers ? [kubeletAccess] : [])]
      await Promise.all([
        applyCrds(applier, folder, signal),
        applyAll(objects),
        guardrailObjects(cluster).then(applyAll),
      ])
      await applyAll(gatewayObjects(cluster.ports.gateway))
    } finally {
      applier.close()
    }
  },
})
