import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { ApiextensionsV1Api, CoreV1Api, KubeConfig, RbacAuthorizationV1Api } from '@kubernetes/client-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clusterAccount } from '../../test/support/cluster-account.ts'
import { estateHome } from '../../test/support/estate.ts'
import { startTestCluster } from '../../test/support/kubernetes.ts'
import { withOwnParts } from '../../test/support/own-parts.ts'
import { type PolicyRule, SWEEP_RULES, TENANT_RULES, WORKER_RULES } from '../kubernetes/rights.ts'
import { readCredential } from '../local/credentials/ensure-credentials.ts'
import { startEstate, type Estate } from '../local/estate.ts'
import { EVERYWHERE, IN_NAMESPACE } from './rights-checks.ts'

const DIGEST = `sha256:${'a1'.repeat(32)}`
let estate: Estate
let registry: Server
/** What is given when nothing is missing. */
let given: { args: Record<string, string>; env: Record<string, string> }

const admin = () => {
  const config = new KubeConfig()
  config.loadFromFile(estate.credentials.kubeconfig('admin'))
  return { core: config.makeApiClient(CoreV1Api), definitions: config.makeApiClient(ApiextensionsV1Api) }
}
/** An account of the namespace `plane` that may do exactly this. */
const accountOf = (name: string, rules: readonly PolicyRule[]) =>
  clusterAccount(estate.credentials.kubeconfig('admin'), { name, namespace: 'plane', rules, folder: estate.home })
const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)))

/** The command as a person runs it, with some of what is given changed. */
async function preflight(change: { args?: Record<string, string>; env?: Record<string, string> } = {}) {
  const args = Object.entries({ ...given.args, ...change.args }).flatMap(([name, value]) => [`--${name}`, value])
  const env = { PATH: process.env['PATH'], ...given.env, ...change.env }
  return promisify(execFile)(process.execPath, [path.join(import.meta.dirname, 'main.ts'), ...args], { env }).then(
    ({ stdout }) => ({ code: 0, said: stdout }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      said: error.stdout + error.stderr,
    }),
  )
}
const missing = (said: string) => said.split('\n').filter((line) => line.startsWith('MISSING'))

