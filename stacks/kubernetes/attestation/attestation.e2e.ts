import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CHECK_IDS, type CheckId, type CheckResult } from '../../../control-plane/domain/attestation.ts'
import { UNIT_LABEL } from '../../../control-plane/domain/naming.ts'
import {
  type GuardedCluster,
  instanceNamed,
  PROBE_IMAGE,
  startGuardedCluster,
} from '../../../test/support/guarded-cluster.ts'
import { until } from '../../../test/support/postgres.ts'
import type { ApiCall } from '../api-call.ts'
import { serverSideApply } from '../apply.ts'
import { readObject } from '../calls.ts'
import type { Cluster } from '../cluster.ts'
import { type Link, unlinked } from '../link.ts'
import type { KubernetesObject, ObjectRef } from '../objects.ts'
import type { Attested } from './context.ts'
import { runChecks } from './run-checks.ts'
import { attest, probeNamespace, probeValues } from './spaces.ts'

const ACME = instanceNamed('acme', '1')
const { namespace, unit } = ACME
const PROBE = probeNamespace(namespace)
let rig: GuardedCluster
let attested: Attested
beforeAll(async () => {
  rig = await startGuardedCluster()
  await rig.applyInstance(ACME, { quota: { persistentVolumeClaims: 2, storageGi: 5 } })
  const { quota, ...probe } = probeValues(unit, namespace)
  await rig.applyInstance({ unit, tenantId: probe.tenant.id, namespace: PROBE }, { quota })
  const [ours, other] = await Promise.all([rig.as(namespace, 'admin'), rig.as(PROBE, 'admin')])
  attested = {
    ours: { namespace, tenant: ours },
    other: { namespace: PROBE, tenant: other },
    operator: rig.worker,
    reader: rig.sweep,
    unitId: unit.id,
    image: PROBE_IMAGE,
    traffic: null,
    link: unlinked,
  }
  await serverSideApply(rig.admin, [storageClass('Delete')])
  await until(async () => {
    const open = (await runChecks(attested, CHECK_IDS)).flatMap(surprises).filter(withoutTraffic)
    if (open.length > 0) throw new Error(`not every policy acts yet: ${open.join('; ')}`)
  }, 60)
})
afterAll(() => rig?.stop())

const storageClass = (reclaimPolicy: string, name = 'fast'): KubernetesObject => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name },
  provisioner: 'storage.invalid/none',
  reclaimPolicy,
})
const run = async (id: CheckId): Promise<CheckResult> => {
  const [result] = await runChecks(attested, [id])
  if (!result) throw new Error('one check, one result')
  return result
}
const outcomeOf = async (id: CheckId) => (await run(id)).outcome
/** What went otherwise than expected: read when a test fails. */
const surprises = ({ id, observations }: CheckResult) =>
  observations
    .filter(({ expected, seen, guard, guards }) =>
      expected === 'refused' ? seen !== 'refused' || !guards.includes(guard ?? '') : seen !== expected,
    )
    .map(({ what, seen, guard, said }) => `${id}: ${what}: ${seen} ${guard ?? ''} ${said}`)
/** Nothing sends traffic here. */
const withoutTraffic = (surprise: string): boolean => !surprise.includes('traffic from')

type Undo = () => Promise<unknown>
const patch = (path: string, body: unknown, contentType = 'application/merge-patch+json'): Promise<unknown> =>
  rig.admin.call({ method: 'PATCH', path, body, contentType, what: 'mutate' }, unlinked)
const BINDINGS = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings'
const CLUSTER_ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles'

