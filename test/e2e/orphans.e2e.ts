import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { TENANT_LABEL, UNIT_LABEL } from '../../control-plane/domain/naming.ts'
import type { RegionSettings } from '../../control-plane/domain/region-settings.ts'
import { regionFacts } from '../../control-plane/features/units/units.facts.ts'
import { openDatabase, type Database } from '../../control-plane/platform/database.ts'
import { createLogger } from '../../control-plane/platform/logger.ts'
import { createRenderer } from '../../stacks/kubernetes/render.ts'
import { openRegions, type Regions } from '../../workflows/regions/regions.ts'
import { sweepRegion } from '../../workflows/orphans/sweep-region.ts'
import { createCell, testEstate, type TestEstate } from '../support/estate.ts'
import { withClient } from '../support/postgres.ts'

/** What nobody owns is found in every part of a region, on the real servers, with credentials that can only read. */
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })
let its: TestEstate
let database: Database
let regions: Regions
let settings: RegionSettings
let core: CoreV1Api
const GHOST = '00000000-0000-7000-8000-000000000099'
const NOBODY = '00000000-0000-7000-8000-000000000098'
const { signal } = new AbortController()

beforeAll(async () => {
  its = await testEstate()
  await createCell(its.plane, 'home')
  for (const [slug, plan] of [
    ['acme', 'starter-shared'],
    ['globex', 'team-private'],
  ])
    await done('POST', '/v1/tenants', { slug, plan })
  const region = JSON.parse(await readFile(its.estate.regionFile, 'utf8')) as { settings: RegionSettings } // the estate wrote it
  settings = region.settings
  database = openDatabase({ url: await secret(its.estate.credentials.url('plane-worker')), applicationName: 'test' })
  regions = openRegions(createRenderer({ helm: 'helm', charts: [] })) // nothing is rendered
  const config = new KubeConfig()
  config.loadFromFile(its.estate.credentials.kubeconfig('admin'))
  core = config.makeApiClient(CoreV1Api)
})
afterAll(async () => {
  await regions?.close()
  await database?.close()
  await its?.remove()
})

async function done(method: string, url: string, body?: unknown): Promise<void> {
  const answer = await its.plane.call(method, url, body === undefined ? {} : { body })
  expect({ url, status: answer.status }).toEqual({ url, status: 202 })
  await its.plane.settle(String(answer.body['operationId']))
}
const secret = async (file: string) => (await readFile(file, 'utf8')).trim()
const sweep = () =>
  sweepRegion(
    { database, regionFacts, handsOf: regions.handsOf, logger: createLogger({ level: 'silent', process: 'test' }) },
    'local-1',
    0,
    signal,
  )
const shown = async (state: string) => {
  const { body } = await its.plane.call<{ items: { kind: string; name: string; owner: string }[] }>(
    'GET',
    `/v1/orphans?state=${state}&limit=100`,
  )
  return body.items.map(({ kind, name }) => `${kind} ${name}`).toSorted()
}
const products = async (...statements: string[]) =>
  withClient(await secret(its.estate.credentials.url('products-admin')), async (client) => {
    for (const statement of statements) await client.query(statement)
  })
