import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { customers, type Customers } from '../test/support/customers.ts'
import { keptExport } from '../test/support/kept-export.ts'
import { reportedOrphan } from '../test/support/reported-orphan.ts'
import { newId } from './platform/ids.ts'
import { OPENAPI_FILE } from './openapi.ts'

type Operation = { operationId: string; parameters?: { in: string; name: string }[]; security?: unknown[] }
const document = JSON.parse(await readFile(OPENAPI_FILE, 'utf8')) as {
  paths: Record<string, Record<string, Operation>>
} // the shape of every OpenAPI document
const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .filter(([, { security }]) => security?.length !== 0)
    .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
)
const withIds = routes.filter(({ path }) => path.includes('{'))

let plane: Customers
/** What exists, by the name of the parameter that refers to it: a route with another parameter has to be added here. */
let existing: Record<string, string>
beforeAll(async () => {
  plane = await customers()
  const unit = await plane.cell('cell-1')
  const { id, operationId } = await plane.customer('acme')
  const other = await plane.login('viewer')
  const { sessionId } = await plane.session(other.operatorId)
  const shared = await plane.call('POST', `/v1/operations/${operationId}/share`, { body: {} })
  const hold = await plane.call('POST', '/v1/tenants/acme/holds', { body: { reason: 'a claim' } })
  existing = {
    hold: String(hold.body['id']),
    export: await keptExport(plane, 'exported'),
    orphan: await reportedOrphan(plane, 'ghost.localhost'),
    share: String(shared.body['id']),
    cell: unit,
    unit,
    tenant: id,
    id: operationId,
    operation: operationId,
    operator: other.operatorId,
    token: other.tokenId,
    session: sessionId,
    plan: 'starter-shared',
    region: 'local-1',
    product: 'ledger',
    name: 'starter-shared',
  }
})
afterAll(() => plane.close())

const METHODS = { GET: 'GET', POST: 'POST', PATCH: 'PATCH', DELETE: 'DELETE', PUT: 'PUT' } as const
const ask = async (method: string, url: string, token: string | null, payload?: object) => {
  const answer = await plane.app.inject({
    method: METHODS[method as keyof typeof METHODS], // the document holds no other
    url,
    ...(payload && { payload }),
    headers: { 'x-request-id': 'the-same-id', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
  })
  const { 'content-length': length, 'www-authenticate': challenge, 'content-type': type } = answer.headers
  return { status: answer.statusCode, length, challenge, type, body: answer.body }
}

test('every route with an id is in this test', () => {
  expect(withIds.length).toBeGreaterThan(10)
  const parameters = withIds.flatMap(({ path }) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ''))
  expect([...new Set(parameters)].filter((name) => !(name in existing))).toEqual([])
})

const OWN = new Set(['revokeToken', 'revokeSession'])

test.each(withIds.map((route) => [`${route.method} ${route.path}`, route] as const))(
  '%s: what exists and what does not answer byte for byte alike to who may see neither',
  async (_name, { method, path, operation }) => {
    const nobody = await plane.login('emperor')
    const nothing = await plane.login('administrator', { verbs: [] })
    const there = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => existing[name] ?? name)
    const missing = path.replaceAll(/\{\w+\}/g, newId())
    for (const token of [null, 'stw_short', nobody.token, nothing.token]) {
      const [one, other] = [await ask(method, there, token), await ask(method, missing, token)]
      expect(one).toEqual(other)
      const own = OWN.has(operation.operationId) && token === nothing.token
      expect(one.status, one.body).toBe(token === nobody.token || token === nothing.token ? (own ? 404 : 403) : 401)
      expect(one.challenge).toBe(one.status === 401 ? 'Bearer realm="steward"' : undefined)
    }
  },
)

/** An operation that exists and one that does not answer alike, but for the id that was asked about. */
async function expectAlike(what: string, token: string, payload?: object): Promise<void> {
  const [there, missing] = [existing['operation'] ?? '', newId()]
  const one = await ask('POST', `/v1/operations/${there}${what}`, token, payload)
  const other = await ask('POST', `/v1/operations/${missing}${what}`, token, payload)
  expect(one.status, one.body).toBe(404)
  expect({ ...one, body: one.body.replaceAll(there, missing) }).toEqual(other)
}

test('a narrow token that may stop operations but see none learns nothing from trying', async () => {
  const blind = await plane.login('administrator', { verbs: ['operations:cancel', 'operations:retry'] })
  for (const verb of ['cancel', 'retry']) await expectAlike(`/${verb}`, blind.token)
})

test('a narrow token that may decide about operations but see none learns nothing from trying, and decides nothing', async () => {
  const blind = await plane.login('administrator', { verbs: ['operations:approve'] })
  const id = existing['operation']
  for (const waiting of [false, true]) {
    if (waiting) {
      await plane.rows(
        `insert into operation_approvals (operation_id, expires_at) values ('${id}', now() + interval '1 hour')`,
      )
    }
    await expectAlike('/approve', blind.token)
    await expectAlike('/reject', blind.token, { reason: 'no' })
  }
  expect(await plane.rows(`select decision from operation_approvals where operation_id = '${id}'`)).toEqual([
    { decision: null },
  ])
})
