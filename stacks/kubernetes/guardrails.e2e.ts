import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TENANT_LABEL, UNIT_LABEL } from '../../control-plane/domain/naming.ts'
import {
  type GuardedCluster,
  instanceNamed,
  PROBE_IMAGE as image,
  startGuardedCluster,
} from '../../test/support/guarded-cluster.ts'
import { until } from '../../test/support/postgres.ts'
import { attempt } from './attestation/attempt.ts'
import { dryCreate, dryDelete, dryDeleteAll, dryPatch, dryTouch, placeOf } from './attestation/calls.ts'
import { container, type PodParts, probePod } from './attestation/probe-pod.ts'
import type { ApiCall } from './api-call.ts'
import { serverSideApply } from './apply.ts'
import { readObject } from './calls.ts'
import type { Cluster } from './cluster.ts'
import { unlinked } from './link.ts'
import type { KubernetesObject } from './objects.ts'

const ACME = instanceNamed('acme', '1')
const { namespace } = ACME
let rig: GuardedCluster
let tenant: Cluster
let viewer: Cluster
beforeAll(async () => {
  rig = await startGuardedCluster()
  await rig.applyInstance(ACME)
  tenant = await rig.as(namespace, 'admin')
  viewer = await rig.as(namespace, 'viewer')
  await until(async () => {
    const { said } = await attempt(tenant, dryCreate(pod({})), unlinked)
    if (said !== 'admitted') throw new Error(said)
  }, 30)
  // pod security refuses most of what the policies about pods refuse: without it each policy has to do it alone
  await rig.worker.call(
    {
      method: 'PATCH',
      path: `/api/v1/namespaces/${namespace}`,
      body: { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } },
      contentType: 'application/merge-patch+json',
      what: 'open pod security',
    },
    unlinked,
  )
  await until(guarded)
})
afterAll(() => rig?.stop())

/** The API server learns of policies a moment after they were stored, of one after the other: each is waited for. */
const guarded = async () => {
  const first = new Map(CASES.toReversed().map(([policy, , refused]) => [policy, refused]))
  for (const [policy, refused] of first) {
    const { seen } = await attempt(tenant, dryCreate(refused), unlinked)
    if (seen !== 'refused') throw new Error(`${policy} does not act yet`)
  }
}

const pod = (change: Partial<PodParts>) => probePod(namespace, image, change)
const of = (apiVersion: string, kind: string, spec: object, more: object = {}): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name: 'probe', namespace },
  ...(Object.keys(spec).length === 0 ? {} : { spec }),
  ...more,
})
const service = (spec: object) => of('v1', 'Service', { selector: { app: 'own' }, ports: [{ port: 80 }], ...spec })
const CLAIM = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
const claim = (spec: object) => of('v1', 'PersistentVolumeClaim', { ...CLAIM, ...spec })
const network = (spec: object) => of('networking.k8s.io/v1', 'NetworkPolicy', { podSelector: {}, ...spec })
const route = (spec: object) => of('gateway.networking.k8s.io/v1', 'HTTPRoute', spec)
const hosts = (...hostnames: string[]) => route({ hostnames, rules: [] })
const labelled = (labels: object): KubernetesObject =>
  of('v1', 'ConfigMap', {}, { metadata: { name: 'probe', namespace, labels } })
const deployment = (labels: Record<string, string>) =>
  of('apps/v1', 'Deployment', {
    replicas: 0,
    selector: { matchLabels: { app: 'own' } },
    template: { metadata: { labels: { app: 'own', ...labels } }, spec: { containers: [container(image)] } },
  })
const claims = (labels: object) => ({
  ephemeral: { volumeClaimTemplate: { metadata: { labels }, spec: { ...CLAIM, storageClassName: 'fast' } } },
})
const cronJob = (labels: object) =>
  of('batch/v1', 'CronJob', {
    schedule: '0 0 1 1 *',
    jobTemplate: {
      metadata: { labels },
      spec: { template: { spec: { restartPolicy: 'Never', containers: [container(image)] } } },
    },
  })
const finalized = (...finalizers: string[]): KubernetesObject =>
  of('v1', 'ConfigMap', {}, { metadata: { name: 'probe', namespace, finalizers } })
const binding = (name: string) =>
  of(
    'rbac.authorization.k8s.io/v1',
    'RoleBinding',
    {},
    {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name: 'own', namespace }],
    },
  )
