import { writeFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { customers, type Customers } from '../../../test/support/customers.ts'
import { REGION_SETTINGS } from '../../../test/support/region-settings.ts'
import { tokenServer, type TokenServer } from '../../../test/support/token-server.ts'

let plane: Customers
let server: TokenServer
const set = (settings: object) =>
  plane.rows(`update regions set settings = $1 where name = 'local-1'`, [{ ...REGION_SETTINGS, ...settings }])
beforeAll(async () => {
  ;[plane, server] = await Promise.all([customers(), tokenServer()])
  await plane.cell('main')
  await plane.customer('lodger')
  await plane.customer('acme', { plan: 'team-private' })
})
afterAll(async () => {
  await plane.close()
  await server.close()
})
beforeEach(() => set({ accessKubeconfig: server.kubeconfig }))
afterEach(() => Object.assign(server, { fault: undefined, meanwhile: undefined, asked: [], tokens: [] }))

const ask = (tenant: string, body: unknown = { role: 'tenant-viewer' }, more: object = {}) =>
  plane.call('POST', `/v1/tenants/${tenant}/kubeconfig`, { body, ...more })
const events = async () =>
  (await plane.call('GET', '/v1/audit?action=tenant.kubeconfig')).body['items'] as Record<string, unknown>[] // a page of AuditEvent
const inState = (state: string) => plane.rows(`update tenants set state = $1 where slug = 'acme'`, [state])

test('a private tenant gets a kubeconfig of its namespace, asked for with the right that can do nothing else', async () => {
  const { status, body, headers } = await ask('acme', { role: 'tenant-admin', expiresInSeconds: 7200 })
  expect([status, headers['cache-control']]).toEqual([201, 'no-store'])
  expect(server.asked).toEqual([
    {
      path: '/api/v1/namespaces/tenant-acme/serviceaccounts/tenant-admin/token',
      by: 'steward:access',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 7200 } },
    },
  ])
  expect(body).toMatchObject({ tenant: 'acme', role: 'tenant-admin', namespace: 'tenant-acme', server: server.url })
  expect(Date.parse(String(body['expiresAt'])) - Date.now()).toBeGreaterThan(7_100_000)
  expect(parse(String(body['kubeconfig']))).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'acme',
        cluster: { server: server.url, 'certificate-authority-data': Buffer.from(server.authority).toString('base64') },
      },
    ],
    users: [{ name: 'tenant-admin', user: { token: server.tokens[0] } }],
    contexts: [{ name: 'acme', context: { cluster: 'acme', user: 'tenant-admin', namespace: 'tenant-acme' } }],
    'current-context': 'acme',
  })
})

test('it is on record with role and end and the name of the token, and the token itself is nowhere', async () => {
  const { body, headers } = await ask('acme')
  const [event] = await events()
  expect(event).toMatchObject({
    requestId: headers['x-request-id'],
    subject: `tenant:${String(body['tenantId'])}`,
    detail: {
      role: 'tenant-viewer',
      namespace: 'tenant-acme',
      seconds: 3600,
      expiresAt: body['expiresAt'],
      credentialId: expect.stringMatching(/^JTI=[0-9a-f-]{36}$/),
    },
  })
  const [token = ''] = server.tokens
  expect(String(body['kubeconfig'])).toContain(token)
  expect(JSON.stringify(await plane.dump())).not.toContain(token.split('.')[2])
  expect(plane.log.join('')).not.toContain(token.split('.')[2])
})

test('repeated it makes another one, whatever the Idempotency-Key: nothing of an answer is kept', async () => {
  const headers = { 'idempotency-key': 'the-same' }
  const [first, second] = [await ask('acme', undefined, { headers }), await ask('acme', undefined, { headers })]
  expect([first.status, second.status]).toEqual([201, 201])
  expect(second.body['kubeconfig']).not.toEqual(first.body['kubeconfig'])
  expect(new Set(server.tokens).size).toBe(2)
})

test('the region says where tenants reach the API server and what to trust there', async () => {
  const clusterOf = async () =>
    (parse(String((await ask('acme')).body['kubeconfig'])) as { clusters: { cluster: unknown }[] }).clusters[0]?.cluster
  const at = 'https://kubernetes.example.com:6443'
  const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
  const settings = { accessKubeconfig: server.kubeconfig }
  await set({ ...settings, tenantAccess: { server: at, certificateAuthority: pem } })
  expect(await clusterOf()).toEqual({
    server: at,
    'certificate-authority-data': Buffer.from(pem).toString('base64'),
  })
  await set({ ...settings, tenantAccess: { server: at, certificateAuthority: null } })
  expect(await clusterOf()).toEqual({ server: at })
})

