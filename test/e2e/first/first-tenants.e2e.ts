import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { CoreV1Api, CustomObjectsApi, KubeConfig } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectPrometheus } from '../../../stacks/metrics/prometheus.ts'
import { edgeRoutes } from '../../../stacks/traffic/edge-routes.ts'
import { createCell, testEstate, type TestEstate } from '../../support/estate.ts'
import { identityProvider, type TestProvider } from '../../support/identity-provider.ts'
import { withOwnParts } from '../../support/own-parts.ts'
import { asCustomer } from '../../support/plane.ts'
import { until, withClient } from '../../support/postgres.ts'
import { placesOf, secretsOf } from '../../support/secrets.ts'
import { residueOf, type Trace, type Wanted } from '../../support/residue.ts'

let its: TestEstate
const CELL = { name: 'cell-1', namespace: 'cell-cell-1', database: 'cell_cell_1' }

let idp: TestProvider

beforeAll(async () => {
  idp = await identityProvider('http://127.0.0.1:1/v1/sign-in/callback')
  const { issuer, clientId, clientSecret } = clientOf(idp)
  const signIn = {
    STEWARD_OIDC_ISSUER: issuer,
    STEWARD_OIDC_CLIENT_ID: clientId,
    STEWARD_OIDC_CLIENT_SECRET: clientSecret,
    STEWARD_OIDC_ROLES: 'admins=administrator',
  }
  its = await testEstate({ env: { ...withOwnParts(), ...signIn } })
  await createCell(its.plane, CELL.name)
})
afterAll(async () => {
  await its?.remove()
  await idp?.close()
})
const clientOf = (of: TestProvider) => {
  const { issuer, clientId, clientSecret = '' } = of.settings('http://127.0.0.1:1')
  return { issuer, clientId, clientSecret }
}

async function provision(slug: string): Promise<Wanted> {
  const { status, body } = await its.plane.call('POST', '/v1/tenants', { body: { slug, plan: 'starter-shared' } })
  expect({ status, body }).toMatchObject({ status: 202 })
  await its.plane.settle(String(body['operationId']))
  return (await its.plane.call<Wanted>('GET', `/v1/tenants/${slug}`)).body
}
const as = (tenant: Wanted, at: string, body?: unknown) =>
  asCustomer(its.estate.urls.edge, tenant.host, at, body === undefined ? {} : { method: 'POST', body })
const openAccount = async (tenant: Wanted, name: string): Promise<string> => {
  const { status, body } = await as(tenant, '/accounts', { name, kind: 'asset', currency: 'EUR' })
  expect(status).toBe(201)
  return (JSON.parse(body) as { id: string }).id
}
const kubernetes = () => {
  const config = new KubeConfig()
  config.loadFromFile(its.estate.credentials.kubeconfig('admin'))
  return { core: config.makeApiClient(CoreV1Api), custom: config.makeApiClient(CustomObjectsApi) }
}
const cellDatabase = async (): Promise<string> => {
  const at = new URL((await readFile(its.estate.credentials.url('products-admin'), 'utf8')).trim())
  at.pathname = `/${CELL.database}`
  return at.href
}
const kinds = (traces: readonly Trace[]) => [...new Set(traces.map(({ kind }) => kind))].toSorted()

describe('shared tenants', () => {
  test('a hundred creates at once with one Idempotency-Key make one tenant, which is served', async () => {
    const ask = () =>
      its.plane.call('POST', '/v1/tenants', {
        body: { slug: 'only-one', plan: 'starter-shared' },
        headers: { 'idempotency-key': 'once' },
      })
    const answers = await Promise.all(Array.from({ length: 100 }, ask))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]))
    expect(new Set(answers.map(({ body }) => body['operationId'])).size).toBe(1)
    await its.plane.settle(String(answers[0]?.body['operationId']))
    const { body } = await its.plane.call<{ items: Wanted[] }>('GET', '/v1/tenants?slug=only-one')
    expect(body.items).toHaveLength(1)
    expect((await as(body.items[0]!, '/whoami')).status).toBe(200)
  })

  test("the product's own login sees nothing of another tenant, and all of it once row-level security is off", async () => {
    const [a, b] = [await provision('apart-a'), await provision('apart-b')]
    const account = await openAccount(a, 'Cash')
    expect((await as(a, `/accounts/${account}`)).status).toBe(200)
    expect((await as(b, `/accounts/${account}`)).status).toBe(404)
    const { data } = await kubernetes().core.readNamespacedSecret({ name: 'database', namespace: CELL.namespace })
    const login = Buffer.from(data?.['DATABASE_URL'] ?? '', 'base64').toString()
    const rowsSeenBy = (tenant: Wanted) =>
      withClient(login, async (client) => {
        await client.query('begin')
        await client.query("select set_config('app.tenant_id', $1, true)", [tenant.id])
        return (await client.query('select id from accounts where id = $1', [account])).rows.length
      })
    expect(await rowsSeenBy(a)).toBe(1)
    expect(await rowsSeenBy(b)).toBe(0)
    const toggle = async (how: 'disable' | 'enable') =>
      withClient(await cellDatabase(), (client) => client.query(`alter table accounts ${how} row level security`))
    await toggle('disable')
    try {
      expect(await rowsSeenBy(b)).toBe(1)
    } finally {
      await toggle('enable')
    }
    expect(await rowsSeenBy(b)).toBe(0)
  })

  test('suspension refuses one tenant and nobody else; resumption brings it back', async () => {
    const [a, b] = [await provision('pause-a'), await provision('pause-b')]
    const change = async (verb: string) => {
      const { body } = await its.plane.call('POST', `/v1/tenants/pause-a/${verb}`)
      await its.plane.settle(String(body['operationId']))
    }
    await change('suspend')
    expect([(await as(a, '/whoami')).status, (await as(b, '/whoami')).status]).toEqual([403, 200])
    await change('resume')
    expect((await as(a, '/whoami')).status).toBe(200)
  })
})

