import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { PublishedTenant } from '../../../../control-plane/domain/tenants-file.ts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type LedgerDatabase,
  ledgerDatabase,
  type LedgerPod,
  startLedger,
  tenant,
  type TenantsFolder,
  tenantsFolder,
} from '../../../../test/support/ledger.ts'
import { until, withClient } from '../../../../test/support/postgres.ts'

const acme = tenant('acme')
const globex = tenant('globex')
const [ACME, GLOBEX] = ['acme.localhost', 'globex.localhost']

let unit: LedgerDatabase
beforeAll(async () => {
  unit = await ledgerDatabase()
  await unit.migrate('1.1.0')
})
afterAll(() => unit.drop())

let mount: TenantsFolder
let pod: LedgerPod
beforeEach(async () => {
  mount = await tenantsFolder([acme, globex])
  pod = await startLedger({ appUrl: unit.appUrl, tenantsFile: mount.file })
})
afterEach(async () => {
  await pod.close()
  await mount.remove()
})
const publish = async (...tenants: PublishedTenant[]) => {
  const revision = await mount.write(tenants)
  await until(async () => expect((await pod.ask(null, '/version')).json['tenantsRevision']).toBe(revision), 10)
}
let serial = 0
const unique = (what: string) => `${what} ${process.pid}-${(serial += 1)}`
const account = async (host: string, name = unique('cash'), currency = 'EUR') => {
  const made = await pod.ask(host, '/accounts', { body: { name, kind: 'asset', currency } })
  expect(made.status).toBe(201)
  return String(made.json['id'])
}
const items = (json: Record<string, unknown>) => json['items'] as Record<string, unknown>[]

describe('the tenant of a request', () => {
  test('is the one whose host it names, whatever the port and case', async () => {
    const { status, json } = await pod.ask('ACME.localhost:7402', '/whoami')
    expect([status, json]).toEqual([200, { tenant: 'acme', id: acme.id, version: '1.1.0' }])
  })

  test('is nobody for an unknown host, without a look at the path', async () => {
    for (const path of ['/whoami', '/nothing']) {
      expect(await pod.ask('evil.localhost', path)).toMatchObject({
        status: 404,
        json: { code: 'tenant.unknown', detail: 'evil.localhost' },
      })
    }
  })

  test('is never taken from anything but the Host', async () => {
    const headers = {
      'x-forwarded-host': GLOBEX,
      forwarded: `host=${GLOBEX}`,
      'x-tenant-id': globex.id,
      'x-original-host': GLOBEX,
    }
    expect((await pod.ask(ACME, `/whoami?tenant=${globex.id}&tenantId=${globex.id}`, { headers })).json['tenant']).toBe(
      'acme',
    )
    const body = { name: unique('x'), kind: 'asset', currency: 'EUR', tenantId: globex.id }
    expect(await pod.ask(ACME, '/accounts', { body })).toMatchObject({
      status: 400,
      json: { code: 'request.invalid', errors: [{ pointer: '/tenantId', rule: 'additionalProperties' }] },
    })
  })

  test.each([
    ['two Host headers', 'GET /whoami HTTP/1.1\r\nHost: acme.localhost\r\nHost: globex.localhost', '400'],
    ['no Host header', 'GET /whoami HTTP/1.1', '400'],
    ['no Host header of old', 'GET /whoami HTTP/1.0', '400'],
    ['a whole URL of somebody else', `GET http://${GLOBEX}/whoami HTTP/1.1\r\nHost: acme.localhost`, '400'],
  ])('is nobody in a request with %s', async (_what, head, status) => {
    const socket = connect(pod.port, '127.0.0.1')
    socket.end(`${head}\r\nConnection: close\r\n\r\n`)
    const answer = await text(socket)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer).not.toContain(globex.id)
  })

  test('is refused while suspended, and served again when resumed', async () => {
    await publish({ ...acme, state: 'suspended' }, globex)
    expect(await pod.ask(ACME, '/accounts')).toMatchObject({ status: 403, json: { code: 'tenant.suspended' } })
    expect((await pod.ask(GLOBEX, '/accounts')).status).toBe(200)
    await publish(acme, globex)
    expect((await pod.ask(ACME, '/accounts')).status).toBe(200)
  })

  test('comes and goes with the file', async () => {
    await publish(globex)
    expect(await pod.ask(ACME, '/whoami')).toMatchObject({ status: 404, json: { code: 'tenant.unknown' } })
    await publish(acme, globex, tenant('initech'))
    expect((await pod.ask('initech.localhost', '/whoami')).json['tenant']).toBe('initech')
  })

  test('keeps what the last good file said while the newest is broken, and readiness tells', async () => {
    await mount.write('{"unit":')
    await until(
      async () => expect((await pod.ask(null, '/metrics')).text).toContain('ledger_tenants_file_broken 1'),
      10,
    )
    expect((await pod.ask(ACME, '/whoami')).status).toBe(200)
    const ready = await pod.ask(null, '/readyz')
    expect(ready).toMatchObject({
      status: 200,
      json: {
        ready: true,
        checks: { tenantsFile: { ok: true, detail: expect.stringContaining('revision 1 stays in use') as string } },
      },
    })
    await publish(acme)
    expect((await pod.ask(null, '/metrics')).text).toContain('ledger_tenants_file_broken 0')
  })
})