const env = (name: string) => ({ env: [{ name: 'X', valueFrom: { secretKeyRef: { name, key: 'X' } } }] })
const with1 = (change: Record<string, unknown>) => pod({ containers: [container(image, change)] })
const volume = (source: object) => pod({ volumes: [{ name: 'v', ...source }] })

/** Policy, what it refuses a tenant, and nearly the same that it admits. */
const CASES: readonly (readonly [string, string, KubernetesObject, KubernetesObject])[] = [
  ['no-exposed-services', 'a NodePort', service({ type: 'NodePort' }), service({ type: 'ClusterIP' })],
  ['no-exposed-services', 'a load balancer', service({ type: 'LoadBalancer' }), service({})],
  [
    'no-exposed-services',
    'an alias of another host',
    service({ type: 'ExternalName', externalName: 'x.example' }),
    service({}),
  ],
  ['no-exposed-services', 'addresses of others', service({ externalIPs: ['192.0.2.1'] }), service({ externalIPs: [] })],
  ['no-host-paths', 'a path of the node', volume({ hostPath: { path: '/' } }), volume({ emptyDir: {} })],
  ['no-host-ports', 'the network of the node', pod({ hostNetwork: true }), pod({ hostNetwork: false })],
  [
    'no-host-ports',
    'a port of the node',
    with1({ ports: [{ containerPort: 80, hostPort: 80 }] }),
    with1({ ports: [{ containerPort: 80 }] }),
  ],
  ['no-host-pid', 'processes of the node', pod({ hostPID: true }), pod({ hostPID: false })],
  ['no-host-ipc', 'shared memory of the node', pod({ hostIPC: true }), pod({ hostIPC: false })],
  [
    'pull-always',
    'an image that may be there',
    with1({ imagePullPolicy: 'IfNotPresent' }),
    with1({ imagePullPolicy: 'Always' }),
  ],
  [
    'pull-always',
    'the same in an init container',
    pod({ initContainers: [container(image, { name: 'init', imagePullPolicy: 'Never' })] }),
    pod({ initContainers: [container(image, { name: 'init' })] }),
  ],
  ['allowed-images', 'another image', with1({ image: 'evil:1' }), with1({ image: 'ledger@sha256:0f' })],
  [
    'allowed-images',
    'a registry that begins like it',
    with1({ image: 'ledger:5000/evil' }),
    with1({ image: 'ledger' }),
  ],
  ['allowed-images', 'a repository below it', with1({ image: 'ledger/evil:1' }), with1({ image: 'ledger:2' })],
  [
    'no-inline-storage',
    'a share of its own',
    volume({ nfs: { server: 'x', path: '/' } }),
    volume({ configMap: { name: 'x' } }),
  ],
  [
    'no-inline-storage',
    'a driver of its own',
    volume({ csi: { driver: 'x.example' } }),
    volume({ persistentVolumeClaim: { claimName: 'x' } }),
  ],
  ['network-peers', 'everybody let in', network({ ingress: [{}] }), network({ ingress: [] })],
  [
    'network-peers',
    'another namespace let in',
    network({ ingress: [{ from: [{ namespaceSelector: {} }] }] }),
    network({ ingress: [{ from: [{ podSelector: {} }] }] }),
  ],
  [
    'network-peers',
    'addresses let out to',
    network({ egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }] }),
    network({ egress: [{ to: [{ podSelector: { matchLabels: { app: 'own' } } }] }] }),
  ],
  ['tenant-hosts', 'a host of another tenant', hosts('bolt.localhost'), hosts('acme.localhost')],
  ['tenant-hosts', 'one of another beside its own', hosts('acme.localhost', 'bolt.localhost'), hosts('acme.localhost')],
  ['tenant-hosts', 'every host there is', route({ rules: [] }), hosts('acme.localhost')],
  [
    'tenant-hosts',
    'a Service of another namespace',
    route({
      hostnames: ['acme.localhost'],
      rules: [{ backendRefs: [{ name: 'x', namespace: 'tenant-bolt', port: 80 }] }],
    }),
    route({ hostnames: ['acme.localhost'], rules: [{ backendRefs: [{ name: 'x', port: 80 }] }] }),
  ],
  ['protected-labels', 'a label of ours', labelled({ [UNIT_LABEL]: 'x' }), labelled({ app: 'x' })],
  ['protected-labels', 'pods with a label of ours', deployment({ [UNIT_LABEL]: 'x' }), deployment({})],
  ['protected-labels', 'Jobs with a label of ours', cronJob({ [TENANT_LABEL]: 'x' }), cronJob({ app: 'own' })],
  [
    'protected-labels',
    'claims with a label of ours',
    volume(claims({ [TENANT_LABEL]: 'x' })),
    volume(claims({ app: 'own' })),
  ],
  [
    'no-priority',
    'precedence over everybody',
    pod({ priorityClassName: 'system-node-critical' }),
    pod({ priorityClassName: '' }),
  ],
  ['no-priority', 'a node of its choice', pod({ nodeName: 'local' }), pod({ nodeName: '' })],
  ['no-finalizers', 'a finalizer of its own', finalized('x.example/keep'), finalized('orphan')],
  [
    'protected-accounts',
    'the rights of its people for ever',
    binding('steward-tenant-admin'),
    binding('steward-tenant-viewer'),
  ],
  [
    'protected-accounts',
    'an account of people',
    pod({ serviceAccountName: 'tenant-admin' }),
    pod({ serviceAccountName: 'own' }),
  ],
  [
    'protected-accounts',
    'a token without an end',
    of(
      'v1',
      'Secret',
      {},
      {
        type: 'kubernetes.io/service-account-token',
        metadata: { name: 'probe', namespace, annotations: { 'kubernetes.io/service-account.name': 'tenant-admin' } },
      },
    ),
    of('v1', 'Secret', {}, { type: 'Opaque' }),
  ],
  ['protected-secrets', 'the database’s logins read', with1(env('database')), with1(env('own'))],
  [
    'protected-secrets',
    'the database’s logins mounted',
    volume({ projected: { sources: [{ secret: { name: 'database' } }] } }),
    volume({ secret: { secretName: 'own' } }),
  ],
]

