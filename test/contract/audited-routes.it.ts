import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROOT } from '../support/documents.ts'
import { customers, type Customers } from '../support/customers.ts'
import { REGION_SETTINGS } from '../support/region-settings.ts'
import { tokenServer, type TokenServer } from '../support/token-server.ts'
import { keptExport } from '../support/kept-export.ts'
import { reportedOrphan } from '../support/reported-orphan.ts'
import type { Called } from '../support/api.ts'

/** Every route that changes something records it: driven from the document, so a new route without its act here fails. */
type Operation = { operationId: string; 'x-audit'?: string[] }
type Document = { paths: Record<string, Record<string, Operation>> }
const document = JSON.parse(readFileSync(path.join(ROOT, 'control-plane/openapi.json'), 'utf8')) as Document // the shape of every OpenAPI document
const routes = Object.entries(document.paths).flatMap(([url, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method, url, ...operation })),
)
const changing = routes.filter(({ method, ...route }) => method !== 'get' || route['x-audit'] !== undefined)

let plane: Customers
let cluster: TokenServer
beforeAll(async () => {
  plane = await customers()
  await plane.cell('main')
  cluster = await tokenServer()
  const settings = { ...REGION_SETTINGS, accessKubeconfig: cluster.kubeconfig }
  await plane.rows(`update regions set settings = $1 where name = 'local-1'`, [settings])
})
afterAll(async () => {
  await plane.close()
  await cluster.close()
})