test.each([
  ['a shared tenant', 'lodger', { role: 'tenant-viewer' }, 409, 'kubeconfig.not-private'],
  ['nobody', 'nobody', { role: 'tenant-viewer' }, 404, 'tenant.not-found'],
  ['no role', 'acme', {}, 400, 'request.invalid'],
  ['a role of the cluster', 'acme', { role: 'cluster-admin' }, 400, 'request.invalid'],
  ['a name for the account', 'acme', { role: 'tenant-viewer', account: 'product' }, 400, 'request.invalid'],
  ['less than ten minutes', 'acme', { role: 'tenant-viewer', expiresInSeconds: 599 }, 400, 'request.invalid'],
  ['more than a day', 'acme', { role: 'tenant-viewer', expiresInSeconds: 86_401 }, 400, 'request.invalid'],
  ['a time in words', 'acme', { role: 'tenant-viewer', expiresInSeconds: '3600' }, 400, 'request.invalid'],
])(
  '%s is refused, nothing is asked of the cluster and nothing is changed',
  async (_what, tenant, body, status, code) => {
    const before = await plane.dump()
    const answer = await ask(tenant, body)
    expect([answer.status, answer.body['code']]).toEqual([status, code])
    expect(server.asked).toEqual([])
    expect(await plane.dump()).toEqual(before)
  },
)

test('only who hands tenants what they bought may: the others are refused by the verb', async () => {
  for (const role of ['sre', 'release-operator', 'viewer'] as const) {
    const { token } = await plane.login(role)
    expect((await ask('acme', undefined, { token })).body).toMatchObject({
      code: 'access.forbidden',
      verb: 'tenants:kubeconfig',
    })
  }
  const narrow = await plane.login('administrator', { verbs: ['tenants:read'] })
  expect((await ask('acme', undefined, { token: narrow.token })).status).toBe(403)
  const { token } = await plane.login('sales-engineer')
  expect((await ask('acme', undefined, { token })).status).toBe(201)
})

test.each(['suspending', 'suspended', 'resuming'])('while it is %s a tenant only looks', async (state) => {
  await inState(state)
  try {
    expect((await ask('acme', { role: 'tenant-admin' })).body).toMatchObject({
      status: 409,
      code: 'tenant.state-forbids',
      detail: expect.stringContaining('tenant-viewer only'),
    })
    expect(server.asked).toEqual([])
    expect((await ask('acme', { role: 'tenant-viewer' })).status).toBe(201)
  } finally {
    await inState('active')
  }
})

test.each(['provisioning', 'decommissioning', 'decommissioned', 'failed'])(
  'while it is %s a tenant gets none',
  async (state) => {
    await inState(state)
    try {
      for (const role of ['tenant-admin', 'tenant-viewer'])
        expect((await ask('acme', { role })).body).toMatchObject({ status: 409, code: 'tenant.state-forbids' })
      expect(server.asked).toEqual([])
    } finally {
      await inState('active')
    }
  },
)

test('a token that was made while the tenant was suspended is handed to nobody', async () => {
  server.meanwhile = () => inState('suspended')
  const before = (await events()).length
  try {
    const answer = await ask('acme', { role: 'tenant-admin' })
    expect(answer.body).toMatchObject({ status: 409, code: 'tenant.state-forbids' })
    expect(server.tokens).toHaveLength(1)
    expect(answer.text).not.toContain(server.tokens[0])
    expect(await events()).toHaveLength(before)
  } finally {
    await inState('active')
  }
})

const WAIT = { status: 503, code: 'plane.unavailable', retryable: true }
test.each([
  ['hangs up', 'hang-up', WAIT],
  ['is overloaded', { status: 429, body: 'later' }, WAIT],
  ['changes its leader', { status: 500, body: '{"message":"etcdserver: leader changed"}' }, WAIT],
  ['has no such account', { status: 404, body: '{}' }, { status: 409, code: 'kubeconfig.no-account' }],
  ['refuses the credential', { status: 403, body: '{"message":"no"}' }, { status: 500, code: 'internal.error' }],
  ['answers something else', { status: 201, body: '{"status":{"token":"planted-token"}}' }, { status: 500 }],
  ['answers no JSON', { status: 201, body: 'planted-token' }, { status: 500, code: 'internal.error' }],
] as const)('an API server that %s leaves nothing on record and nothing in the log', async (_how, fault, expected) => {
  server.fault = fault
  const before = await plane.dump()
  const answer = await ask('acme')
  expect(answer.body).toMatchObject(expected)
  expect(await plane.dump()).toEqual(before)
  expect(answer.text + plane.log.join('')).not.toContain('planted-token')
})

test('a region without the credential says so; a credential that cannot be read is our fault and quoted nowhere', async () => {
  for (const settings of [{}, { accessKubeconfig: null }]) {
    await set(settings)
    expect((await ask('acme')).body).toMatchObject({ status: 409, code: 'kubeconfig.not-offered' })
  }
  const broken = `${server.kubeconfig}.broken`
  for (const content of [
    'token: planted-token\n',
    'token: planted-token\n  x: [',
    '{',
    'current-context: x\ncontexts: [{ name: x }]\n',
  ]) {
    await writeFile(broken, content)
    await set({ accessKubeconfig: broken })
    const answer = await ask('acme')
    expect(answer.body).toMatchObject({ status: 500, code: 'internal.error' })
    expect(answer.text + plane.log.join('')).not.toContain('planted-token')
  }
  expect(server.asked).toEqual([])
})
