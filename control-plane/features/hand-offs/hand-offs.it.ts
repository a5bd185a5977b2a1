import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { PUBLIC_URL } from '../../../test/support/api.ts'
import { customers, mustBe, type Customers } from '../../../test/support/customers.ts'
import { REGION_SETTINGS } from '../../../test/support/region-settings.ts'
import { tokenServer, type TokenServer } from '../../../test/support/token-server.ts'
import { newSecret } from '../../platform/secret.ts'
import { handOffsStore } from './hand-offs.store.ts'

let plane: Customers
let cluster: TokenServer
beforeAll(async () => {
  plane = await customers()
  cluster = await tokenServer()
  const settings = { ...REGION_SETTINGS, accessKubeconfig: cluster.kubeconfig }
  await plane.rows(`update regions set settings = $1 where name = 'local-1'`, [settings])
  await plane.cell('main')
  await plane.customer('acme', { plan: 'team-private', name: 'Acme <Corporation>' })
  await plane.customer('globex')
})
afterEach(() => {
  plane.clock.moveTo(undefined)
  Object.assign(cluster, { fault: undefined, asked: [], tokens: [] })
})
afterAll(async () => {
  await plane.close()
  await cluster.close()
})

const ask = (tenant: string, body: Record<string, unknown> = {}, more: object = {}) =>
  plane.call('POST', `/v1/tenants/${tenant}/hand-off`, { body, ...more })
const handOff = async (body: Record<string, unknown> = {}) => {
  const made = mustBe(201, await ask('acme', body))
  return { made, path: new URL(String(made['link'])).pathname }
}
let visitors = 0
const visit = (
  method: 'GET' | 'POST',
  path: string,
  accept = 'application/json',
  address = `198.51.100.${++visitors}`,
) => plane.call(method, path, { token: null, headers: { accept }, address })
const BROWSER = 'text/html,*/*;q=0.8'
const events = async (action: string) =>
  (await plane.call('GET', `/v1/audit?action=${action}`)).body['items'] as Record<string, unknown>[] // a page of AuditEvent

test('a private tenant is handed over by its address and a link that shows a kubeconfig once', async () => {
  const { made, path } = await handOff({ role: 'tenant-admin', expiresInSeconds: 7200 })
  expect(made).toMatchObject({ tenant: 'acme', url: 'http://acme.localhost:7401', credentials: 'kubeconfig' })
  expect(String(made['link'])).toMatch(new RegExp(`^${PUBLIC_URL}/hand-off/stl_[A-Za-z0-9_-]{43}$`))
  expect(cluster.asked[0]?.path).toContain('/tenant-acme/serviceaccounts/tenant-admin/token')
  const opened = await visit('POST', path)
  expect(opened.status).toBe(200)
  expect(opened.body).toMatchObject({ customer: 'Acme <Corporation>', expiresAt: made['expiresAt'], url: made['url'] })
  expect(String(opened.body['kubeconfig'])).toContain(cluster.tokens[0])
  for (const method of ['POST', 'GET'] as const)
    expect((await visit(method, path)).body).toMatchObject({ status: 410, code: 'hand-off.opened' })
})

test('who may hand out no kubeconfig makes no link that shows one', async () => {
  const { token } = await plane.login('administrator', { verbs: ['tenants:hand-off'] })
  expect((await ask('acme', {}, { token })).body).toMatchObject({
    code: 'access.forbidden',
    verb: 'tenants:kubeconfig',
  })
  expect(cluster.asked).toEqual([])
  expect((await ask('globex', {}, { token })).body).toMatchObject({ credentials: 'none' }) // an address is no credential
})

test('who made it and who opened it is on record; the address of who opened it can be erased', async () => {
  const { made, path } = await handOff()
  const opened = await visit('POST', path, 'application/json', '203.0.113.9')
  const [asked] = await events('tenant.hand-off')
  expect(asked).toMatchObject({
    detail: { credentials: 'kubeconfig', handOff: made['id'] },
    actorId: expect.any(String),
  })
  const [event] = await events('hand-off.open')
  expect(event).toMatchObject({
    requestId: opened.headers['x-request-id'],
    actorId: null,
    detail: { handOff: made['id'] },
  })
  expect(await plane.rows(`select plain from audit_personal where plain = '203.0.113.9'`)).toHaveLength(1)
  const [record] = await plane.rows(
    `select canonical from audit_events where action = 'hand-off.open' order by at desc limit 1`,
  )
  expect(String(record?.['canonical'])).not.toContain('203.0.113.9')
})

test('of ten who open it at once exactly one sees it', async () => {
  const { path } = await handOff()
  const answers = await Promise.all(Array.from({ length: 10 }, () => visit('POST', path)))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  for (const { status, body } of answers) if (status !== 200) expect(body).toMatchObject({ code: 'hand-off.opened' })
  expect((await events('hand-off.open')).filter(({ detail }) => detail !== null).length).toBeGreaterThan(0)
})