/** A policy only watches instead of refusing. */
async function policyOff(name: string): Promise<Undo> {
  const act = (validationActions: string[]) => patch(`${BINDINGS}/steward-${name}`, { spec: { validationActions } })
  await act(['Audit'])
  return () => act(['Deny'])
}
async function podSecurityOff(): Promise<Undo> {
  const enforce = (level: string) =>
    patch(`/api/v1/namespaces/${namespace}`, { metadata: { labels: { 'pod-security.kubernetes.io/enforce': level } } })
  await enforce('privileged')
  return () => enforce('restricted')
}
/** The tenant's role grants something more. */
async function grantMore(apiGroups: string[], resources: string[], verbs: string[]): Promise<Undo> {
  const at = `${CLUSTER_ROLES}/steward-tenant-admin`
  const before = (await rig.admin.call({ method: 'GET', path: at, what: 'read' }, unlinked)) as { rules: object[] }
  await patch(at, { rules: [...before.rules, { apiGroups, resources, verbs }] })
  return () => patch(at, { rules: before.rules })
}
async function grantLess(resource: string): Promise<Undo> {
  const at = `${CLUSTER_ROLES}/steward-tenant-admin`
  const before = (await rig.admin.call({ method: 'GET', path: at, what: 'read' }, unlinked)) as {
    rules: { resources: string[] }[]
  }
  const rules = before.rules.map((rule) => ({ ...rule, resources: rule.resources.filter((one) => one !== resource) }))
  await patch(at, { rules: rules.filter(({ resources }) => resources.length > 0) })
  return () => patch(at, { rules: before.rules })
}
/** A binding that was never ours gives the tenant's people a role. */
async function bindMore(kind: 'ClusterRoleBinding' | 'RoleBinding', role: string, at?: string): Promise<Undo> {
  const apiGroup = 'rbac.authorization.k8s.io'
  const object: KubernetesObject = {
    apiVersion: `${apiGroup}/v1`,
    kind,
    metadata: { name: 'careless', ...(at === undefined ? {} : { namespace: at }) },
    roleRef: { apiGroup, kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', name: 'tenant-admin', namespace }],
  }
  await serverSideApply(rig.admin, [object])
  return () => remove({ apiVersion: object.apiVersion, kind, ...object.metadata })
}
async function remove(ref: ObjectRef): Promise<void> {
  await rig.admin.call(
    { method: 'DELETE', path: await rig.admin.discovery.path(ref, unlinked), what: 'remove' },
    unlinked,
  )
}
async function quotaWithout(...names: string[]): Promise<Undo> {
  const path = `/api/v1/namespaces/${namespace}/resourcequotas/instance`
  const ref = { apiVersion: 'v1', kind: 'ResourceQuota', namespace, name: 'instance' }
  const quota = await readObject(rig.admin, ref, unlinked)
  if (!quota) throw new Error('the instance has no quota')
  const { hard } = quota['spec'] as { hard: Record<string, string> } // of the chart
  await patch(path, { spec: { hard: Object.fromEntries(names.map((name) => [name, null])) } })
  return () => patch(path, { spec: { hard } })
}
async function both(...undos: Promise<Undo>[]): Promise<Undo> {
  const done = await Promise.all(undos)
  return () => Promise.all(done.map((undo) => undo()))
}
async function withoutDefaultDeny(): Promise<Undo> {
  const ref = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', namespace, name: 'default-deny' }
  await remove(ref)
  return () => rig.applyInstance(ACME, { quota: { persistentVolumeClaims: 2, storageGi: 5 } })
}
async function retainedVolume(): Promise<Undo> {
  const name = 'planted'
  const spec = {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    persistentVolumeReclaimPolicy: 'Retain',
    claimRef: { namespace, name: 'any' },
    hostPath: { path: '/nowhere' },
  }
  await serverSideApply(rig.admin, [{ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name }, spec }])
  return () => remove({ apiVersion: 'v1', kind: 'PersistentVolume', name })
}