beforeAll(async () => {
  const without = ['api', 'worker', 'prometheus', 'node', 'edge', 'kube-scheduler']
  estate = await startEstate({
    home: await estateHome(),
    portBase: 'free',
    throwAway: true,
    env: withOwnParts(),
    without,
  })
  registry = createServer(({ url = '' }, response) => {
    const status = url.includes('private') ? 401 : url === `/v2/steward/manifests/${DIGEST}` ? 200 : 404
    response.writeHead(status).end()
  })
  const { core } = admin()
  await core.createNamespace({
    body: { metadata: { name: 'plane', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
  })
  for (const [name, keys] of [
    ['steward-database', ['DATABASE_URL', 'DATABASE_WORKER_URL', 'DATABASE_OWNER_URL']],
    ['steward-sealing-key', ['STEWARD_SEALING_KEY']],
    ['steward-region', ['products-url', 'products-sweep-url', 'edge-token', 'edge-sweep-token']],
  ] as const) {
    const stringData = Object.fromEntries(keys.map((key) => [key, 'hunter2']))
    await core.createNamespacedSecret({ namespace: 'plane', body: { metadata: { name }, stringData } })
  }
  given = {
    args: {
      kubeconfig: estate.credentials.kubeconfig('admin'),
      namespace: 'plane',
      image: `127.0.0.1:${await listening(registry)}/steward@${DIGEST}`,
    },
    env: {
      DATABASE_OWNER_URL: await readCredential(estate.credentials.url('plane-owner')),
      PRODUCTS_DATABASE_URL_FILE: estate.credentials.url('products-admin'),
      TEMPORAL_ADDRESS: estate.temporalAddress,
    },
  }
})
afterAll(async () => {
  registry?.close()
  await estate?.stop()
  if (estate) await rm(estate.home, { recursive: true, force: true })
})

test('where everything is there it says so, tells no secret and changes nothing', async () => {
  const before = await admin().core.listNamespace()
  const { code, said } = await preflight()
  expect([code, missing(said)]).toEqual([0, []])
  for (const line of [
    'Kubernetes: v1.35.4',
    'Gateway API: gatewayclasses, gateways, httproutes',
    'pod security: labels are honoured',
    'clock of the API server: as here',
    'rights to install: all ',
    'Secret steward-region: has products-url',
    'database of the plane: is empty',
    'extension btree_gist: can be made',
    'write-ahead log: wal_level is logical',
    'Temporal namespace steward: is there',
    'image of the plane: 127.0.0.1',
    'nothing is missing; nothing was changed',
  ])
    expect(said).toContain(line)
  expect(said).not.toContain('hunter2')
  const after = await admin().core.listNamespace()
  expect(after.items.map(({ metadata }) => metadata?.name)).toEqual(before.items.map(({ metadata }) => metadata?.name))
})

test('nothing given is nothing looked at, and that is no success', async () => {
  const { args, env } = given
  given = { args: {}, env: {} }
  const { code, said } = await preflight()
  given = { args, env }
  expect([code, missing(said).length]).toEqual([1, 5])
  expect((await preflight({ args: { namespace: 'No Name' } })).code).toBe(2)
  expect((await preflight({ args: { bogus: 'x' } })).said).toContain('usage: npm run -s preflight')
})

test('a credential without rights is told which, and what needs them counts as missing', async () => {
  const { code, said } = await preflight({ args: { kubeconfig: estate.credentials.kubeconfig('sweep') } })
  expect(code).toBe(1)
  expect(said).toMatch(/MISSING {2}rights to install: \d+ of \d+ are missing: create clusterrolebindings\.rbac/)
  expect(said).toMatch(/MISSING {2}rights to give: \d+ of \d+ are missing: /)
  expect(said).toMatch(/MISSING {2}pod security: cannot be looked at: .*cannot create resource "namespaces"/)
  expect(said).toContain('cluster-admin')
})

test('who holds what the plane needs and not what tenants get is told so, as the API server would', async () => {
  const plane = [...IN_NAMESPACE, ...EVERYWHERE, ...WORKER_RULES, ...SWEEP_RULES]
  const without = await accountOf('without-tenants', plane)
  const complete = await accountOf('complete', [...plane, ...Object.values(TENANT_RULES).flat()])
  const giving = ({ config }: { config: KubeConfig }) =>
    config.makeApiClient(RbacAuthorizationV1Api).createClusterRole({
      body: { metadata: { name: 'like-tenants' }, rules: [...TENANT_RULES.admin] },
      dryRun: 'All',
    })
  const lacking = await preflight({ args: { kubeconfig: without.file } })
  expect(missing(lacking.said)).toEqual([
    expect.stringMatching(/^MISSING {2}rights to give: \d+ of \d+ are missing: .*create pods,/),
  ])
  await expect(giving(without)).rejects.toMatchObject({ code: 403 })
  expect((await preflight({ args: { kubeconfig: complete.file } })).said).toContain('rights to give: all ')
  await giving(complete)
})

test.each([
  [
    'a namespace that is not there',
    { args: { namespace: 'nowhere' } },
    ['namespace nowhere: there is none', 'Secret steward-database: there is none'],
  ],
  [
    'a namespace without pod security',
    { args: { namespace: 'steward' } },
    ['namespace steward: enforces no pod security'],
  ],
  [
    'a Temporal namespace that is not there',
    { env: { TEMPORAL_NAMESPACE: 'nobody' } },
    ['Temporal namespace nobody: there is none'],
  ],
  ['Temporal away', { env: { TEMPORAL_ADDRESS: '127.0.0.1:1' } }, ['Temporal: cannot be looked at']],
  [
    'a database away',
    { env: { DATABASE_OWNER_URL: 'postgres://x:hunter2@127.0.0.1:1/x' } },
    ['database of the plane: cannot be looked at'],
  ],
  ['a kubeconfig that is none', { args: { kubeconfig: '/dev/null' } }, ['Kubernetes: cannot be looked at']],
  [
    'an image by tag',
    { args: { image: 'registry.example/steward:1' } },
    ['image of the plane: "registry.example/steward:1" is no image by digest'],
  ],
])('%s is named with how to get it', async (_what, change: Parameters<typeof preflight>[0], faults) => {
  const { code, said } = await preflight(change)
  expect(code).toBe(1)
  for (const fault of faults) expect(missing(said).join('\n')).toContain(`MISSING  ${fault}`)
  expect(said.split('\n').filter((line) => line.includes('→'))).toHaveLength(missing(said).length)
  expect(said).not.toContain('hunter2')
})

test('an image that is not there, and one behind a credential, are told apart', async () => {
  const host = given.args['image']?.split('/')[0] ?? ''
  const other = await preflight({ args: { image: `${host}/steward@sha256:${'b2'.repeat(32)}` } })
  expect(missing(other.said)).toEqual([expect.stringContaining('answered 404')])
  const closed = await preflight({ args: { image: `${host}/private/steward@${DIGEST}` } })
  expect(missing(closed.said)).toEqual([expect.stringContaining('wants a credential')])
})

test('a cluster without Gateway API, without admission policies and deaf to pod security is told so', async () => {
  const cluster = await startTestCluster({
    flags: {
      'runtime-config': 'admissionregistration.k8s.io/v1=false',
      'disable-admission-plugins':
        'ServiceAccount,PodSecurity,ValidatingAdmissionPolicy,ValidatingAdmissionWebhook,MutatingAdmissionWebhook,MutatingAdmissionPolicy',
    },
  })
  try {
    const { said } = await preflight({ args: { kubeconfig: cluster.kubeconfig, namespace: 'steward' } })
    expect(missing(said)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('Gateway API: no gatewayclasses, gateways, httproutes'),
        expect.stringContaining('admission policies: no validatingadmissionpolicies'),
        expect.stringContaining('pod security: nothing reads the label'),
      ]),
    )
  } finally {
    await cluster.stop()
  }
})

test('a definition that somebody took away is missed', async () => {
  await admin().definitions.deleteCustomResourceDefinition({ name: 'httproutes.gateway.networking.k8s.io' })
  const { code, said } = await preflight()
  expect(code).toBe(1)
  expect(missing(said)).toEqual(['MISSING  Gateway API: no httproutes of gateway.networking.k8s.io/v1'])
})