test('looking opens nothing: a browser gets a page with a button, and the button shows the credentials', async () => {
  const { path } = await handOff()
  for (let n = 0; n < 3; n++) {
    const { headers, text } = await visit('GET', path, BROWSER)
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'referrer-policy': 'no-referrer',
      'content-security-policy': expect.stringMatching(/default-src 'none'.*form-action 'self'/),
    })
    expect(text).toContain('<form method="post">')
    expect(text).toContain('Acme &lt;Corporation&gt;')
    expect(text).not.toContain('apiVersion')
  }
  const pressed = await plane.call('POST', path, {
    token: null,
    payload: '',
    headers: { accept: BROWSER, 'content-type': 'application/x-www-form-urlencoded' },
    address: '198.51.100.250',
  })
  expect([pressed.status, pressed.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
  expect(pressed.text).toContain('apiVersion: v1')
  expect((await visit('POST', path, BROWSER)).text).toContain('opened already')
})

test('the secret and the credentials are in no row, no record and no log', async () => {
  const { made, path } = await handOff()
  const secret = path.split('/').at(-1) ?? ''
  const [token = ''] = cluster.tokens
  const kept = JSON.stringify(await plane.dump())
  await visit('POST', path)
  const after = JSON.stringify(await plane.dump())
  for (const text of [kept, after, plane.log.join('')]) {
    expect(text).not.toContain(secret)
    expect(text).not.toContain(token.split('.')[2])
  }
  expect(await plane.rows('select sealed from hand_offs where id = $1', [made['id']])).toEqual([{ sealed: null }])
})

test('it ends with its credentials, and what nobody fetched is kept no longer', async () => {
  const { made, path } = await handOff({ expiresInSeconds: 600 })
  plane.clock.moveTo(new Date(Date.now() + 601_000))
  for (const method of ['GET', 'POST'] as const)
    expect((await visit(method, path)).body).toMatchObject({ status: 410, code: 'hand-off.ended' })
  const forgotten = await plane.operator.transaction((tx) => handOffsStore.forget(tx, plane.clock.now().toISOString()))
  expect(forgotten).toBeGreaterThan(0)
  expect(await plane.rows('select sealed from hand_offs where id = $1', [made['id']])).toEqual([{ sealed: null }])
})

test('a tenant that leaves takes its link along, and what was sealed with another key or for another link stays closed', async () => {
  const [one, other] = [await handOff(), await handOff()]
  await plane.rows(`update hand_offs set sealed = (select sealed from hand_offs where id = $2) where id = $1`, [
    one.made['id'],
    other.made['id'],
  ])
  expect((await visit('POST', one.path)).body).toMatchObject({ status: 500, code: 'internal.error' })
  expect(await plane.rows('select opened_at from hand_offs where id = $1', [one.made['id']])).toEqual([
    { opened_at: null },
  ])
  await plane.rows(`update tenants set state = 'decommissioning' where slug = 'acme'`)
  expect((await visit('POST', other.path)).body).toMatchObject({ code: 'hand-off.ended' })
  await plane.rows(`update tenants set state = 'active' where slug = 'acme'`)
})

test('a shared tenant has an address and no credentials of its own', async () => {
  expect(mustBe(201, await ask('globex'))).toMatchObject({
    url: 'http://globex.localhost:7401',
    credentials: 'none',
    link: null,
    expiresAt: null,
  })
})

test('what cannot be handed over is refused with its reason, and nothing is kept', async () => {
  const before = await plane.dump()
  expect((await ask('nobody')).body).toMatchObject({ code: 'tenant.not-found' })
  for (const body of [{ role: 'owner' }, { expiresInSeconds: 60 }, { expiresInSeconds: 86_401 }, { colour: 'red' }])
    expect((await ask('acme', body)).body, JSON.stringify(body)).toMatchObject({ code: 'request.invalid' })
  cluster.fault = { status: 503, body: '' }
  expect((await ask('acme')).body).toMatchObject({ status: 503, code: 'plane.unavailable' })
  cluster.fault = undefined
  for (const path of [`/hand-off/${newSecret('link')}`, '/hand-off/nonsense'])
    expect((await visit('POST', path)).body).toMatchObject({ status: 404, code: 'hand-off.not-found' })
  expect(await plane.dump()).toEqual(before)
  await plane.rows(`update tenants set state = 'suspended' where slug = 'acme'`)
  expect((await ask('acme')).body).toMatchObject({ status: 409, code: 'tenant.state-forbids' })
  await plane.rows(`update tenants set state = 'active' where slug = 'acme'`)
  const { token } = await plane.login('sre')
  expect((await ask('acme', {}, { token })).body).toMatchObject({ code: 'access.forbidden' })
})
