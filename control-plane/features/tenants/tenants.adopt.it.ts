import { afterAll, beforeAll, expect, test } from 'vitest'
import { customers, type Customers } from '../../../test/support/customers.ts'

let plane: Customers
beforeAll(async () => {
  plane = await customers()
})
afterAll(() => plane.close())

const ID = '0190D0EC-7F10-7C3C-9F6A-2F1A7E0B6C77'
const adopt = (slug: string, more: object = {}, token?: string) =>
  plane.call('POST', '/v1/adoptions', {
    body: { slug, plan: 'team-private', namespace: `${slug}-prod`, database: `${slug}_prod`, ...more },
    ...(token === undefined ? {} : { token }),
  })

test('it puts the tenant on record under the id of its rows, waits for somebody else, and is planned first', async () => {
  const { status, body } = await adopt('acme', { id: ID, contact: 'ada@acme.example' })
  expect(status).toBe(202)
  expect(body).toMatchObject({
    state: 'waiting',
    tenant: { id: ID.toLowerCase(), slug: 'acme', state: 'provisioning', unit: { kind: 'instance', name: 'acme' } },
  })
  const { operationId } = body
  expect((await plane.call('GET', `/v1/operations/${String(operationId)}`)).body).toMatchObject({
    kind: 'tenant.adopt',
    state: 'waiting',
    requestedBy: expect.anything(),
  })
  expect((await plane.call('GET', `/v1/operations/${String(operationId)}/plan`)).body).toMatchObject({
    number: 1,
    state: 'planning',
  })
  expect(await plane.rows('select adopts, adopted, found_database from units where name = $1', ['acme'])).toEqual([
    { adopts: { namespace: 'acme-prod', database: 'acme_prod' }, adopted: false, found_database: null },
  ])
  const events = await plane.rows(`select canonical from audit_events where action = 'tenant.adopt'`)
  expect(events).toHaveLength(1)
  const said = String(events[0]?.['canonical'])
  expect(said).toContain('"adopts":{"database":"acme_prod","namespace":"acme-prod"}')
  expect(said).not.toContain('ada@acme.example')
})

test.each([
  ['a plan that is shared', 'globex', { plan: 'starter-shared' }, 409, 'adoption.not-offered'],
  ['a plan that is dedicated', 'globex', { plan: 'team-dedicated' }, 409, 'adoption.not-offered'],
  ['a namespace of the cluster', 'globex', { namespace: 'kube-system' }, 409, 'adoption.reserved'],
  ['the namespace of the plane', 'globex', { namespace: 'steward' }, 409, 'adoption.reserved'],
  ['a database of the server', 'globex', { database: 'template1' }, 409, 'adoption.reserved'],
  ['a namespace that the plane would make', 'globex', { namespace: 'tenant-globex' }, 409, 'adoption.reserved'],
  ['a database that the plane would make', 'globex', { database: 'tenant_globex' }, 409, 'adoption.reserved'],
  ['a namespace that another adopts', 'globex', { namespace: 'acme-prod' }, 409, 'adoption.taken'],
  ['a database that another adopts', 'globex', { database: 'acme_prod' }, 409, 'adoption.taken'],
  ['the id of a tenant', 'globex', { id: ID }, 409, 'tenant.id-taken'],
  ['a slug that was used', 'acme', { namespace: 'other', database: 'other' }, 409, 'tenant.slug-taken'],
  ['an unknown plan', 'globex', { plan: 'nothing' }, 422, 'plan.unknown'],
  ['an id that is none', 'globex', { id: 'acme' }, 400, 'request.invalid'],
  ['a namespace that cannot be', 'globex', { namespace: 'Globex' }, 400, 'request.invalid'],
  ['a database that would have to be quoted', 'globex', { database: 'glo"bex' }, 400, 'request.invalid'],
  ['a field that is none', 'globex', { quote: ID }, 400, 'request.invalid'],
])('%s is refused and nothing is written', async (_what, slug, more, status, code) => {
  const before = await plane.dump()
  expect(await adopt(slug, more)).toMatchObject({ status, body: { code } })
  expect(await plane.dump()).toEqual(before)
})

test('who may not adopt is refused', async () => {
  const { token } = await plane.login('release-operator')
  expect(await adopt('globex', {}, token)).toMatchObject({ status: 403, body: { code: 'access.forbidden' } })
})

test('one that nobody agreed to leaves a tenant that failed, and what it would have taken is free again', async () => {
  const { body } = await adopt('initech')
  const { token } = await plane.login('administrator')
  const reject = { token, body: { reason: 'not theirs' } }
  expect((await plane.call('POST', `/v1/operations/${String(body['operationId'])}/reject`, reject)).status).toBe(202)
  await plane.finish(body['operationId'], 'cancelled')
  expect((await plane.call('GET', '/v1/tenants/initech')).body).toMatchObject({ state: 'failed' })
  expect((await adopt('initrode', { namespace: 'initech-prod', database: 'initech_prod' })).status).toBe(202)
})
