import { once } from 'node:events'
import { request as send } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
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
const tight = tenant('tight', { limits: { requestsPerSecond: 0.01, burst: 1, statementTimeoutMs: 1000 } })
const shut = tenant('shut', { state: 'suspended' })

let unit: LedgerDatabase
let mount: TenantsFolder
beforeAll(async () => {
  unit = await ledgerDatabase()
  await unit.migrate('1.1.0')
  mount = await tenantsFolder([acme, tight, shut])
})
afterAll(async () => {
  await unit.drop()
  await mount.remove()
})
const pods: LedgerPod[] = []
afterEach(() => Promise.all(pods.splice(0).map((pod) => pod.close())))
const start = async (options: Partial<Parameters<typeof startLedger>[0]> = {}) => {
  const pod = await startLedger({ appUrl: unit.appUrl, tenantsFile: mount.file, ...options })
  pods.push(pod)
  return pod
}
/** Requests counted, by their labels. */
async function counts(pod: LedgerPod): Promise<Record<string, number>> {
  const lines = (await pod.ask(null, '/metrics')).text
    .split('\n')
    .filter((line) => line.startsWith('http_server_request_duration_seconds_count'))
  return Object.fromEntries(
    lines.map((line) => {
      const labels = Object.fromEntries(
        [...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', value = '']) => [label, value]),
      )
      const { tenant: slug, http_request_method, http_response_status_code, http_route, service_version } = labels
      return [
        `${slug} ${http_request_method} ${http_route} ${http_response_status_code} ${service_version}`,
        Number(line.split(' ').at(-1)),
      ]
    }),
  )
}

describe('metrics', () => {
  test('count every request of tenants once, by its outcome, and no probe', async () => {
    const pod = await start()
    await pod.ask('acme.localhost', '/whoami')
    await pod.ask('acme.localhost', '/accounts/00000000-0000-7000-8000-000000000000')
    await pod.ask('acme.localhost', '/no/such/path')
    await pod.ask('acme.localhost', '/accounts', { body: '{' })
    await pod.ask('tight.localhost', '/whoami')
    await pod.ask('tight.localhost', '/whoami')
    await pod.ask('shut.localhost', '/whoami')
    await pod.ask('nobody.localhost', '/whoami')
    expect((await pod.ask('acme.localhost', '/whoami', { method: 'PURGE' })).status).toBe(404)
    for (const path of ['/healthz', '/readyz', '/version', '/metrics']) await pod.ask(null, path)
    await until(async () =>
      expect(await counts(pod)).toMatchObject({
        'acme GET /whoami 200 1.1.0': 1,
        'acme GET /accounts/:id 404 1.1.0': 1,
        'acme GET undefined 404 1.1.0': 1,
        'acme POST /accounts 400 1.1.0': 1,
        'tight GET /whoami 200 1.1.0': 1,
        'tight GET /whoami 429 1.1.0': 1,
        'shut GET /whoami 403 1.1.0': 1,
        'none GET /whoami 404 1.1.0': 1,
        'acme _OTHER undefined 404 1.1.0': 1,
      }),
    )
    expect(Object.keys(await counts(pod)).filter((key) => /healthz|readyz|version |metrics/.test(key))).toEqual([])
  })

  test('count requests whose client left', async () => {
    const pod = await start({ tag: '1.1.2-slow' })
    const leaving = send({ host: '127.0.0.1', port: pod.port, path: '/whoami', headers: { host: 'acme.localhost' } })
    leaving.on('error', () => undefined).end()
    await once(leaving, 'finish')
    await pod.ask(null, '/healthz') // sent later on another connection, so the first one has arrived
    leaving.destroy()
    await until(async () => expect(await counts(pod)).toEqual({ 'acme GET /whoami 499 1.1.2-slow': 1 }))
  })

  test('buckets are cumulative and end with everything', async () => {
    const pod = await start({ tag: '1.1.2-slow' })
    await pod.ask('acme.localhost', '/whoami')
    await until(async () => {
      const { text, headers } = await pod.ask(null, '/metrics')
      expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
      const bucket = (le: string) =>
        new RegExp(`_bucket\\{[^}]*le="${le.replace('+', '\\+')}"\\} (\\d+)`).exec(text)?.[1]
      expect([bucket('0.25'), bucket('5'), bucket('+Inf')]).toEqual(['0', '1', '1'])
    })
  })

  test('forget a tenant with its removal', async () => {
    const own = await tenantsFolder([acme, tight])
    const pod = await start({ tenantsFile: own.file })
    for (const host of ['acme.localhost', 'tight.localhost']) await pod.ask(host, '/whoami')
    await until(async () => expect(Object.keys(await counts(pod))).toHaveLength(2))
    await own.write([acme])
    await until(async () => expect((await pod.ask(null, '/metrics')).text).not.toContain('tight'))
    expect(Object.keys(await counts(pod))).toEqual(['acme GET /whoami 200 1.1.0'])
    await own.remove()
  })
})

describe("operators' paths", () => {
  test('say what runs here', async () => {
    const pod = await start({ unit: 'test' })
    expect((await pod.ask(null, '/version')).json).toEqual({
      product: 'ledger',
      version: '1.1.0',
      tag: '1.1.0',
      unit: 'test',
      tenantsRevision: 1,
    })
    expect(await pod.ask(null, '/readyz')).toMatchObject({ status: 200, json: { ready: true } })
    expect((await pod.ask(null, '/healthz')).status).toBe(200)
  })

  test.each(['/metrics', '/readyz', '/version', '/healthz'])(
    "do not answer under a tenant's host: %s",
    async (path) => {
      const pod = await start()
      expect(await pod.ask('acme.localhost', path)).toMatchObject({ status: 404, json: { code: 'route.not-found' } })
      expect(await pod.ask('nobody.localhost', path)).toMatchObject({ status: 404, json: { code: 'tenant.unknown' } })
    },
  )
})

describe('not ready', () => {
  test('before the schema is as new as the release, and ready as soon as it is', async () => {
    const fresh = await ledgerDatabase()
    const pod = await start({ appUrl: fresh.appUrl })
    expect(await pod.ask(null, '/readyz')).toMatchObject({
      status: 503,
      json: { ready: false, checks: { schema: { ok: false } } },
    })
    await fresh.migrate('1.0.0')
    expect(await pod.ask(null, '/readyz')).toMatchObject({
      status: 503,
      json: { checks: { schema: { detail: 'migrations to run first: 0002_entry_references.expand.sql' } } },
    })
    await fresh.migrate('1.1.0')
    expect((await pod.ask(null, '/readyz')).status).toBe(200)
    await pods.pop()?.close()
    await fresh.drop()
  })

  test('before the tenants file is there', async () => {
    const pod = await start({ tenantsFile: `${mount.file}.later` })
    expect(await pod.ask(null, '/readyz')).toMatchObject({
      status: 503,
      json: { checks: { tenantsFile: { ok: false, detail: expect.stringContaining('ENOENT') as string } } },
    })
    expect((await pod.ask(null, '/version')).json['tenantsRevision']).toBe(-1)
    expect((await pod.ask(null, '/healthz')).status).toBe(200)
  })

  test('while draining, though it still serves and asks clients to go elsewhere', async () => {
    const pod = await start()
    pod.readiness.drain()
    expect(await pod.ask(null, '/readyz')).toMatchObject({
      status: 503,
      json: { checks: { serving: { detail: 'shutting down' } } },
    })
    expect(await pod.ask('acme.localhost', '/whoami')).toMatchObject({ status: 200, headers: { connection: 'close' } })
  })
})

test('requests in flight are finished when it closes, and later ones are not accepted', async () => {
  const pod = await start()
  await withClient(unit.superuser, async (holder) => {
    await holder.query('begin; lock table accounts in exclusive mode')
    const inFlight = pod.ask('acme.localhost', '/accounts', { body: { name: 'late', kind: 'asset', currency: 'EUR' } })
    await withClient(unit.superuser, (client) =>
      until(async () => {
        const { rows } = await client.query(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        )
        expect(rows).toHaveLength(1)
      }),
    )
    const closed = pods.pop()?.close()
    await until(async () =>
      expect(
        await pod.ask(null, '/healthz').then(
          () => 'accepted',
          () => 'refused',
        ),
      ).toBe('refused'),
    )
    await holder.query('rollback')
    expect((await inFlight).status).toBe(201)
    await closed
  })
})

describe('tags that misbehave on purpose', () => {
  test('1.1.1-errors fails one request in five, and the metrics say so', async () => {
    const pod = await start({ tag: '1.1.1-errors' })
    const answers = []
    for (let n = 0; n < 20; n++) answers.push(await pod.ask('acme.localhost', '/whoami'))
    expect(answers.filter(({ status }) => status === 500)).toHaveLength(4)
    expect(answers.find(({ status }) => status === 500)?.json).toMatchObject({ code: 'fault.planned' })
    await until(async () =>
      expect(await counts(pod)).toMatchObject({
        'acme GET /whoami 200 1.1.1-errors': 16,
        'acme GET /whoami 500 1.1.1-errors': 4,
      }),
    )
  })

  test('1.1.2-slow takes its time, probes do not', async () => {
    const pod = await start({ tag: '1.1.2-slow' })
    const order: string[] = []
    await Promise.all([
      pod.ask('acme.localhost', '/whoami').then(() => order.push('tenant')),
      pod.ask(null, '/readyz').then(() => order.push('probe')),
    ])
    expect(order).toEqual(['probe', 'tenant'])
  })

  test('1.0.0 has no references yet', async () => {
    const fresh = await ledgerDatabase()
    await fresh.migrate('1.0.0')
    const pod = await start({ tag: '1.0.0', appUrl: fresh.appUrl })
    const account = async (name: string) =>
      (await pod.ask('acme.localhost', '/accounts', { body: { name, kind: 'asset', currency: 'EUR' } })).json['id']
    const postings = [
      { accountId: await account('a'), amountMinor: 1 },
      { accountId: await account('b'), amountMinor: -1 },
    ]
    const post = (more: object) =>
      pod.ask('acme.localhost', '/entries', { body: { description: 'x', postings, ...more } })
    expect(await post({ reference: 'r' })).toMatchObject({ status: 400, json: { errors: [{ pointer: '/reference' }] } })
    const made = await post({})
    expect(made.status).toBe(201)
    expect((await pod.ask('acme.localhost', '/entries')).json['items']).toEqual([made.json])
    await pods.pop()?.close()
    await fresh.drop()
  })
})
