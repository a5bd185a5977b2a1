import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, expectTypeOf, test } from 'vitest'
import { testApi, type TestApi } from '../../../test/support/api.ts'
import type { RegionSettings } from '../../domain/region-settings.ts'
import { systemClock } from '../../platform/clock.ts'
import { createCursors } from '../../platform/pagination.ts'
import { createAuditAppend } from '../audit/audit.service.ts'
import { readRegionFile } from './regions.file.ts'
import type { RegionFile } from './regions.schema.ts'
import { regionsService, type RegionsService } from './regions.service.ts'

const region: RegionFile = {
  name: 'local-1',
  target: 'local',
  domain: 'localhost',
  settings: {
    kubeconfig: '/estate/worker.kubeconfig',
    sweepKubeconfig: '/estate/sweep.kubeconfig',
    productDatabaseUrlFile: '/estate/products-url',
    sweepDatabaseUrlFile: '/estate/sweep-url',
    gatewayUrl: 'http://127.0.0.1:7402',
    edgeUrl: 'http://127.0.0.1:7401',
    edgeAdminUrl: 'http://127.0.0.1:7403',
    edgeTokenFile: '/estate/edge-token',
    prometheusUrl: 'http://127.0.0.1:7416',
    facets: ['namespace', 'database'],
    instances: 100,
    podNetwork: { advertised: '10.244.', reachable: '127.244.' },
  },
}
let api: TestApi
let regions: RegionsService
beforeAll(async () => {
  api = await testApi()
  regions = regionsService({
    database: api.operator,
    cursors: createCursors(new Uint8Array(32)),
    audit: createAuditAppend({ clock: systemClock }),
  })
})
afterAll(() => api.close())

test('the settings of the file are those of the domain', () => {
  expectTypeOf<RegionFile['settings']>().toEqualTypeOf<RegionSettings>()
})

test('a region is registered, changed only where it differs, and each change is audited', async () => {
  const at = { ...region, name: 'seeded-1' }
  const atOnce = await Promise.all([regions.seed(at), regions.seed(at), regions.seed(at)])
  expect(atOnce.toSorted()).toEqual(['registered', 'unchanged', 'unchanged'])
  const moved = { ...at, settings: { ...at.settings, gatewayUrl: 'http://127.0.0.1:9999' } }
  expect(await regions.seed(moved)).toBe('updated')
  const { headers, body } = await api.call('GET', '/v1/regions/seeded-1')
  expect(body).toMatchObject({
    name: 'seeded-1',
    target: 'local',
    domain: 'localhost',
    gatewayUrl: 'http://127.0.0.1:9999',
    generation: 2,
  })
  expect(headers['etag']).toBe('"2"')
  const audit = await api.call('GET', '/v1/audit?subject=region:seeded-1')
  expect(audit.body['items']).toMatchObject([{ action: 'region.update', actorId: null }, { action: 'region.register' }])
})

test('callers see addresses, never where credentials lie', async () => {
  await regions.seed(region)
  const { text } = await api.call('GET', '/v1/regions/local-1')
  expect(text).not.toContain('/estate/')
})

test('a region and a plan that do not exist are named', async () => {
  expect((await api.call('GET', '/v1/regions/mars')).body).toMatchObject({
    status: 404,
    code: 'region.not-found',
    detail: expect.stringContaining('mars'),
  })
  expect((await api.call('GET', '/v1/plans/gold')).body).toMatchObject({
    status: 404,
    code: 'plan.not-found',
    detail: expect.stringContaining('gold'),
  })
})

test('plans are listed in order and paged', async () => {
  const first = await api.call('GET', '/v1/plans?limit=6')
  expect(first.body['items']).toMatchObject([
    { name: 'business-private', facets: null, compute: { pods: 16 }, price: { setupMinor: 50_000 } },
    { name: 'enterprise', isolation: 'dedicated', facets: null, price: { minor: 490_000 } },
    { name: 'regulated-private', facets: ['namespace', 'database', 'network'] },
    {
      name: 'starter-shared',
      price: { minor: 4900, setupMinor: 0, currency: 'EUR' },
      trialDays: null,
      limits: { requestsPerSecond: 20 },
      compute: null,
    },
    { name: 'team-dedicated', isolation: 'dedicated' },
    { name: 'team-private', facets: ['namespace', 'database'] },
  ])
  const second = await api.call('GET', `/v1/plans?limit=2&cursor=${String(first.body['nextCursor'])}`)
  expect(second.body).toMatchObject({
    items: [{ name: 'team-shared' }, { name: 'trial-shared', price: { minor: 0 }, trialDays: 14 }],
    nextCursor: null,
  })
})

test('a region file says all that is wrong with it at once', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'steward-region-'))
  const file = path.join(folder, 'region.json')
  try {
    await writeFile(file, JSON.stringify(region))
    expect(await readRegionFile(file)).toEqual(region)
    await writeFile(
      file,
      JSON.stringify({ ...region, name: 'Local 1', extra: 1, settings: { ...region.settings, edgeUrl: 'edge' } }),
    )
    const error = await readRegionFile(file).catch((caught: unknown) => String(caught))
    expect(error).toMatch(/STEWARD_REGION_FILE/)
    for (const place of ['/name', 'extra', '/settings/edgeUrl']) expect(error).toContain(place)
    await writeFile(file, '{')
    await expect(readRegionFile(file)).rejects.toThrow('not JSON')
    await expect(readRegionFile(`${file}.none`)).rejects.toThrow('cannot be read')
  } finally {
    await rm(folder, { recursive: true })
  }
})