/** For each check: a guard that is taken away. */
const MUTATIONS: Readonly<Record<CheckId, () => Promise<Undo>>> = {
  'MTB-PL1-CC-CPI-1': () => bindMore('ClusterRoleBinding', 'view-nodes'),
  'MTB-PL1-BC-CPI-2': () => policyOff('protected-objects'),
  'MTB-PL1-BC-CPI-3': podSecurityOff,
  'MTB-PL1-BC-CPI-4': podSecurityOff,
  'MTB-PL1-BC-CPI-5': podSecurityOff,
  'MTB-PL1-BC-CPI-6': podSecurityOff,
  'MTB-PL1-CC-TI-1': () => both(grantMore([''], ['resourcequotas'], ['*']), policyOff('protected-objects')),
  'MTB-PL1-CC-TI-2': () => bindMore('RoleBinding', 'steward-tenant-viewer', PROBE),
  'MTB-PL1-BC-HI-1': () => both(podSecurityOff(), policyOff('no-host-paths')),
  'MTB-PL1-BC-HI-1-nodeport': () =>
    both(policyOff('no-exposed-services'), quotaWithout('services.nodeports', 'services.loadbalancers')),
  'MTB-PL1-BC-HI-3': () => both(podSecurityOff(), policyOff('no-host-ports')),
  'MTB-PL1-BC-HI-4': () => both(podSecurityOff(), policyOff('no-host-pid')),
  'MTB-PL1-BC-HI-5': () => both(podSecurityOff(), policyOff('no-host-ipc')),
  'MTB-PL1-CC-FNS-1': () => quotaWithout('limits.memory'),
  'MTB-PL1-CC-FNS-2': () => quotaWithout('configmaps'),
  'MTB-PL1-CC-DI-1': () => policyOff('pull-always'),
  'MTB-PL2-CC-TI-1': () => grantMore(['rbac.authorization.k8s.io'], ['roles'], ['escalate']),
  'MTB-PL2-BC-OPS-3': () => grantLess('rolebindings'),
  'MTB-PL2-BC-OPS-4': () => grantLess('networkpolicies'),
  'MTB-1198': () => policyOff('no-inline-storage'),
  'MTB-1199': retainedVolume,
  'MTB-1200': () => policyOff('no-existing-volumes'),
  'MTB-1201': withoutDefaultDeny,
}
/** A check that passes everywhere but where it needs what no API server has. */
const sound = (id: CheckId) => (id === 'MTB-1201' ? 'not-enforced' : 'pass')

test('a whole instance is attested: every check green with its controls, and what needs traffic says so', async () => {
  const { server, worker, sweep } = rig
  const asked = { operator: worker, reader: sweep, unitId: unit.id, namespace, image: PROBE_IMAGE, traffic: null }
  const results = await attest({ ...asked, kubeconfig: server.kubeconfig }, unlinked)
  expect(results.flatMap(surprises).filter(withoutTraffic)).toEqual([])
  expect(results.map(({ id, outcome }) => [id, outcome])).toEqual(CHECK_IDS.map((id) => [id, sound(id)]))
  expect(results).toHaveLength(23)
  // once more, on what the first run left in the second namespace
  const again = await attest({ ...asked, kubeconfig: server.kubeconfig }, unlinked)
  expect(again.map(({ outcome }) => outcome)).toEqual(results.map(({ outcome }) => outcome))
})

describe('a check whose guard is taken away turns red, and green again when the guard is back:', () => {
  beforeAll(async () => {
    await serverSideApply(rig.admin, [
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'view-nodes' },
        rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list'] }],
      },
    ])
  })
  test.each(CHECK_IDS)('%s', async (id) => {
    const undo = await MUTATIONS[id]()
    try {
      // the API server learns of policies and roles a moment after they were stored
      await expect.poll(() => outcomeOf(id), { timeout: 20_000, interval: 200 }).toBe('fail')
    } finally {
      await undo()
    }
    await expect
      .poll(async () => surprises(await run(id)).filter(withoutTraffic), {
        timeout: 20_000,
        interval: 200,
      })
      .toEqual([])
    expect(await outcomeOf(id)).toBe(sound(id))
  })
})

