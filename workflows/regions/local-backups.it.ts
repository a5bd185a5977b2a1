import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RegionSettings } from '../../control-plane/domain/region-settings.ts'
import { unlinked } from '../../stacks/kubernetes/link.ts'
import { createFleet, type Fleet } from '../../stacks/local/daemon/fleet.ts'
import { backupStoreKind } from '../../stacks/local/resources/backup-store/backup-store.ts'
import { keyKind } from '../../stacks/local/resources/key/key.ts'
import { anyKind } from '../../stacks/local/resources/resource-kind.ts'
import { openResources } from '../../stacks/local/resources/resources.ts'
import { findPostgres } from '../../stacks/local/servers/postgres-binaries.ts'
import { backupsSuite, type BackupsRig } from '../../test/support/backups-suite.ts'
import { bareContext } from '../../test/support/bare-context.ts'
import { testServerUrl } from '../../test/support/database.ts'
import { until, withClient } from '../../test/support/postgres.ts'
import { REGION_SETTINGS } from '../../test/support/region-settings.ts'
import { resourcesApi, TEST_TOKENS } from '../../test/support/resources-api.ts'
import { localBackups } from './local-backups.ts'
import { localStacks } from './local-stacks.ts'

/** The store and the key of a real daemon, and a database of a real server; its cluster is not needed. */
const database = `stack_${randomBytes(4).toString('hex')}`
let folder: string
let fleet: Fleet
let api: ReturnType<typeof resourcesApi>
let resources: Awaited<ReturnType<typeof openResources>>
let rig: BackupsRig
let settings: RegionSettings
const sql = (text: string, name: string) =>
  withClient(testServerUrl().replace(/\/postgres$/, `/${name}`), (client) => client.query(text))
const made = (kind: string, name: string, inputs: object) =>
  resources
    .put(kind, name, inputs, `steward/acme`)
    .then(() => until(async () => expect((await resources.get(kind, name)).state).toBe('ready')))
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-local-backups-'))
  const context = await bareContext(folder)
  const { paths, record, log } = context
  fleet = createFleet([], { paths, estateId: record.id, log, onState: () => undefined })
  resources = await openResources({ context, fleet, kinds: [anyKind(keyKind), anyKind(backupStoreKind)] })
  api = resourcesApi({ context, fleet, resources })
  await api.listen({ host: '127.0.0.1', port: record.portBase })
  const tokenFile = join(folder, 'resources.token')
  const productDatabaseUrlFile = join(folder, 'admin.url')
  await writeFile(tokenFile, `${TEST_TOKENS.resources}\n`)
  await writeFile(productDatabaseUrlFile, `${testServerUrl()}\n`)
  await made('backup-store', 'acme-backups', { residency: 'local-1' })
  await made('key', 'acme-key', { generation: 1 })
  await sql(`create database "${database}"`, 'postgres')
  await sql('create table entries (id int primary key); insert into entries select generate_series(1, 1000)', database)
  const url = `http://127.0.0.1:${record.portBase}`
  const versions = { kubernetes: '1.35.4', postgres: '15' }
  const stackTarget = { target: 'local', url, tokenFile, sweepTokenFile: tokenFile, versions } as const
  settings = { ...REGION_SETTINGS, productDatabaseUrlFile, stackTarget }
  rig = {
    backups: localBackups((await findPostgres(process.env, '')).folder),
    site: { stack: 'acme', database, settings },
    other: { stack: 'storeless', database, settings },
    rotateTo: (generation) => made('key', 'acme-key', { generation }),
  }
})
afterAll(async () => {
  await api?.close()
  await resources?.stop()
  await fleet?.stop()
  await sql(`drop database if exists "${database}" with (force)`, 'postgres')
  await rm(folder, { recursive: true, force: true })
})

backupsSuite(() => rig)

test('a worker without the client programs takes none, and says what it lacks', async () => {
  const refused = localBackups(undefined).assertReady(rig.site, unlinked)
  await expect(refused).rejects.toMatchObject({ code: 'backup.not-configured' })
})

test('what is left of a stack names its store with the backups in it', async () => {
  const stored = { key: 'backups/left', dataKey: randomBytes(32), label: 'a label' }
  await rig.backups.take(rig.site, stored, unlinked)
  const order = {
    stack: 'acme',
    tenantId: 't',
    host: 'acme.localhost',
    plan: 'p',
    connections: 10,
    keyGeneration: 1,
    region: { name: 'local-1', settings },
    epoch: 1,
  }
  const { observed } = await resources.get('backup-store', 'acme-backups')
  expect(await localStacks(undefined).leftovers(order, unlinked)).toContainEqual({
    kind: 'backup-store',
    name: `acme-backups, ${String(observed['objects'])} objects in it`,
    where: 'local-1',
  })
})
