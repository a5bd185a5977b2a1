import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { attempt } from '../../stacks/kubernetes/attestation/attempt.ts'
import {
  create,
  dryCreate,
  dryDelete,
  dryDeleteAll,
  dryTouch,
  get,
  list,
  type Place,
} from '../../stacks/kubernetes/attestation/calls.ts'
import { probePod } from '../../stacks/kubernetes/attestation/probe-pod.ts'
import type { ApiCall } from '../../stacks/kubernetes/api-call.ts'
import { type Cluster, connectCluster } from '../../stacks/kubernetes/cluster.ts'
import { unlinked } from '../../stacks/kubernetes/link.ts'
import type { KubernetesObject } from '../../stacks/kubernetes/objects.ts'
import { createCell, testEstate, type TestEstate } from '../support/estate.ts'
import { placesOf } from '../support/secrets.ts'
import { claimsOf, resigned } from '../support/tenant-token.ts'

/** What a tenant's own kubeconfig opens on a real API server, and what it does not. */
let its: TestEstate
let admin: Cluster
let tenant: Cluster
let viewer: Cluster
const handedOut: string[] = []
const opened: Cluster[] = []
const OWN = 'tenant-acme'
const OTHER = 'tenant-bolt'

async function done(method: string, at: string, body?: unknown): Promise<void> {
  const answer = await its.plane.call(method, at, body === undefined ? {} : { body })
  if (answer.status !== 202) throw new Error(`${method} ${at}: ${answer.status} ${JSON.stringify(answer.body)}`)
  await its.plane.settle(String(answer.body['operationId']))
}
const ask = (slug: string, role: string, expiresInSeconds?: number) =>
  its.plane.call('POST', `/v1/tenants/${slug}/kubeconfig`, {
    body: { role, ...(expiresInSeconds === undefined ? {} : { expiresInSeconds }) },
  })
type Kubeconfig = { users: { user: { token: string } }[]; contexts: { context: { namespace: string } }[] }
async function handed(slug: string, role: string, seconds?: number): Promise<{ token: string; file: string }> {
  const { status, body } = await ask(slug, role, seconds)
  if (status !== 201) throw new Error(`${slug} ${role}: ${status} ${JSON.stringify(body)}`)
  const config = parse(String(body['kubeconfig'])) as Kubeconfig
  const token = config.users[0]?.user.token ?? ''
  handedOut.push(token)
  const file = path.join(its.estate.home, `${slug}-${role}-${handedOut.length}.kubeconfig`)
  await writeFile(file, String(body['kubeconfig']), { mode: 0o600 })
  return { token, file }
}
const connect = (kubeconfig: string, token?: string): Cluster => {
  const cluster = connectCluster({ kubeconfig, ...(token === undefined ? {} : { token }) })
  opened.push(cluster)
  return cluster
}
const open = async (slug: string, role: string) => connect((await handed(slug, role)).file)

beforeAll(async () => {
  its = await testEstate()
  admin = connect(its.estate.credentials.kubeconfig('admin'))
  await createCell(its.plane, 'home')
  for (const slug of ['acme', 'bolt']) await done('POST', '/v1/tenants', { slug, plan: 'team-private' })
  tenant = await open('acme', 'tenant-admin')
  viewer = await open('acme', 'tenant-viewer')
})
afterAll(async () => {
  for (const cluster of opened) await cluster.close()
  await its?.remove()
})

const place = (apiVersion: string, plural: string, namespace?: string): Place => ({ apiVersion, plural, namespace })
const pods = (namespace?: string) => place('v1', 'pods', namespace)
const secrets = (namespace: string) => place('v1', 'secrets', namespace)
const rbac = (plural: string, namespace?: string) => place('rbac.authorization.k8s.io/v1', plural, namespace)
const object = (apiVersion: string, kind: string, namespace: string | undefined, more: object): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name: 'own', ...(namespace === undefined ? {} : { namespace }) },
  ...more,
})
const configMap = (namespace: string) => object('v1', 'ConfigMap', namespace, { data: { a: 'b' } })
const subject = (name: string, namespace: string) => ({ kind: 'ServiceAccount', name, namespace })
const binding = (namespace: string | undefined, role: string) =>
  object('rbac.authorization.k8s.io/v1', namespace ? 'RoleBinding' : 'ClusterRoleBinding', namespace, {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [subject('tenant-admin', OWN)],
  })
