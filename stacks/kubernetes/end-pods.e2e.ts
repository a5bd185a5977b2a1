import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestCluster, type TestCluster } from '../../test/support/kubernetes.ts'
import { until } from '../../test/support/postgres.ts'
import { serverSideApply } from './apply.ts'
import { listObjects } from './calls.ts'
import { type Cluster, connectCluster } from './cluster.ts'
import { endPods, waitForQuota } from './end-pods.ts'
import { unlinked } from './link.ts'

let server: TestCluster
let cluster: Cluster
beforeAll(async () => {
  server = await startTestCluster({ controllers: true })
  cluster = connectCluster({ kubeconfig: server.kubeconfig })
})
afterAll(async () => {
  await cluster?.close()
  await server?.stop()
})

const containers = [{ name: 'ledger', image: 'ledger:1.0.0' }]
const labels = { app: 'busy' }
const busy = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'busy', namespace: 'quiet' },
  spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
}

test('a namespace without room is emptied of every pod, whoever made it and however long it asks for', async () => {
  const space = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'quiet' } }
  const quota = (pods: string) => ({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'instance', namespace: 'quiet' },
    spec: { hard: { pods } },
  })
  const slow = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'slow', namespace: 'quiet' },
    spec: { nodeName: 'played', terminationGracePeriodSeconds: 3600, containers },
  }
  await serverSideApply(cluster, [space, quota('9'), busy])
  await waitForQuota(cluster, { namespace: 'quiet', name: 'instance' }, unlinked)
  const look = () => listObjects(cluster, '/api/v1/namespaces/quiet/pods', { what: 'look' }, unlinked)
  await until(() => serverSideApply(cluster, [slow])) // once its namespace has an account
  await until(async () => expect(await look()).toHaveLength(3))
  await serverSideApply(cluster, [quota('0')])
  await waitForQuota(cluster, { namespace: 'quiet', name: 'instance' }, unlinked)
  let ended = false
  const ending = endPods(cluster, 'quiet', unlinked).then(() => (ended = true))
  const [left] = await until(async () => {
    const pods = await look()
    expect(pods).toMatchObject([{ metadata: { name: 'slow', deletionGracePeriodSeconds: 30 } }])
    return pods
  })
  expect(ended).toBe(false)
  const end = { method: 'DELETE', path: '/api/v1/namespaces/quiet/pods/slow', what: 'play the node' } as const
  await cluster.call({ ...end, body: { gracePeriodSeconds: 0, preconditions: { uid: left?.metadata.uid } } }, unlinked)
  await ending
  expect(await look()).toEqual([])
})

test('a quota that does not exist is not waited for', async () => {
  await expect(waitForQuota(cluster, { namespace: 'default', name: 'none' }, unlinked)).rejects.toMatchObject({
    code: 'cluster.not-found',
  })
})
