import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApi, type TestApi } from '../test/support/api.ts'
import { withClient } from '../test/support/postgres.ts'
import { newId } from './platform/ids.ts'

let api: TestApi
beforeAll(async () => {
  api = await testApi()
  await withClient(api.database.url('steward_owner'), (client) =>
    client.query(`insert into regions (name, target, domain, settings) values ('local-1', 'local', 'localhost', '{}')`),
  )
})
afterAll(() => api.close())

/** Everything that a refused request could have left behind. */
const footprint = () =>
  withClient(api.database.url(), async (client) => {
    const tables = [
      'units',
      'tenants',
      'operations',
      'operation_claims',
      'audit_events',
      'idempotency_keys',
      'conditions',
    ]
    const counts: unknown[] = []
    for (const table of tables) counts.push((await client.query(`select from ${table}`)).rowCount)
    return counts
  })
const cell = (name: string, key?: string, more: Record<string, unknown> = {}) =>
  api.call('POST', '/v1/cells', {
    body: { name, ...more },
    ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
  })

test('a hundred requests with one Idempotency-Key make one cell and get one answer', async () => {
  const [key, name] = [newId(), 'hundred']
  const answers = await Promise.all(Array.from({ length: 100 }, () => cell(name, key)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]))
  expect(new Set(answers.map(({ text }) => text))).toHaveLength(1)
  expect(new Set(answers.map(({ headers }) => headers['location']))).toHaveLength(1)
  expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1)
  const { rowCount } = await withClient(api.database.url(), (client) =>
    client.query('select from operations where kind = $1', ['cell.create']),
  )
  expect(rowCount).toBe(1)
})

test('the key of one operator means nothing for another, and another wish under it is refused', async () => {
  const key = newId()
  const other = await api.login('administrator')
  await cell('mine', key)
  const theirs = await api.call('POST', '/v1/cells', {
    token: other.token,
    body: { name: 'theirs' },
    headers: { 'idempotency-key': key },
  })
  expect([theirs.status, theirs.headers['idempotency-replayed']]).toEqual([202, undefined])
  const before = await footprint()
  const reused = await cell('not-mine', key)
  expect(reused.body).toMatchObject({
    status: 422,
    code: 'idempotency.reused',
    errors: [{ in: 'header', pointer: '/idempotency-key' }],
  })
  expect(await footprint()).toEqual(before)
})

test.each([
  ['too long', 'k'.repeat(256)],
  ['with a space', 'a b'],
  ['of bytes beyond ASCII', 'é'],
])('an Idempotency-Key %s is refused by name', async (_what, key) => {
  const { body } = await cell('odd', key)
  expect(body).toMatchObject({
    status: 400,
    code: 'request.invalid',
    errors: [{ in: 'header', pointer: '/idempotency-key' }],
  })
})

test.each([
  ['an unknown field', { body: { name: 'a-cell', colour: 'red' } }, 400, 'request.invalid'],
  ['a wrong type', { body: { name: 1 } }, 400, 'request.invalid'],
  ['no body', {}, 400, 'request.invalid'],
  ['malformed JSON', { payload: '{"name": ' }, 400, 'request.malformed'],
  ['a body too large', { payload: JSON.stringify({ name: 'x'.repeat(70_000) }) }, 413, 'request.too-large'],
  [
    'another media type',
    { payload: 'name=x', headers: { 'content-type': 'text/plain' } },
    415,
    'request.unsupported-media-type',
  ],
  ['no token', { body: { name: 'a-cell' }, token: null }, 401, 'access.unauthenticated'],
  ['an unknown query parameter', { body: { name: 'a-cell' }, path: '/v1/cells?force=true' }, 400, 'request.invalid'],
])(
  '%s changes nothing and has its code',
  async (
    _what,
    { path = '/v1/cells', ...options }: { path?: string } & Parameters<TestApi['call']>[2],
    status,
    code,
  ) => {
    const before = await footprint()
    const { body, ...answer } = await api.call('POST', path, options)
    expect([answer.status, body['status'], body['code']]).toEqual([status, status, code])
    expect(body['instance']).toBe(answer.headers['x-request-id'])
    expect(await footprint()).toEqual(before)
  },
)

test('what an operator did is in the record under the request it came with, and in the log without its token', async () => {
  const { headers } = await api.call('POST', '/v1/cells', {
    body: { name: 'recorded' },
    headers: { 'x-request-id': 'ticket-4711' },
  })
  expect(headers['x-request-id']).toBe('ticket-4711')
  const { body } = await api.call('GET', '/v1/audit?action=cell.create&limit=1')
  expect(body['items']).toMatchObject([
    { stream: 'installation', requestId: 'ticket-4711', outcome: 'succeeded', detail: { name: 'recorded' } },
  ])
  expect(api.log.filter((line) => line.includes('ticket-4711')).length).toBeGreaterThan(0)
  expect(api.log.join('')).not.toContain('stw_')
})

test.each([
  ['/v1/audit?action=a%00', 'query', '/action', 'pattern'],
  ['/v1/audit?subject=a%00', 'query', '/subject', 'pattern'],
  ['/v1/audit?actor=urn:uuid:0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55', 'query', '/actor', 'format'],
  ['/v1/audit?from=0000-01-01T00:00:00Z', 'query', '/from', 'format'],
  ['/v1/operations?since=2026-01-01T00:00:00%2B23:59', 'query', '/since', 'format'],
  ['/v1/operations/urn:uuid:0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55', 'path', '/id', 'format'],
  ['/v1/plans/%00', 'path', '/name', 'pattern'],
  ['/v1/regions/%00', 'path', '/name', 'pattern'],
])('what PostgreSQL could not read is refused by name: %s', async (path, part, pointer, rule) => {
  const { body } = await api.call('GET', path)
  expect(body).toMatchObject({ status: 400, code: 'request.invalid', errors: [{ in: part, pointer, rule }] })
})

test.each(['2026-01-01T00:00:00Z', '2026-01-01t00:00:00.5z', '2026-06-30T23:59:60Z', '2026-01-01T00:00:00%2B14:00'])(
  'the time %s is taken',
  async (time) => expect((await api.call('GET', `/v1/operations?since=${time}`)).status).toBe(200),
)