describe('a tenant is refused, by the policy’s name,', () => {
  test.each(CASES)('%s: %s', async (policy, _what, refused, admitted) => {
    expect(await attempt(tenant, dryCreate(refused), unlinked)).toMatchObject({
      seen: 'refused',
      guard: `steward-${policy}`,
    })
    expect((await attempt(tenant, dryCreate(admitted), unlinked)).said).toBe('admitted')
  })

  test('no-existing-volumes: a claim by volume, selector or no class', async () => {
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', namespace, name: 'instance' }
    const patch = (count: string): ApiCall => ({
      method: 'PATCH',
      path: `/api/v1/namespaces/${namespace}/resourcequotas/instance`,
      body: { spec: { hard: { persistentvolumeclaims: count, 'requests.storage': '10Gi' } } },
      contentType: 'application/merge-patch+json',
      what: 'grant claims',
    })
    await rig.worker.call(patch('3'), unlinked)
    await expect
      .poll(async () => (await readObject(rig.worker, quota, unlinked))?.['status'], { timeout: 30_000 })
      .toMatchObject({ hard: { persistentvolumeclaims: '3' }, used: { persistentvolumeclaims: '0' } })
    for (const named of [
      { volumeName: 'planted' },
      { selector: { matchLabels: { a: 'b' } } },
      { storageClassName: '' },
    ])
      expect(await attempt(tenant, dryCreate(claim(named)), unlinked)).toMatchObject({
        guard: 'steward-no-existing-volumes',
      })
    expect((await attempt(tenant, dryCreate(claim({ storageClassName: 'fast' })), unlinked)).said).toBe('admitted')
  })
})

