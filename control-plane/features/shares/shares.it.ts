import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { PUBLIC_URL } from '../../../test/support/api.ts'
import { customers, mustBe, type Customers, type Served } from '../../../test/support/customers.ts'
import { newId } from '../../platform/ids.ts'
import { newSecret } from '../../platform/secret.ts'

let plane: Customers
let acme: Served
beforeAll(async () => {
  plane = await customers()
  await plane.cell('zentrale')
  acme = await plane.customer('acme', { name: 'Acme Corporation', contact: 'ada@acme.example' })
})
afterEach(() => plane.clock.moveTo(undefined))
afterAll(() => plane.close())

const share = async (operationId = acme.operationId, body: Record<string, unknown> = {}) => {
  const made = mustBe(201, await plane.call('POST', `/v1/operations/${operationId}/share`, { body }))
  const url = String(made['url'])
  return { id: String(made['id']), made, url, path: new URL(url).pathname }
}
let visitors = 0
/** Each test comes from an address of its own, so that none uses up what another may ask. */
const visit = (path: string, accept = 'application/json', address = `198.51.100.${++visitors}`) =>
  plane.call('GET', path, { token: null, headers: { accept }, address })
const BROWSER = 'text/html,application/xhtml+xml;q=0.9'

test('a link shows one operation in plain words to who has nothing but the link', async () => {
  const { made, url, path } = await share()
  expect(url).toMatch(new RegExp(`^${PUBLIC_URL}/status/stl_[A-Za-z0-9_-]{43}$`))
  const days = (Date.parse(String(made['expiresAt'])) - Date.parse(String(made['createdAt']))) / 86_400_000
  expect(days).toBe(7)
  const { status, body } = await visit(path)
  expect(status).toBe(200)
  expect(body).toMatchObject({
    title: 'Setting up',
    customer: 'Acme Corporation',
    state: 'done',
    progress: { done: 0, total: 4 },
    timeRemaining: null,
    finishedAt: expect.any(String),
  })
  expect((body['steps'] as { title: string }[])[0]?.title).toBe('Telling the application')
})

test('a browser gets a page that is closed to scripts and tells nobody where it was opened', async () => {
  const { path } = await share()
  const { headers, text } = await visit(path, BROWSER)
  expect(headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': expect.stringContaining("default-src 'none'"),
  })
  expect(text).toContain('Setting up: Acme Corporation')
})

test('it never names what the plane is made of, nor what went wrong', async () => {
  const asked = mustBe(202, await plane.call('POST', '/v1/tenants/acme/suspend'))
  const operationId = String(asked['operationId'])
  await plane.begin(operationId, 'publish-tenant')
  await plane.rows(
    `update operation_steps set state = 'failed', error_code = 'unit.pods-unready', error_message = 'pod zentrale-7 at 10.244.0.9 refused' where operation_id = $1`,
    [operationId],
  )
  const { path } = await share(operationId)
  const texts = async () => [(await visit(path)).text, (await visit(path, BROWSER)).text].join('\n')
  const running = await texts()
  await plane.finish(operationId, 'failed')
  const failed = await texts()
  for (const secret of [
    operationId,
    acme.id,
    acme.unitId,
    'zentrale',
    'local-1',
    'unit.pods-unready',
    '10.244',
    'publish-tenant',
    'ada@acme.example',
    'localhost',
  ])
    expect(running + failed).not.toContain(secret)
  expect(failed).toContain('did not work')
})