async function daemon(method: string, url: string, tokenFile: string, body?: object, owner?: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${its.estate.ports.daemon}${url}`, {
    method,
    headers: {
      authorization: `Bearer ${await secret(tokenFile)}`,
      ...(body && { 'content-type': 'application/json' }),
      ...(owner && { 'steward-owner': owner }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  await response.arrayBuffer()
  return response.status
}
const resources = () => settings.stackTarget?.tokenFile ?? ''
const ghostFile = () => path.join(settings.exportFolder ?? '', NOBODY, `${GHOST}.sealed`)

const GHOSTS = [
  'EdgeRoute ghost.localhost',
  'Namespace tenant-ghost',
  `backup-store ghost-backups`,
  'database tenant_ghost',
  `export ${NOBODY}/${GHOST}`,
  'role tenant_ghost_app',
  'role tenant_ghost_owner',
]

test('in a region where everything is as the plane made it there is no orphan, whatever operations have come and gone', async () => {
  expect(await sweep()).toBe(0)
  await done('POST', '/v1/units/globex/attest')
  await done('POST', '/v1/tenants/acme/suspend')
  expect(await sweep()).toBe(0)
})

test('a planted one of each sort is found at the second look, and nothing of the living or of strangers', async () => {
  const labels = { [UNIT_LABEL]: GHOST, [TENANT_LABEL]: 'none' }
  await core.createNamespace({ body: { metadata: { name: 'tenant-ghost', labels } } })
  await core.createNamespace({ body: { metadata: { name: 'tenant-of-somebody-else', labels: { team: 'data' } } } })
  await products(
    'create role tenant_ghost_owner',
    'create role tenant_ghost_app',
    'create database tenant_ghost owner tenant_ghost_owner',
    'create database tenant_reports',
  )
  const edge = { unit: 'ghost', tenant: NOBODY, target: settings.gatewayUrl, epoch: 1 }
  expect(await daemon('PUT', '/edge/routes/ghost.localhost', settings.edgeTokenFile, edge)).toBeLessThan(300)
  const residency = { residency: 'local-1' }
  for (const [name, owner] of [
    ['ghost-backups', 'steward/ghost'],
    ['their-backups', 'elsewhere/theirs'],
  ] as const)
    expect(await daemon('PUT', `/resources/backup-store/${name}`, resources(), residency, owner)).toBe(202)
  await mkdir(path.dirname(ghostFile()), { recursive: true })
  await writeFile(ghostFile(), 'sealed by somebody')
  await writeFile(path.join(settings.exportFolder ?? '', 'notes.txt'), 'of a person')
  await sweep()
  expect([await shown('reported'), await shown('suspected')]).toEqual([[], GHOSTS])
  await sweep()
  expect(await shown('reported')).toEqual(GHOSTS)
})

test('what looks for them can change nothing: each of its credentials is refused a write', async () => {
  const config = new KubeConfig()
  config.loadFromFile(settings.sweepKubeconfig)
  const reader = config.makeApiClient(CoreV1Api)
  await expect(reader.deleteNamespace({ name: 'tenant-ghost' })).rejects.toMatchObject({ code: 403 })
  const url = await secret(settings.sweepDatabaseUrlFile)
  const asReader = (...statements: string[]) =>
    withClient(url, async (client) => {
      for (const statement of statements) await client.query(statement)
    })
  for (const drop of ['drop database tenant_ghost', 'drop role tenant_ghost_app']) {
    await expect(asReader(drop)).rejects.toMatchObject({ code: '25006' }) // its sessions are read-only
    await expect(asReader('set default_transaction_read_only = off', drop)).rejects.toMatchObject({ code: '42501' })
  }
  const closing = `/edge/routes/ghost.localhost?${new URLSearchParams({ tenant: NOBODY, epoch: '1' }).toString()}`
  expect(await daemon('DELETE', closing, settings.sweepEdgeTokenFile ?? '')).toBe(401)
  const sweepToken = settings.stackTarget?.sweepTokenFile ?? ''
  expect(await daemon('DELETE', '/resources/backup-store/ghost-backups', sweepToken, undefined, 'steward/ghost')).toBe(
    401,
  )
  await sweep()
  expect(await shown('reported')).toEqual(GHOSTS)
})

test('what a person removed is gone at the next look, and what was kept is not reported', async () => {
  const { body } = await its.plane.call<{ items: { id: string; kind: string }[] }>('GET', '/v1/orphans?limit=100')
  const role = body.items.find(({ kind }) => kind === 'role')
  const kept = await its.plane.call('POST', `/v1/orphans/${role?.id}/keep`, { body: { reason: 'of a ticket' } })
  expect(kept.status).toBe(200)
  await core.deleteNamespace({ name: 'tenant-ghost' })
  await products('drop database tenant_ghost')
  const closing = `/edge/routes/ghost.localhost?${new URLSearchParams({ tenant: NOBODY, epoch: '1' }).toString()}`
  expect(await daemon('DELETE', closing, settings.edgeTokenFile)).toBeLessThan(300)
  expect(await daemon('DELETE', '/resources/backup-store/ghost-backups', resources(), undefined, 'steward/ghost')).toBe(
    202,
  )
  await rm(ghostFile())
  await expect
    .poll(
      async () => {
        await sweep()
        return [await shown('kept'), await shown('reported')].map((list) => list.length)
      },
      { timeout: 120_000, interval: 1000 },
    )
    .toEqual([1, 1]) // two roles, of which one is kept
  expect(await shown('gone')).toEqual(GHOSTS.filter((one) => !one.startsWith('role')))
})