describe('accounts and entries', () => {
  test('an entry moves money between accounts, and both sides show it', async () => {
    const [cash, sales] = [await account(ACME), await account(ACME)]
    const postings = [
      { accountId: cash, amountMinor: 1250 },
      { accountId: sales, amountMinor: -1250 },
    ]
    const made = await pod.ask(ACME, '/entries', {
      body: { description: 'first sale', reference: unique('r'), postings },
    })
    expect(made).toMatchObject({ status: 201, json: { description: 'first sale', postings } })
    expect((await pod.ask(ACME, `/accounts/${cash}`)).json).toMatchObject({ id: cash, balanceMinor: 1250 })
    expect((await pod.ask(ACME, `/accounts/${sales}`)).json).toMatchObject({ balanceMinor: -1250 })
    expect(items((await pod.ask(ACME, '/entries?limit=200')).json)).toContainEqual(made.json)
  })

  test('lists come in pages', async () => {
    const created = [await account(ACME), await account(ACME), await account(ACME)]
    const seen: unknown[] = []
    let after = ''
    do {
      const { json } = await pod.ask(ACME, `/accounts?limit=2${after}`)
      seen.push(...items(json).map(({ id }) => id))
      after = json['next'] === null ? '' : `&after=${json['next'] as string}`
    } while (after)
    expect(seen).toEqual(expect.arrayContaining(created))
    expect(new Set(seen).size).toBe(seen.length)
  })

  test("another tenant's account is not found, not listed, and cannot be posted to", async () => {
    const [theirs, mine] = [await account(GLOBEX), await account(ACME)]
    expect(await pod.ask(ACME, `/accounts/${theirs}`)).toMatchObject({
      status: 404,
      json: { code: 'account.not-found' },
    })
    expect(items((await pod.ask(ACME, '/accounts?limit=200')).json).map(({ id }) => id)).not.toContain(theirs)
    const postings = [
      { accountId: mine, amountMinor: 5 },
      { accountId: theirs, amountMinor: -5 },
    ]
    expect(await pod.ask(ACME, '/entries', { body: { description: 'theft', postings } })).toMatchObject({
      status: 422,
      json: { code: 'entry.unknown-account', errors: [{ pointer: '/postings/1/accountId', rule: 'exists' }] },
    })
    expect((await pod.ask(GLOBEX, `/accounts/${theirs}`)).json['balanceMinor']).toBe(0)
  })

  test('names are taken within a tenant only', async () => {
    const name = unique('bank')
    await account(ACME, name)
    await account(GLOBEX, name)
    expect(await pod.ask(ACME, '/accounts', { body: { name, kind: 'asset', currency: 'EUR' } })).toMatchObject({
      status: 409,
      json: { code: 'account.name-used' },
    })
  })

  test('a reference books once', async () => {
    const [from, to] = [await account(ACME), await account(ACME)]
    const postings = [
      { accountId: from, amountMinor: 1 },
      { accountId: to, amountMinor: -1 },
    ]
    const body = { description: 'twice', reference: unique('r'), postings }
    const both = await Promise.all([pod.ask(ACME, '/entries', { body }), pod.ask(ACME, '/entries', { body })])
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409])
    expect((await pod.ask(ACME, `/accounts/${from}`)).json['balanceMinor']).toBe(1)
  })

  test('unbalanced and mixed entries are refused and change nothing', async () => {
    const [euro, dollar] = [await account(ACME), await account(ACME, unique('usd'), 'USD')]
    const entry = (first: number, second: number, other = dollar) =>
      pod.ask(ACME, '/entries', {
        body: {
          description: 'x',
          postings: [
            { accountId: euro, amountMinor: first },
            { accountId: other, amountMinor: second },
          ],
        },
      })
    expect(await entry(5, -4)).toMatchObject({
      status: 422,
      json: { code: 'entry.unbalanced', detail: 'The amounts add up to 1.' },
    })
    expect(await entry(5, -5)).toMatchObject({ status: 422, json: { code: 'entry.mixed-currencies' } })
    expect((await pod.ask(ACME, `/accounts/${euro}`)).json['balanceMinor']).toBe(0)
  })

  test.each([
    [
      'a number as text',
      {
        description: 'x',
        postings: [
          { accountId: acme.id, amountMinor: '5' },
          { accountId: acme.id, amountMinor: -5 },
        ],
      },
      '/postings/0/amountMinor',
      'type',
    ],
    [
      'one side only',
      { description: 'x', postings: [{ accountId: acme.id, amountMinor: 5 }] },
      '/postings',
      'minItems',
    ],
    [
      'an amount of nothing',
      {
        description: 'x',
        postings: [
          { accountId: acme.id, amountMinor: 0 },
          { accountId: acme.id, amountMinor: 0 },
        ],
      },
      '/postings/0/amountMinor',
      'not',
    ],
    [
      'no description',
      {
        postings: [
          { accountId: acme.id, amountMinor: 5 },
          { accountId: acme.id, amountMinor: -5 },
        ],
      },
      '/description',
      'required',
    ],
    [
      'an account id that is none',
      {
        description: 'x',
        postings: [
          { accountId: 'cash', amountMinor: 5 },
          { accountId: acme.id, amountMinor: -5 },
        ],
      },
      '/postings/0/accountId',
      'format',
    ],
    [
      'an account id written as a URN',
      {
        description: 'x',
        postings: [
          { accountId: `urn:uuid:${acme.id}`, amountMinor: 5 },
          { accountId: acme.id, amountMinor: -5 },
        ],
      },
      '/postings/0/accountId',
      'format',
    ],
    [
      'a NUL in the description',
      {
        description: 'x\u0000',
        postings: [
          { accountId: acme.id, amountMinor: 5 },
          { accountId: acme.id, amountMinor: -5 },
        ],
      },
      '/description',
      'pattern',
    ],
  ])('an entry with %s is refused by name', async (_what, body, pointer, rule) => {
    const { status, json } = await pod.ask(ACME, '/entries', { body })
    expect([status, json['code']]).toEqual([400, 'request.invalid'])
    expect(json['errors']).toContainEqual(expect.objectContaining({ pointer, rule }))
  })

  test.each([
    ['malformed JSON', '/accounts', { body: '{"name":' }, 400, 'request.malformed'],
    ['a body too large', '/accounts', { body: { name: 'x'.repeat(70_000) } }, 413, 'request.too-large'],
    [
      'another media type',
      '/accounts',
      { body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'request.unsupported-media-type',
    ],
    [
      'a NUL in a name',
      '/accounts',
      { body: { name: 'x\u0000', kind: 'asset', currency: 'EUR' } },
      400,
      'request.invalid',
    ],
    ['an unknown path', '/nothing', {}, 404, 'route.not-found'],
    ['an id that is none', '/accounts/cash', {}, 400, 'request.invalid'],
    ['an id written as a URN', `/accounts/urn:uuid:${acme.id}`, {}, 400, 'request.invalid'],
    ['a page too large', '/accounts?limit=1000', {}, 400, 'request.invalid'],
    ['an unknown parameter', '/accounts?colour=blue', {}, 400, 'request.invalid'],
  ])('%s is refused', async (_what, path, options, status, code) => {
    const answer = await pod.ask(ACME, path, options)
    expect(answer).toMatchObject({ status, json: { status, code, retryable: false } })
    expect(answer.headers['content-type']).toContain('application/problem+json')
  })
})