describe('a quota that is counted from a stale cache', () => {
  const quota = `/api/v1/namespaces/${PROBE}/resourcequotas/instance`
  /** As the quota's controller does when its cache lacks what was made last: after these creations it counts no Secret. */
  function forgetful(cluster: Cluster, forgets: (made: number) => boolean): Cluster {
    let made = 0
    const call = async (request: ApiCall, link: Link) => {
      const answer = await cluster.call(request, link)
      const isReal = request.method === 'POST' && request.path.endsWith('/secrets') && !request.query
      if (isReal && forgets((made += 1)))
        await patch(`${quota}/status`, { status: { used: { secrets: '0', 'count/secrets': '0' } } })
      return answer
    }
    return { ...cluster, call }
  }
  const bounds = async (forgets: (made: number) => boolean) => {
    const other = { ...attested.other, tenant: forgetful(attested.other.tenant, forgets) }
    const [result] = await runChecks({ ...attested, other }, ['MTB-PL1-CC-FNS-2'])
    return result?.outcome
  }

  test('lets a few more in, which opens nothing; one that keeps no bound is found', async () => {
    expect(await bounds((made) => made === 5)).toBe('pass')
    expect(await bounds(() => true)).toBe('fail')
    expect(await outcomeOf('MTB-PL1-CC-FNS-2')).toBe('pass')
  })
})

describe('a check whose question is no fair one says nothing:', () => {
  const nowhere = (cluster: Cluster): Cluster => ({
    ...cluster,
    call: (call: ApiCall, link) => cluster.call({ ...call, path: call.path.replace(namespace, 'tenant-nobody') }, link),
  })

  test.each(['MTB-PL1-BC-HI-4', 'MTB-PL1-CC-DI-1', 'MTB-PL1-BC-HI-1-nodeport', 'MTB-PL2-CC-TI-1', 'MTB-1198'] as const)(
    '%s with a tenant that may not even do what is allowed',
    async (id) => {
      const { tenant } = attested.ours
      const [result] = await runChecks({ ...attested, ours: { namespace, tenant: nowhere(tenant) } }, [id])
      expect(result?.outcome).toBe('inconclusive')
    },
  )

  test('no check passes or fails when the plane’s own eyes are shut', async () => {
    const blind: Cluster = {
      ...rig.sweep,
      call: (call, link) => nowhereAtAll.call(call, link),
      discovery: rig.sweep.discovery,
    }
    const nowhereAtAll = await rig.as(PROBE, 'viewer')
    const ids: CheckId[] = ['MTB-PL1-BC-CPI-2', 'MTB-PL1-CC-TI-1', 'MTB-PL1-CC-FNS-1', 'MTB-1199', 'MTB-1201']
    const results = await runChecks({ ...attested, reader: blind }, ids)
    expect(results.map(({ outcome }) => outcome)).toEqual(ids.map(() => 'inconclusive'))
  })

  test('a probe that may not run has measured no network, and leaves nothing behind', async () => {
    const traffic = { image: 'stranger:1', control: '127.0.0.1:1' }
    const [result] = await runChecks({ ...attested, traffic }, ['MTB-1201'])
    expect(result?.outcome).toBe('inconclusive')
    expect(JSON.stringify(result)).toContain('steward-allowed-images')
  })

  test('no object of ours to be found is no proof that ours are protected', async () => {
    const [result] = await runChecks({ ...attested, unitId: '01900000-0000-7000-8000-0000000000ff' }, [
      'MTB-PL1-BC-CPI-2',
    ])
    expect(result?.outcome).toBe('inconclusive')
    expect(UNIT_LABEL in (result ?? {})).toBe(false)
  })

  test('a cluster that makes no volumes has none attested', async () => {
    await remove({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name: 'fast' })
    const results = await runChecks(attested, ['MTB-1199', 'MTB-1200'])
    expect(results.map(({ outcome }) => outcome)).toEqual(['not-enforced', 'not-enforced'])
    await serverSideApply(rig.admin, [storageClass('Retain')])
    expect(await outcomeOf('MTB-1199')).toBe('fail')
  })
})