const post = (url: string, body?: unknown) => plane.call('POST', url, body === undefined ? {} : { body })
const PRODUCT = { name: 'shop', title: 'Shop', chart: 'ledger', image: 'ledger', contract: '1' }
/** A second operator about the removal of a tenant. */
const decide = async (decision: 'approve' | 'reject', slug: string, body?: unknown) => {
  await plane.customer(slug, { plan: 'team-shared' })
  const asked = await plane.call('DELETE', `/v1/tenants/${slug}`)
  const { token } = await plane.login('administrator')
  const url = `/v1/operations/${String(asked.body['operationId'])}/${decision}`
  return plane.call('POST', url, { token, ...(body === undefined ? {} : { body }) })
}
/** A dedicated tenant whose stack stands. */
const stack = async (slug: string) => {
  const asked = await post('/v1/tenants', { slug, plan: 'team-dedicated' })
  await plane.rows(`update operations set state = 'succeeded', finished_at = now() where id = $1`, [
    asked.body['operationId'],
  ])
  await plane.rows(`update units set state = 'active' where name = $1`, [slug])
}
/** An operator of its own to change. */
const about = async (name: string, change: (url: string) => Promise<Called>) => {
  await post('/v1/operators', { name, role: 'viewer' })
  return change(`/v1/operators/${name}`)
}
/** A change of each kind, done as far as the API does it. */
const ACTS: Readonly<Record<string, () => Promise<Called>>> = {
  createCell: () => post('/v1/cells', { name: 'second', region: 'local-1' }),
  retireCell: async () => {
    await plane.cell('third')
    return plane.call('DELETE', '/v1/cells/third')
  },
  deployUnit: async () => {
    await plane.cell('moving')
    return post('/v1/units/moving/deploy', { version: '1.1.0' })
  },
  attestUnit: async () => {
    await plane.cell('measured')
    return post('/v1/units/measured/attest')
  },
  checkUnit: async () => {
    await plane.cell('kept')
    return post('/v1/products/ledger/check', { unit: 'kept' })
  },
  reconcileUnit: async () => {
    await plane.cell('repaired')
    return post('/v1/units/repaired/reconcile')
  },
  backupUnit: async () => {
    await stack('kept-safe')
    return post('/v1/units/kept-safe/backups')
  },
  rotateStackKey: async () => {
    await stack('re-keyed')
    return post('/v1/units/re-keyed/rotate-key')
  },
  createQuote: () => post('/v1/quotes', { slug: 'quoted', plan: 'starter-shared' }),
  withdrawQuote: async () => {
    const { body } = await post('/v1/quotes', { slug: 'withdrawn', plan: 'starter-shared' })
    return plane.call('DELETE', `/v1/quotes/${String(body['id'])}`)
  },
  createTenant: () => post('/v1/tenants', { slug: 'made', plan: 'starter-shared', contact: 'ada@acme.example' }),
  updateTenant: async () => {
    await plane.customer('changed', { contact: 'ada@acme.example' })
    return plane.call('PATCH', '/v1/tenants/changed', { body: { plan: 'team-shared', contact: 'eve@acme.example' } })
  },
  extendTrial: async () => {
    await plane.customer('trying', { plan: 'trial-shared' })
    return post('/v1/tenants/trying/extend-trial', { days: 7 })
  },
  exportTenant: async () => {
    await plane.customer('exported')
    return post('/v1/tenants/exported/export')
  },
  downloadExport: async () => plane.call('GET', `/v1/exports/${await keptExport(plane, 'downloaded')}/content`),
  openExport: async () => post(`/v1/exports/${await keptExport(plane, 'opened')}/open`),
  keepOrphan: async () =>
    post(`/v1/orphans/${await reportedOrphan(plane, 'ghost.localhost')}/keep`, { reason: 'known' }),
  holdTenant: async () => {
    await plane.customer('held')
    return post('/v1/tenants/held/holds', { reason: 'matter 1' })
  },
  releaseHold: async () => {
    await plane.customer('let-go')
    const { body } = await post('/v1/tenants/let-go/holds', { reason: 'matter 2' })
    const { id } = body['hold'] as { id: string } // shape of HoldPlaced
    return post(`/v1/tenants/let-go/holds/${id}/release`, { reason: 'settled' })
  },
  suspendTenant: async () => {
    await plane.customer('suspended')
    return post('/v1/tenants/suspended/suspend')
  },
  resumeTenant: async () => {
    const { id, unitId } = await plane.customer('resumed', { plan: 'team-private' }) // in a unit of its own, where nothing else is under way
    const { body } = await post('/v1/tenants/resumed/suspend')
    await plane.publish({ id, unitId }, 'suspended')
    await plane.finish(body['operationId'])
    return post('/v1/tenants/resumed/resume')
  },
  adoptTenant: () =>
    post('/v1/adoptions', { slug: 'adopted', plan: 'team-private', namespace: 'by-hand', database: 'by_hand' }),
  moveTenant: async () => {
    await plane.customer('to-go')
    return post('/v1/tenants/to-go/move', { plan: 'team-private' })
  },
  retireMove: async () => post(`/v1/moves/${await soaking('moved')}/retire`),
  abortMove: async () => post(`/v1/moves/${await soaking('back')}/abort`),
  decommissionTenant: async () => {
    await plane.customer('leaving')
    return plane.call('DELETE', '/v1/tenants/leaving')
  },
  createKubeconfig: async () => {
    await plane.customer('own', { plan: 'team-private' })
    return post('/v1/tenants/own/kubeconfig', { role: 'tenant-viewer' })
  },
  handOffTenant: async () => {
    await plane.customer('handed', { plan: 'team-private' })
    return post('/v1/tenants/handed/hand-off', {})
  },
  cancelOperation: async () => {
    const { body } = await post('/v1/tenants', { slug: 'cancelled', plan: 'starter-shared' })
    return post(`/v1/operations/${String(body['operationId'])}/cancel`)
  },
  retryOperation: async () => {
    const { body } = await post('/v1/tenants', { slug: 'repeated', plan: 'starter-shared' })
    await plane.finish(body['operationId'], 'failed')
    return post(`/v1/operations/${String(body['operationId'])}/retry`)
  },
  planChange: async () => {
    const { body } = await post('/v1/tenants', { slug: 'planned', plan: 'enterprise' })
    return post(`/v1/operations/${String(body['operationId'])}/plan`)
  },
  approveOperation: () => decide('approve', 'leaving-1'),
  rejectOperation: () => decide('reject', 'leaving-2', { reason: 'they stay' }),
  shareOperation: async () => {
    const { operationId } = await plane.customer('shown')
    return post(`/v1/operations/${operationId}/share`, {})
  },
  unshareOperation: async () => {
    const { operationId } = await plane.customer('hidden')
    const { body } = await post(`/v1/operations/${operationId}/share`, {})
    return plane.call('DELETE', `/v1/operations/${operationId}/shares/${String(body['id'])}`)
  },
  registerProduct: () => post('/v1/products', PRODUCT),
  addProductVersion: async () => {
    await post('/v1/products', { ...PRODUCT, name: 'mail' })
    return post('/v1/products/mail/versions', { version: '1.0.0', schema: 1 })
  },
  createOperator: () => post('/v1/operators', { name: 'robot-1', role: 'viewer' }),
  setOperatorRole: () => about('robot-2', (url) => plane.call('PATCH', url, { body: { role: 'sre' } })),
  disableOperator: () => about('robot-3', (url) => post(`${url}/disable`)),
  enableOperator: () =>
    about('robot-4', async (url) => {
      await post(`${url}/disable`)
      return post(`${url}/enable`)
    }),
  createToken: () => post('/v1/tokens', { name: 'first' }),
  revokeToken: async () => {
    const { body } = await post('/v1/tokens', { name: 'second' })
    return post(`/v1/tokens/${(body['token'] as { id: string }).id}/revoke`) // shape of TokenCreated
  },
  revokeSession: async () => {
    const { operatorId } = await plane.login('viewer')
    const { sessionId } = await plane.session(operatorId)
    return post(`/v1/sessions/${sessionId}/revoke`)
  },
  signOut: async () => {
    const { operatorId } = await plane.login('viewer')
    const { token } = await plane.session(operatorId)
    return plane.call('POST', '/v1/sign-out', { token })
  },
  rotateSigningKey: () => post('/v1/signing-keys', { purpose: 'evidence' }),
  createAuditCheckpoint: () => post('/v1/audit/checkpoints'),
  exportAudit: () => plane.call('GET', '/v1/audit/export'),
  eraseAuditPersonal: () => post('/v1/audit/erasures', { value: 'nobody@acme.example', reason: 'request 1' }),
}