test('unknown, malformed, expired and revoked links get the same answer', async () => {
  const [gone, old] = [await share(), await share(acme.operationId, { expiresInSeconds: 3600 })]
  const revoke = () => plane.call('DELETE', `/v1/operations/${acme.operationId}/shares/${gone.id}`)
  expect((await revoke()).body).toMatchObject({ state: 'revoked', revokedAt: expect.any(String) })
  expect((await revoke()).body).toMatchObject({ state: 'revoked' })
  const paths = [gone.path, `/status/${newSecret('link')}`, '/status/nonsense', `/status/${acme.operationId}`]
  plane.clock.moveTo(new Date(Date.now() + 3_600_001))
  for (const accept of ['application/json', BROWSER]) {
    const answers = await Promise.all([old.path, ...paths].map((path) => visit(path, accept)))
    const plain = answers.map(({ status, headers, text, body: { instance } }) => {
      const { 'x-request-id': _id, date: _date, ...rest } = headers
      return { status, headers: rest, text: text.replaceAll(String(instance), '') }
    })
    expect(plain.map((one) => one.status)).toEqual([404, 404, 404, 404, 404])
    for (const one of plain) expect(one).toEqual(plain[0])
  }
})

test('the secret of a link is in no row, no record and no log, and opens nothing else', async () => {
  const { url, path } = await share()
  const secret = url.split('/').at(-1) ?? ''
  await visit(path)
  await visit(`${path}?x=1`)
  await visit(`/nowhere/${secret}`)
  expect(JSON.stringify(await plane.dump())).not.toContain(secret)
  expect(plane.log.join('')).not.toContain(secret)
  expect((await plane.call('GET', '/v1/tenants', { token: secret })).status).toBe(401)
})

test('links are listed without what opens them, in pages, and each is on record', async () => {
  const { operationId } = await plane.customer('listed')
  const made = [await share(operationId), await share(operationId), await share(operationId)]
  const list = async (query: string) => (await plane.call('GET', `/v1/operations/${operationId}/shares?${query}`)).body
  const first = await list('limit=2')
  expect(first['items']).toMatchObject([
    { id: made[2]?.id, state: 'live' },
    { id: made[1]?.id, operationId },
  ])
  expect(JSON.stringify(first)).not.toContain('stl_')
  expect((await list(`limit=2&cursor=${String(first['nextCursor'])}`))['items']).toMatchObject([{ id: made[0]?.id }])
  const events = await plane.rows(`select 1 from audit_events where action = 'operation.share' and operation_id = $1`, [
    operationId,
  ])
  expect(events).toHaveLength(3)
})

test('only what is done for one customer is shown, by who may, for as long as is sound', async () => {
  const [cell] = await plane.rows(`select id from operations where kind = 'cell.create' limit 1`)
  const url = (id: unknown) => `/v1/operations/${String(id)}/share`
  const before = await plane.dump()
  expect((await plane.call('POST', url(cell?.['id']), { body: {} })).body).toMatchObject({
    status: 409,
    code: 'share.not-a-customers',
  })
  expect((await plane.call('POST', url(newId()), { body: {} })).body).toMatchObject({ code: 'operation.not-found' })
  for (const expiresInSeconds of [60, 2_592_001])
    expect((await plane.call('POST', url(acme.operationId), { body: { expiresInSeconds } })).status).toBe(400)
  expect(await plane.dump()).toEqual(before)
  const blind = await plane.login('administrator', { verbs: ['operations:share'] })
  expect((await plane.call('POST', url(acme.operationId), { token: blind.token, body: {} })).body).toMatchObject({
    code: 'access.forbidden',
    verb: 'operations:read',
  })
  const { token } = await plane.login('viewer')
  expect((await plane.call('POST', url(acme.operationId), { token, body: {} })).body).toMatchObject({
    code: 'access.forbidden',
  })
  expect((await plane.call('DELETE', `/v1/operations/${acme.operationId}/shares/${newId()}`)).body).toMatchObject({
    code: 'share.not-found',
  })
})

test('whoever asks too often is put off, and nobody else', async () => {
  const { path } = await share()
  const statuses: number[] = []
  for (let n = 0; n < 302; n++) statuses.push((await visit(path, 'application/json', '203.0.113.7')).status)
  expect(statuses.slice(0, 300).every((status) => status === 200)).toBe(true)
  expect(statuses.slice(300)).toEqual([429, 429])
  expect((await visit(path, 'application/json', '203.0.113.8')).status).toBe(200)
})