describe('what belongs to the plane', () => {
  const OURS = [
    ['networking.k8s.io/v1', 'NetworkPolicy', 'default-deny'],
    ['rbac.authorization.k8s.io/v1', 'RoleBinding', 'tenant-viewer'],
    ['v1', 'ServiceAccount', 'product'],
  ] as const

  test.each(OURS)('%s %s %s is neither changed nor deleted by its tenant', async (apiVersion, kind, name) => {
    const place = placeOf(of(apiVersion, kind, {}))
    const calls = [dryTouch(place, name), dryDelete(place, name), dryDeleteAll(place)]
    for (const call of calls)
      expect(await attempt(tenant, call, unlinked)).toMatchObject({
        seen: 'refused',
        guard: 'steward-protected-objects',
      })
    expect((await attempt(rig.worker, dryTouch(place, name), unlinked)).said).toBe('admitted')
  })

  test('quotas and limits are not even offered for change', async () => {
    for (const kind of ['ResourceQuota', 'LimitRange'])
      expect(await attempt(tenant, dryTouch(placeOf(of('v1', kind, {})), 'instance'), unlinked)).toMatchObject({
        guard: 'rbac',
      })
  })

  test('its own objects a tenant changes and deletes, also all at once', async () => {
    const own = network({ ingress: [] })
    await tenant.call({ ...dryCreate(own), query: {} }, unlinked)
    const place = placeOf(own)
    const label = (value: string | null) => dryPatch(place, 'probe', { metadata: { labels: { [UNIT_LABEL]: value } } })
    expect(await attempt(tenant, label('x'), unlinked)).toMatchObject({ guard: 'steward-protected-labels' })
    for (const call of [dryTouch(place, 'probe'), dryDelete(place, 'probe'), dryDeleteAll(place, `!${UNIT_LABEL}`)])
      expect((await attempt(tenant, call, unlinked)).said).toBe('admitted')
  })

  test('namespaces of units are the plane’s, whoever has the rights', async () => {
    await serverSideApply(rig.admin, [
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'test-namespaces' },
        rules: [{ apiGroups: [''], resources: ['namespaces'], verbs: ['*'] }],
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'test-namespaces' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'test-namespaces' },
        subjects: [{ kind: 'ServiceAccount', name: 'tenant-admin', namespace }],
      },
    ])
    const place = { apiVersion: 'v1', plural: 'namespaces', namespace: undefined }
    const mine = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'own', labels: { [UNIT_LABEL]: 'x' } } }
    const calls: ApiCall[] = [
      dryPatch(place, namespace, { metadata: { labels: { [UNIT_LABEL]: null } } }),
      dryDelete(place, namespace),
      { method: 'POST', path: '/api/v1/namespaces', query: { dryRun: 'All' }, body: mine, what: 'create' },
    ]
    for (const call of calls)
      await expect
        .poll(async () => (await attempt(tenant, call, unlinked)).guard)
        .toMatch(/^steward-protected-(namespaces|labels|objects)$/)
    const plain = { ...mine, metadata: { name: 'own' } }
    const call: ApiCall = {
      method: 'POST',
      path: '/api/v1/namespaces',
      query: { dryRun: 'All' },
      body: plain,
      what: 'create',
    }
    expect((await attempt(tenant, call, unlinked)).said).toBe('admitted')
  })

  test('tokens are not for a tenant to make, neither of its people nor of its own accounts: they would outlive its kubeconfig', async () => {
    const token = (account: string): ApiCall => ({
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
      query: { dryRun: 'All' },
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
      what: 'token',
    })
    for (const account of ['tenant-viewer', 'default'])
      expect(await attempt(tenant, token(account), unlinked)).toMatchObject({ guard: 'rbac' })
    expect((await attempt(rig.worker, token('tenant-viewer'), unlinked)).said).toBe('admitted')
  })
})

test('pods are held to their policies whoever makes them, and the product’s may read its logins', async () => {
  const ours = (change: Record<string, unknown>) => {
    const made = with1(change)
    return { ...made, metadata: { ...made.metadata, labels: { [UNIT_LABEL]: ACME.unit.id } } }
  }
  expect(await attempt(rig.admin, dryCreate(with1({ imagePullPolicy: 'Never' })), unlinked)).toMatchObject({
    guard: 'steward-pull-always',
  })
  expect((await attempt(rig.admin, dryCreate(ours(env('database'))), unlinked)).said).toBe('admitted')
})

test('nothing is asked of namespaces that are no unit’s', async () => {
  const elsewhere = {
    ...with1({ imagePullPolicy: 'Never', image: 'x' }),
    metadata: { name: 'x', namespace: 'default' },
  }
  expect((await attempt(rig.admin, dryCreate(elsewhere), unlinked)).said).toBe('admitted')
})

test('a viewer sees, and neither changes anything nor reads a secret', async () => {
  const pods = placeOf(pod({}))
  expect(
    (await attempt(viewer, { method: 'GET', path: `/api/v1/namespaces/${namespace}/pods`, what: 'list' }, unlinked))
      .said,
  ).toBe('admitted')
  for (const call of [dryCreate(pod({})), dryDeleteAll(pods)])
    expect(await attempt(viewer, call, unlinked)).toMatchObject({ guard: 'rbac' })
  for (const who of [viewer, tenant])
    expect(
      await attempt(who, { method: 'GET', path: `/api/v1/namespaces/${namespace}/secrets`, what: 'list' }, unlinked),
    ).toMatchObject({ guard: 'rbac' })
})
