import { execFile } from 'node:child_process'
import { readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { claim, SWEEP_PLACES } from '../../control-plane/domain/orphan.ts'
import { unitNames } from '../../control-plane/domain/naming.ts'
import type { UnitKind } from '../../control-plane/domain/unit-kinds.ts'
import { createAuditAppend } from '../../control-plane/features/audit/audit.service.ts'
import type { RegionFile } from '../../control-plane/features/regions/regions.schema.ts'
import { regionsService } from '../../control-plane/features/regions/regions.service.ts'
import { systemClock } from '../../control-plane/platform/clock.ts'
import { openDatabase } from '../../control-plane/platform/database.ts'
import { createCursors } from '../../control-plane/platform/pagination.ts'
import { createRenderer } from '../../stacks/kubernetes/render.ts'
import { unlinked } from '../../stacks/kubernetes/link.ts'
import { startEstate } from '../../stacks/local/estate.ts'
import { openRegions, type Regions } from '../../workflows/regions/regions.ts'
import { estateHome, testEstate, type TestEstate } from '../support/estate.ts'
import { untilTask } from '../support/estate-tasks.ts'
import { withOwnParts } from '../support/own-parts.ts'
import { asCustomer } from '../support/plane.ts'
import { withClient } from '../support/postgres.ts'

/** Two regions with nothing in common but the plane: what a tenant has is in the one where it was placed, and in no part of the other. */
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 })
const PATIENCE_S = 500
/** Of the region that has no plane of its own: a second estate. */
const HERE = 'local-1'
const AWAY = 'local-2'

let here: TestEstate
let away: Pick<TestEstate, 'estate'>
let regions: Regions
const files: Record<string, RegionFile> = {}
beforeAll(async () => {
  here = await testEstate()
  away = {
    estate: await startEstate({
      home: await estateHome(),
      portBase: 'free',
      throwAway: true,
      env: withOwnParts(),
      without: ['plane-db', 'plane-roles', 'temporal', 'prometheus', 'api', 'worker'],
    }),
  }
  files[HERE] = await regionFile(here)
  files[AWAY] = { ...(await regionFile(away)), name: AWAY, domain: 'away.localhost' }
  await register(files[AWAY])
  await done('POST', '/v1/cells', { name: 'cell-here', region: HERE })
  await done('POST', '/v1/cells', { name: 'cell-away', region: AWAY })
  regions = openRegions(createRenderer({ helm: 'helm', charts: [] })) // nothing is rendered
  await untilTask(here.estate.home, 'stack-engine')
  for (const { slug, plan, region } of TENANTS) await done('POST', '/v1/tenants', { slug, plan, region })
})
afterAll(async () => {
  await regions?.close()
  await away?.estate.stop()
  if (away) await rm(away.estate.home, { recursive: true, force: true })
  await here?.remove()
})

/** Names that nothing else is called. */
const TENANTS = [
  { slug: 'quokka', plan: 'starter-shared', region: HERE, kind: 'cell', unit: 'cell-here' },
  { slug: 'wallaby', plan: 'starter-shared', region: AWAY, kind: 'cell', unit: 'cell-away' },
  { slug: 'bandicoot', plan: 'team-private', region: AWAY, kind: 'instance', unit: 'bandicoot' },
  { slug: 'numbat', plan: 'team-dedicated', region: AWAY, kind: 'stack', unit: 'numbat' },
] as const satisfies readonly { slug: string; plan: string; region: string; kind: UnitKind; unit: string }[]
type Tenant = (typeof TENANTS)[number]

const secret = async (file: string) => (await readFile(file, 'utf8')).trim()
const regionFile = async ({ estate }: Pick<TestEstate, 'estate'>) =>
  JSON.parse(await secret(estate.regionFile)) as RegionFile // an estate wrote it

/** As the plane registers the region of its own file at a start; a plan is sold there when it says so. */
async function register(region: RegionFile): Promise<void> {
  const database = openDatabase({
    url: await secret(here.estate.credentials.url('plane-operator')),
    applicationName: 'test',
  })
  const audit = createAuditAppend({ clock: systemClock })
  const outcome = await regionsService({ database, cursors: createCursors(new Uint8Array(32)), audit }).seed(region)
  await database.close()
  expect(outcome).toBe('registered')
  const plans = TENANTS.filter((tenant) => tenant.region === AWAY).map(({ plan }) => plan)
  await withClient(await secret(here.estate.credentials.url('plane-owner')), (client) =>
    client.query('update plans set regions = array[$1, $2] where name = any($3)', [HERE, AWAY, plans]),
  )
}
async function done(method: string, url: string, body?: unknown): Promise<void> {
  const answer = await here.plane.call(method, url, body === undefined ? {} : { body })
  expect({ url, status: answer.status, code: answer.body['code'] }).toMatchObject({ url, status: 202 })
  await here.plane.settle(String(answer.body['operationId']), 'succeeded', PATIENCE_S)
}
type Shown = { id: string; host: string; region: string; residency: string[]; unit: { id: string } }
const get = async (slug: string) => (await here.plane.call<Shown>('GET', `/v1/tenants/${slug}`)).body