describe('limits of a tenant', () => {
  const limited = (requestsPerSecond: number, burst: number) => ({
    ...acme,
    limits: { ...acme.limits, requestsPerSecond, burst },
  })
  const statuses = async (host: string, times: number) =>
    Promise.all(Array.from({ length: times }, () => pod.ask(host, '/whoami').then(({ status }) => status)))
  const allowed = async (host: string, times: number) =>
    (await statuses(host, times)).filter((status) => status === 200).length

  test('a burst above the limit gets 429 with Retry-After; the neighbour is not touched', async () => {
    await publish(limited(0.01, 3), globex)
    expect((await statuses(ACME, 10)).toSorted((a, b) => a - b)).toEqual([
      ...Array<number>(3).fill(200),
      ...Array<number>(7).fill(429),
    ])
    const refused = await pod.ask(ACME, '/whoami')
    expect(refused).toMatchObject({ status: 429, json: { code: 'tenant.over-limit', retryable: true } })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(50)
    expect(await allowed(GLOBEX, 20)).toBe(20)
  })

  test('changed limits act on reload and give back nothing that was used', async () => {
    await publish(limited(0.01, 3), globex)
    expect(await allowed(ACME, 5)).toBe(3)
    await publish(limited(0.02, 50), globex)
    expect(await allowed(ACME, 5)).toBe(0)
  })

  test('a statement that takes longer than the tenant may use is ended; another tenant has its own time', async () => {
    await publish({ ...acme, limits: { ...acme.limits, statementTimeoutMs: 50 } }, globex)
    await withClient(unit.superuser, async (holder) => {
      await holder.query('begin; lock table accounts in exclusive mode')
      const body = { name: unique('slow'), kind: 'asset', currency: 'EUR' }
      const patient = pod.ask(GLOBEX, '/accounts', { body })
      expect(await pod.ask(ACME, '/accounts', { body })).toMatchObject({
        status: 503,
        headers: { 'retry-after': '1' },
        json: { code: 'statement.timed-out', retryable: true },
      })
      await holder.query('rollback')
      expect((await patient).status).toBe(201)
    })
    expect((await pod.ask(ACME, '/accounts')).status).toBe(200)
  })
})

test('connections that the database drops midway end as 503 and not the pod', async () => {
  await withClient(unit.superuser, async (holder) => {
    await holder.query('begin; lock table accounts in exclusive mode')
    const waiting = pod.ask(ACME, '/accounts', { body: { name: unique('lost'), kind: 'asset', currency: 'EUR' } })
    await withClient(unit.superuser, (client) =>
      until(async () => {
        const { rowCount } = await client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        )
        expect(rowCount).toBe(1)
      }),
    )
    expect(await waiting).toMatchObject({ status: 503, json: { code: 'database.unavailable', retryable: true } })
  })
  await until(async () => expect((await pod.ask(ACME, '/accounts')).status).toBe(200))
})