/** A tenant that was moved and can still go back; answers the move's id. */
async function soaking(slug: string): Promise<string> {
  await plane.customer(slug)
  const { body } = await post(`/v1/tenants/${slug}/move`, { plan: 'team-private' })
  await plane.finish(body['operationId'])
  const { body: moves } = await plane.call('GET', `/v1/moves?tenant=${slug}`)
  const [move] = moves['items'] as { id: string }[] // shape of MovePage
  return String(move?.id)
}

/** What takes an identity provider, a browser or a device, or is done by nobody we know: done, and its event read, where one runs. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['startSignIn', 'finishSignIn', 'startDeviceSignIn', 'askDeviceSignIn'].map((operationId) => [
      operationId,
      'control-plane/features/sign-in/sign-in.it.ts',
    ]),
  ),
  openHandOff: 'control-plane/features/hand-offs/hand-offs.it.ts', // by somebody who is no operator
}

test('what is done elsewhere is done there, and its event is looked for', () => {
  for (const [operationId, file] of Object.entries(ELSEWHERE)) {
    const route = changing.find((one) => one.operationId === operationId)
    const text = readFileSync(path.join(ROOT, file), 'utf8')
    for (const action of route?.['x-audit'] ?? ['no such route']) expect(text).toContain(`events('${action}')`)
  }
})

test('every route that changes something has its act here, and every act its route', () => {
  expect([...Object.keys(ACTS), ...Object.keys(ELSEWHERE)].toSorted()).toEqual(
    changing.map(({ operationId }) => operationId).toSorted(),
  )
  expect(changing.filter((route) => route['x-audit'] === undefined)).toEqual([])
})

type Recorded = { action: string; actor_id: string; outcome: string; detail: Record<string, unknown> }
test.each(Object.entries(ACTS))(
  '%s records who did it, once, under the id of the request',
  async (operationId, act) => {
    const answer = await act()
    expect(answer.status, answer.text).toBeLessThan(300)
    const events = (await plane.rows(
      `select action, actor_id, outcome, canonical::jsonb -> 'detail' as detail from audit_events where request_id = $1`,
      [answer.headers['x-request-id']],
    )) as Recorded[]
    expect(events).toHaveLength(1)
    const [event] = events
    const route = changing.find((one) => one.operationId === operationId)
    expect(route?.['x-audit']).toContain(event?.action)
    expect(event).toMatchObject({ actor_id: expect.any(String), outcome: 'succeeded' })
    if (route?.method === 'patch' || route?.method === 'put') {
      expect(event?.detail).toMatchObject({ before: expect.any(Object), after: expect.any(Object) })
      expect(event?.detail['after']).not.toEqual(event?.detail['before'])
    }
  },
)

test('a change that is refused records nothing', async () => {
  const before = await plane.dump()
  for (const [method, url, body] of [
    ['POST', '/v1/cells', { name: 'NOT A NAME' }],
    ['POST', '/v1/tenants', { slug: 'x', plan: 'nothing' }],
    ['PATCH', '/v1/tenants/nobody', { name: 'x' }],
    ['POST', '/v1/audit/erasures', {}],
  ] as const)
    expect((await plane.call(method, url, { body })).status).toBeGreaterThanOrEqual(400)
  expect(await plane.dump()).toEqual(before)
})