/** Everything of a region that names the tenant or a unit of its own, as a sweep of it finds it. */
async function tracesIn(region: string, { slug, kind, unit }: Tenant): Promise<string[]> {
  const file = files[region]
  if (file === undefined) throw new Error(`there is no ${region}`)
  const { orphans } = await regions.handsOf({ name: region, settings: file.settings })
  const tenant = await get(slug)
  const { database, ownerRole, appRole, copyRole } = unitNames(kind, unit)
  const own = kind === 'cell' ? [] : [claim.unit(tenant.unit.id), claim.unitName(unit), claim.stack(unit)]
  const claims = new Set([
    claim.tenant(tenant.id),
    ...own,
    ...(kind === 'cell' ? [] : [database, ownerRole, appRole, copyRole].map(claim.sql)),
  ])
  const found: string[] = []
  for (const place of SWEEP_PLACES)
    for (const { name, of } of await orphans[place](unlinked))
      if (of.some((one) => claims.has(one)) || of.some((one) => one.startsWith(`export:${tenant.id}/`)))
        found.push(`${place} ${name}`)
  return found
}
/** Places of the region, each once. */
const placesOf = (found: readonly string[]) => [...new Set(found.map((one) => one.split(' ')[0]))].toSorted()

/** Files below a home whose bytes name one of these: data of databases and etcd, logs, stores. */
async function filesNaming(home: string, words: readonly string[]): Promise<string[]> {
  const args = ['-rlaF', ...words.flatMap((word) => ['-e', word]), home]
  const { stdout } = await promisify(execFile)('grep', args, { maxBuffer: 1 << 26 }).catch(
    (error: { code: number; stdout: string }) => {
      if (error.code === 1 || error.stdout !== '') return { stdout: error.stdout } // none, or a file went while it was read
      throw error
    },
  )
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((file) => path.relative(home, file))
}
/** What the plane keeps of every tenant, wherever that is: its records, its workflows, its logs, and states of stacks without their data. */
const PLANE =
  /^(plane-db|temporal|stacks|logs\/(api|worker|temporal|plane-db|daemon|prometheus)\b|prometheus|run|credentials\/operator)/

test.each(TENANTS)('$slug ($plan, $region) serves, and says where its data may be', async ({ slug, region }) => {
  const tenant = await get(slug)
  expect(tenant).toMatchObject({ region, residency: [region] })
  const { estate } = region === HERE ? here : away
  const answer = await asCustomer(estate.urls.edge, tenant.host, '/whoami')
  expect([answer.status, JSON.parse(answer.body)]).toMatchObject([200, { tenant: slug }])
  const { estate: elsewhere } = region === HERE ? away : here
  expect((await asCustomer(elsewhere.urls.edge, tenant.host, '/whoami')).status).not.toBe(200)
})

test.each(TENANTS)('of $slug, exported too, everything is in $region and nothing elsewhere', async (tenant) => {
  await done('POST', `/v1/tenants/${tenant.slug}/export`)
  const inside = await tracesIn(tenant.region, tenant)
  const wanted = {
    cell: ['cluster', 'edge', 'exports'],
    instance: ['cluster', 'databases', 'edge', 'exports'],
    stack: ['edge', 'exports', 'resources'], // its cluster and its databases are resources of the region
  }[tenant.kind]
  expect(placesOf(inside)).toEqual(wanted)
  if (tenant.kind === 'stack') {
    const parts = inside.filter((one) => one.startsWith('resources '))
    expect(parts).toHaveLength(4)
  }
  const other = tenant.region === HERE ? AWAY : HERE
  expect(await tracesIn(other, tenant)).toEqual([])
})

test('no file of the other region names a tenant, but for what the plane itself keeps', async () => {
  for (const tenant of TENANTS) {
    const { id } = await get(tenant.slug)
    const words = [tenant.slug, id]
    const [own, other] = tenant.region === HERE ? [here, away] : [away, here]
    expect(await filesNaming(own.estate.home, words)).not.toEqual([])
    const found = await filesNaming(other.estate.home, words)
    expect({ [tenant.slug]: found.filter((file) => !PLANE.test(file)) }).toEqual({ [tenant.slug]: [] })
  }
})

test('backups and logs of a stack are in its region alone, by what they say and by what they are called', async () => {
  await done('POST', '/v1/units/numbat/backups')
  const { items } = (
    await here.plane.call<{ items: { id: string; object: string; region: string; state: string }[] }>(
      'GET',
      '/v1/units/numbat/backups',
    )
  ).body
  expect(items).toMatchObject([{ region: AWAY, state: 'verified' }])
  const words = [items[0]?.object ?? '']
  const store = 'resources/backup-store/numbat-backups'
  const backups = (await filesNaming(away.estate.home, words)).filter((file) => file.startsWith(`${store}/`))
  expect(backups).toHaveLength(1) // by its key, in the index of the store; its content says nothing
  const elsewhere = await filesNaming(here.estate.home, words)
  expect(elsewhere.filter((file) => !PLANE.test(file))).toEqual([])
  const logs = async ({ estate }: Pick<TestEstate, 'estate'>) =>
    (await readdir(estate.paths.logs, { recursive: true })).filter((name) => name.includes('numbat'))
  expect((await logs(away)).length).toBeGreaterThan(3) // of its servers, each its own
  expect(await logs(here)).toEqual([])
})

test('what would lie outside is refused and makes nothing', async () => {
  const outside = await here.plane.call('POST', '/v1/tenants', {
    body: { slug: 'dingo', plan: 'business-private', region: AWAY },
  })
  expect([outside.status, outside.body['code']]).toEqual([409, 'region.not-in-plan'])
  const nowhere = await here.plane.call('POST', '/v1/tenants', {
    body: { slug: 'dingo', plan: 'team-dedicated', region: 'local-3' },
  })
  expect(nowhere.status).toBeGreaterThanOrEqual(400)
  const cells = await here.plane.call('POST', '/v1/cells', { body: { name: 'cell-nowhere', region: 'local-3' } })
  expect(cells.status).toBeGreaterThanOrEqual(400)
  expect((await here.plane.call('GET', '/v1/tenants/dingo')).status).toBe(404)
  for (const { estate } of [here, away]) {
    const found = await filesNaming(estate.home, ['dingo'])
    expect(found.filter((file) => !PLANE.test(file))).toEqual([])
  }
})