test('Prometheus finds the pods by itself and shows traffic by tenant', async () => {
  const busy = await provision('busy')
  const prometheus = connectPrometheus({ url: its.estate.urls.prometheus })
  await until(async () => {
    expect((await as(busy, '/whoami')).status).toBe(200)
    const samples = await prometheus.query(
      'sum(http_server_request_duration_seconds_count{tenant="busy", http_response_status_code="200"})',
    )
    expect(samples[0]?.value ?? 0).toBeGreaterThan(0)
  }, 60)
})

describe('after a removal', () => {
  test('a separate credential finds nothing of the tenant, and everything that was there before', async () => {
    const gone = await provision('leaver')
    await openAccount(gone, 'Cash')
    expect(kinds(await residueOf(its.estate, gone))).toEqual(['config-map', 'edge-route', 'route', 'row'])
    const { body } = await its.plane.call('DELETE', '/v1/tenants/leaver')
    await its.plane.settle(String(body['operationId']))
    expect(await residueOf(its.estate, gone)).toEqual([])
    expect((await as(gone, '/whoami')).status).toBe(404)
  })

  test('each planted leftover is found', async () => {
    const gone = { id: '01990000-0000-7000-8000-00000000dead', slug: 'planted-one', host: 'planted-one.localhost' }
    expect(await residueOf(its.estate, gone)).toEqual([])
    const token = (await readFile(its.estate.credentials.token('edge'), 'utf8')).trim()
    const { core, custom } = kubernetes()
    const route = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'left-behind', namespace: CELL.namespace },
      spec: { hostnames: [gone.host], parentRefs: [{ name: 'steward', namespace: 'steward' }] },
    }
    const at = { group: 'gateway.networking.k8s.io', version: 'v1', namespace: CELL.namespace, plural: 'httproutes' }
    const lone = spawn('sleep', ['60'], { env: { TENANT: gone.id }, stdio: 'ignore' })
    try {
      await custom.createNamespacedCustomObject({ ...at, body: route })
      await core.createNamespacedConfigMap({
        namespace: 'default',
        body: { metadata: { name: 'left-behind' }, data: { tenant: gone.id } },
      })
      await edgeRoutes({ url: its.estate.urls.daemon, token }).open({
        host: gone.host,
        target: its.estate.urls.gateway,
        unit: 'x',
        tenant: gone.id,
        epoch: 1,
      })
      await withClient(await cellDatabase(), async (client) => {
        await client.query(
          "insert into accounts (tenant_id, id, name, kind, currency) values ($1, gen_random_uuid(), 'x', 'asset', 'EUR')",
          [gone.id],
        )
        await client.query('create role planted_one')
        await client.query('create database planted_one')
      })
      const found = await residueOf(its.estate, gone)
      expect(kinds(found)).toEqual(['config-map', 'database', 'edge-route', 'process', 'role', 'route', 'row'])
    } finally {
      lone.kill()
      await withClient(await cellDatabase(), async (client) => {
        await client.query('drop database if exists planted_one')
        await client.query('drop role if exists planted_one')
      })
    }
  })

  test('a removal that leaves something behind fails and names it', async () => {
    const kept = await provision('clinging')
    await kubernetes().core.createNamespacedConfigMap({
      namespace: CELL.namespace,
      body: { metadata: { name: 'by-hand', labels: { 'steward.dev/tenant': kept.id } }, data: {} },
    })
    const { body } = await its.plane.call('DELETE', '/v1/tenants/clinging')
    const operation = await its.plane.settle(String(body['operationId']), 'failed')
    expect(operation.error).toMatchObject({ code: 'decommission.residue' })
    expect(operation.error?.message).toContain('by-hand')
    await kubernetes().core.deleteNamespacedConfigMap({ namespace: CELL.namespace, name: 'by-hand' })
    const retried = await its.plane.call('POST', `/v1/operations/${operation.id}/retry`)
    await its.plane.settle(String(retried.body['operationId']))
    expect(await residueOf(its.estate, kept)).toEqual([])
  })
})

test('no secret stands in a log, a workflow history or a row of the plane, and a planted one is found', async () => {
  const { estate } = its
  const { clientId, clientSecret } = clientOf(idp)
  const sealing = (await readFile(estate.credentials.sealingKey, 'utf8')).trim()
  const signIn = await its.plane.call('POST', '/v1/sign-in/device') // shows the client's secret to the provider
  expect(signIn.status).toBe(200)
  const { secret } = signIn.body
  expect((await its.plane.call('POST', '/v1/sign-in/device/token', { body: { secret } })).status).toBe(202)
  const ofClient = [clientSecret, Buffer.from(`${clientId}:${clientSecret}`).toString('base64'), String(secret)]
  const secrets = [...(await secretsOf(estate)), ...ofClient]
  expect(secrets.length).toBeGreaterThan(10)
  expect(secrets).toContain(sealing)
  expect(await placesOf(secrets, estate)).toEqual([])
  const planted = path.join(estate.home, 'logs', 'planted.log')
  for (const one of [secrets[0], sealing, ...ofClient]) {
    await writeFile(planted, `login with ${one}\n`)
    expect(await placesOf(secrets, estate)).toEqual([planted])
  }
})
