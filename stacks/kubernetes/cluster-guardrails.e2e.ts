import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestCluster, type TestCluster, toolBinary } from '../../test/support/kubernetes.ts'
import { serverSideApply } from './apply.ts'
import { type Cluster, connectCluster } from './cluster.ts'
import { lackingGuardrails } from './cluster-guardrails.ts'
import { unlinked } from './link.ts'
import type { KubernetesObject } from './objects.ts'
import { createRenderer } from './render.ts'

/** Whether a cluster has what its units rely on, on a real API server. */
let server: TestCluster
let admin: Cluster
let reader: Cluster
let render: (images: string[]) => Promise<KubernetesObject[]>
beforeAll(async () => {
  server = await startTestCluster()
  admin = connectCluster({ kubeconfig: server.kubeconfig })
  reader = connectCluster({ kubeconfig: server.sweepKubeconfig })
  const charts = [path.join(import.meta.dirname, '../../charts')]
  const renderer = createRenderer({ helm: await toolBinary('helm'), charts })
  render = async (images) => {
    const use = { chart: 'cluster-guardrails', release: 'cluster-guardrails', namespace: 'steward', values: { images } }
    return (await renderer.render(use)).objects
  }
})
afterAll(async () => {
  await Promise.all([admin?.close(), reader?.close()])
  await server?.stop()
})

const lacking = async () => lackingGuardrails(reader, await render(['any']), unlinked)
const change = async (kind: string, name: string, method: 'DELETE' | 'PATCH', body?: object) => {
  const at = await admin.discovery.path({ apiVersion: 'admissionregistration.k8s.io/v1', kind, name }, unlinked)
  const call = { method, path: at, contentType: 'application/merge-patch+json', what: 'meddle' } as const
  await admin.call(body ? { ...call, body } : call, unlinked)
}

test('a cluster without them lacks each by name; with those of another registry it lacks none', async () => {
  const all = await render(['any'])
  expect(await lacking()).toHaveLength(all.length)
  expect(await lacking()).toContain('ValidatingAdmissionPolicy steward-no-host-ports is missing')
  await serverSideApply(admin, await render(['registry.example/team/', 'another/']))
  expect(await lacking()).toEqual([])
})

test('one that is gone, one that only warns, one that binds elsewhere and one that lets through what it cannot judge', async () => {
  await serverSideApply(admin, await render(['ledger']))
  await change('ValidatingAdmissionPolicyBinding', 'steward-no-host-ipc', 'DELETE')
  await change('ValidatingAdmissionPolicyBinding', 'steward-no-host-pid', 'PATCH', {
    spec: { validationActions: ['Warn'] },
  })
  await change('ValidatingAdmissionPolicyBinding', 'steward-no-host-paths', 'PATCH', {
    spec: { matchResources: { namespaceSelector: { matchExpressions: null, matchLabels: { none: 'at-all' } } } },
  })
  await change('ValidatingAdmissionPolicy', 'steward-no-host-ports', 'PATCH', { spec: { failurePolicy: 'Ignore' } })
  expect((await lacking()).toSorted()).toEqual([
    'ValidatingAdmissionPolicy steward-no-host-ports does not refuse what it should',
    'ValidatingAdmissionPolicyBinding steward-no-host-ipc is missing',
    'ValidatingAdmissionPolicyBinding steward-no-host-paths does not refuse what it should',
    'ValidatingAdmissionPolicyBinding steward-no-host-pid does not refuse what it should',
  ])
  for (const name of ['steward-no-host-pid', 'steward-no-host-paths'])
    await change('ValidatingAdmissionPolicyBinding', name, 'DELETE') // applying would only add to what is bound there
  await serverSideApply(admin, await render(['ledger']))
  expect(await lacking()).toEqual([])
})