const role = (...rules: object[]) => object('rbac.authorization.k8s.io/v1', 'Role', OWN, { rules })
const reading = { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] }
const token = (namespace: string, account: string): ApiCall => ({
  method: 'POST',
  path: `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
  body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  what: `token of ${account}`,
})
const as = (call: ApiCall, headers: Record<string, string>): ApiCall => ({ ...call, headers })
const post = (at: string): ApiCall => ({ method: 'POST', path: at, query: { command: 'id' }, what: `post ${at}` })
const listed = async (cluster: Cluster, at: Place) =>
  ((await cluster.call(list(at), unlinked)) as { items: { metadata: { name: string } }[] }).items

describe('what the role says', () => {
  test('an admin of its namespace makes, changes and deletes what is its own there', async () => {
    for (const made of [configMap(OWN), role({ apiGroups: [''], resources: ['pods'], verbs: ['get'] })]) {
      const at = place(made.apiVersion, made.kind === 'Role' ? 'roles' : 'configmaps', OWN)
      await tenant.call(create(made), unlinked)
      expect((await attempt(tenant, dryTouch(at, 'own'), unlinked)).said).toBe('admitted')
      await tenant.call({ ...dryDelete(at, 'own'), query: {} }, unlinked)
    }
    expect((await attempt(tenant, dryCreate(probePod(OWN, 'ledger:1.0.0')), unlinked)).said).toBe('admitted')
    expect(await listed(tenant, pods(OWN))).not.toEqual([])
  })

  test('a viewer sees it all but Secrets, and changes nothing', async () => {
    expect(await listed(viewer, pods(OWN))).not.toEqual([])
    expect((await attempt(viewer, list(place('apps/v1', 'deployments', OWN)), unlinked)).said).toBe('admitted')
    const refused = [
      list(secrets(OWN)),
      get(secrets(OWN), 'database'),
      dryCreate(configMap(OWN)),
      dryDeleteAll(pods(OWN)),
    ]
    for (const call of [...refused, token(OWN, 'default')])
      expect(await attempt(viewer, call, unlinked), call.what).toMatchObject({ seen: 'refused', guard: 'rbac' })
  })

  test('kubectl finds its way: the context is the namespace', async () => {
    const { file } = await handed('acme', 'tenant-viewer')
    const config = parse(await readFile(file, 'utf8')) as Kubeconfig
    expect(config.contexts[0]?.context.namespace).toBe(OWN)
  })
})

/** What, the call, and who refuses it. Every one of them goes through as the estate's own administrator or for what is one's own. */
const REFUSED: readonly (readonly [what: string, call: () => ApiCall, guard: string])[] = [
  ['pods of another tenant', () => list(pods(OTHER)), 'rbac'],
  ['something new at another tenant', () => dryCreate(configMap(OTHER)), 'rbac'],
  ['the logins of another tenant', () => get(secrets(OTHER), 'database'), 'rbac'],
  ['a token of another tenant', () => token(OTHER, 'tenant-viewer'), 'rbac'],
  ['Secrets of the system', () => list(secrets('kube-system')), 'rbac'],
  ['a token of the system', () => token('kube-system', 'default'), 'rbac'],
  ['the inventories of the plane', () => list(place('v1', 'configmaps', 'steward')), 'rbac'],
  ['pods of everybody', () => list(pods()), 'rbac'],
  ['namespaces', () => list(place('v1', 'namespaces')), 'rbac'],
  ['nodes', () => list(place('v1', 'nodes')), 'rbac'],
  ['roles of the cluster', () => list(rbac('clusterroles')), 'rbac'],
  ['the rules of its own role', () => dryTouch(rbac('clusterroles'), 'steward-tenant-admin'), 'rbac'],
  ['the whole cluster for itself', () => dryCreate(binding(undefined, 'cluster-admin')), 'rbac'],
  [
    'the guardrails themselves',
    () => dryDelete(place('admissionregistration.k8s.io/v1', 'validatingadmissionpolicies'), 'steward-no-host-paths'),
    'rbac',
  ],
  ['its own quota', () => dryTouch(place('v1', 'resourcequotas', OWN), 'instance'), 'rbac'],
  ['its own limits', () => dryDelete(place('v1', 'limitranges', OWN), 'instance'), 'rbac'],
  [
    'the policy that denies all traffic',
    () => dryDelete(place('networking.k8s.io/v1', 'networkpolicies', OWN), 'default-deny'),
    'steward-protected-objects',
  ],
  ['its viewers’ role', () => dryTouch(rbac('rolebindings', OWN), 'tenant-viewer'), 'steward-protected-objects'],
  [
    'its own account',
    () => dryDelete(place('v1', 'serviceaccounts', OWN), 'tenant-admin'),
    'steward-protected-objects',
  ],
  ['the product', () => dryDelete(place('apps/v1', 'deployments', OWN), 'ledger'), 'steward-protected-objects'],
  ['the logins of the product', () => get(secrets(OWN), 'database'), 'rbac'],
  ['all Secrets of its namespace', () => list(secrets(OWN)), 'rbac'],
  ['a command in the product', () => post(`/api/v1/namespaces/${OWN}/pods/any/exec`), 'rbac'],
  ['another token of its own, without an end to it all', () => token(OWN, 'tenant-admin'), 'rbac'],
  ['a token of its viewers', () => token(OWN, 'tenant-viewer'), 'rbac'],
  ['a token of an account that it made', () => token(OWN, 'default'), 'rbac'],
  ['being the administrator', () => as(list(pods(OWN)), { 'impersonate-user': 'steward-estate' }), 'rbac'],
  [
    'being of the masters',
    () => as(list(pods(OWN)), { 'impersonate-user': 'x', 'impersonate-group': 'system:masters' }),
    'rbac',
  ],
  [
    'being the admin of another tenant',
    () => as(list(pods(OTHER)), { 'impersonate-user': `system:serviceaccount:${OTHER}:tenant-admin` }),
    'rbac',
  ],
  ['all rights, by a binding', () => dryCreate(binding(OWN, 'cluster-admin')), 'rbac-escalation'],
  ['Secrets, by a role', () => dryCreate(role(reading)), 'rbac-escalation'],
  [
    'everything, by a role',
    () => dryCreate(role({ apiGroups: ['*'], resources: ['*'], verbs: ['*'] })),
    'rbac-escalation',
  ],
]

describe('an admin of one tenant is refused', () => {
  test.each(REFUSED)('%s', async (_what, call, guard) => {
    const answer = await attempt(tenant, call(), unlinked)
    expect(answer).toMatchObject({ seen: 'refused', guard })
    expect((await attempt(viewer, call(), unlinked)).seen).toBe('refused')
  })

  test('and all of it is there to be refused: the estate’s own administrator reaches what is only looked at', async () => {
    const looked = REFUSED.map(([what, call]) => [what, call()] as const).filter(([, { method }]) => method === 'GET')
    for (const [what, { headers: _as, ...call }] of looked)
      expect((await attempt(admin, call, unlinked)).said, what).toBe('admitted')
    expect(looked.length).toBeGreaterThan(8)
  })
})

describe('its end', () => {
  test.each([600, 3607, 86_400])('is where it was asked for: after %i s', async (seconds) => {
    const { exp, iat, sub } = claimsOf((await handed('acme', 'tenant-viewer', seconds)).token)
    expect([exp - iat, sub]).toEqual([seconds, `system:serviceaccount:${OWN}:tenant-viewer`]) // 3607 s means a year in a pod
  })

  test('is kept: the same token with its end in the past is refused, with its end ahead it is not', async () => {
    const { token: fresh, file } = await handed('acme', 'tenant-viewer', 600)
    const key = await readFile(its.estate.credentials.key('service-account'), 'utf8')
    const now = Math.floor(Date.now() / 1000)
    const at = (exp: number) => connect(file, resigned(fresh, { iat: now - 700, nbf: now - 700, exp }, key))
    expect((await attempt(at(now + 60), list(pods(OWN)), unlinked)).said).toBe('admitted')
    const ended = await attempt(at(now - 60), list(pods(OWN)), unlinked)
    expect(ended).toMatchObject({ seen: 'error', said: expect.stringContaining('Unauthorized') })
  })

  test('is on record by the name that the API server gives the token', async () => {
    const { token: made } = await handed('acme', 'tenant-admin')
    const { body } = await its.plane.call<{ items: { detail: Record<string, unknown> }[] }>(
      'GET',
      '/v1/audit?action=tenant.kubeconfig&limit=1',
    )
    expect(body.items[0]?.detail).toMatchObject({
      role: 'tenant-admin',
      expiresAt: new Date(claimsOf(made).exp * 1000).toISOString(),
      credentialId: `JTI=${claimsOf(made).jti}`,
    })
    const review = (await admin.call(
      {
        method: 'POST',
        path: '/apis/authentication.k8s.io/v1/tokenreviews',
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: made } },
        what: 'review',
        confidential: true,
      },
      unlinked,
    )) as { status: { authenticated: boolean; user: { extra: Record<string, string[]> } } }
    expect(review.status.authenticated).toBe(true)
    expect(review.status.user.extra['authentication.kubernetes.io/credential-id']).toEqual([
      `JTI=${claimsOf(made).jti}`,
    ])
  })
})

test('the API’s own credential makes these tokens and can do nothing else', async () => {
  const access = connect(its.estate.credentials.kubeconfig('access'))
  for (const call of [
    list(pods(OWN)),
    get(secrets(OWN), 'database'),
    token(OWN, 'product'),
    token('kube-system', 'default'),
  ])
    expect(await attempt(access, call, unlinked), call.what).toMatchObject({ seen: 'refused', guard: 'rbac' })
  const mine = await attempt(access, { ...token(OWN, 'tenant-viewer'), query: { dryRun: 'All' } }, unlinked)
  expect(mine.said).toBe('admitted')
})

test('handed over by a link, a kubeconfig opens the namespace to whoever opened the link first', async () => {
  const { status, body } = await its.plane.call('POST', '/v1/tenants/acme/hand-off', {
    body: { role: 'tenant-viewer' },
  })
  expect(status).toBe(201)
  const link = String(body['link'])
  const visit = (method: string) => fetch(link, { method, headers: { accept: 'application/json' } })
  expect(await (await visit('GET')).text()).not.toContain('apiVersion')
  const seen = (await (await visit('POST')).json()) as { kubeconfig: string }
  const config = parse(seen.kubeconfig) as Kubeconfig
  handedOut.push(config.users[0]?.user.token ?? '', link.split('/').at(-1) ?? '')
  const file = path.join(its.estate.home, 'handed-over.kubeconfig')
  await writeFile(file, seen.kubeconfig, { mode: 0o600 })
  expect(await listed(connect(file), pods(OWN))).not.toHaveLength(0)
  const again = await visit('POST')
  expect([again.status, await again.json()]).toMatchObject([410, { code: 'hand-off.opened' }])
  await rm(file)
})

test('a link shows to anybody how a real operation went, in plain words', async () => {
  const { body: page } = await its.plane.call('GET', '/v1/operations?kind=tenant.provision')
  const [operation] = page['items'] as { id: string }[] // a page of Operation
  const { body } = await its.plane.call('POST', `/v1/operations/${operation?.id}/share`, { body: {} })
  const url = String(body['url'])
  handedOut.push(url.split('/').at(-1) ?? '')
  const status = (await (await fetch(url)).json()) as { state: string; progress: { done: number; total: number } }
  expect(status).toMatchObject({ title: 'Setting up', state: 'done', progress: { done: 8, total: 8 } })
})

test('a suspended tenant looks and gets no more; removed, everything handed out is void', async () => {
  const late = await open('bolt', 'tenant-viewer')
  await done('POST', '/v1/tenants/bolt/suspend')
  expect(await ask('bolt', 'tenant-admin')).toMatchObject({ status: 409, body: { code: 'tenant.state-forbids' } })
  const looking = await open('bolt', 'tenant-viewer')
  expect((await attempt(looking, list(pods(OTHER)), unlinked)).said).toBe('admitted')
  await done('DELETE', '/v1/tenants/bolt')
  for (const cluster of [late, looking])
    await expect
      .poll(async () => (await attempt(cluster, list(pods(OTHER)), unlinked)).said, { timeout: 30_000 })
      .toContain('Unauthorized')
  expect(await ask('bolt', 'tenant-viewer')).toMatchObject({ status: 409, body: { code: 'tenant.state-forbids' } })
})

test('no token that was handed out stands in a log, a workflow history or a row of the plane; a planted one is found', async () => {
  const tokens = handedOut.flatMap((one) => [one, one.split('.')[2] ?? one])
  expect(tokens.length).toBeGreaterThan(10)
  expect(await placesOf(tokens, its.estate)).toEqual([])
  const planted = path.join(its.estate.home, 'logs', 'planted.log')
  await writeFile(planted, `kubeconfig with ${handedOut[0]}\n`)
  expect(await placesOf(tokens, its.estate)).toEqual([planted])
})
