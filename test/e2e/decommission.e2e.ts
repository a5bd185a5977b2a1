import { spawn } from 'node:child_process'
import { readdir, readFile, truncate } from 'node:fs/promises'
import path from 'node:path'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { readArchive } from '../../control-plane/proof/archive.ts'
import { linesOf } from '../../control-plane/proof/lines.ts'
import { openSealed } from '../../control-plane/proof/open-sealed.ts'
import type { RemovalRecord } from '../../control-plane/proof/removal-record.ts'
import { verifyArchive } from '../../control-plane/proof/verify-archive.ts'
import { verifyCertificate } from '../../control-plane/proof/verify-certificate.ts'
import { connectProducts } from '../../stacks/postgres/product-server.ts'
import { restoreRows } from '../../stacks/postgres/restore-rows.ts'
import { edgeRoutes } from '../../stacks/traffic/edge-routes.ts'
import { smallDisk } from '../chaos/support/small-disk.ts'
import { createCell, testEstate, type TestEstate } from '../support/estate.ts'
import { asCustomer } from '../support/plane.ts'
import { withClient } from '../support/postgres.ts'
import { residueOf, type Wanted } from '../support/residue.ts'

vi.setConfig({ testTimeout: 400_000, hookTimeout: 300_000 })

let its: TestEstate
beforeAll(async () => {
  its = await testEstate()
  await createCell(its.plane, 'cell-1')
  await createCell(its.plane, 'cell-2')
})
afterAll(async () => its?.remove())

const urlOf = async (login: 'products-admin' | 'products-sweep', database = 'postgres') => {
  const at = new URL((await readFile(its.estate.credentials.url(login), 'utf8')).trim())
  at.pathname = `/${database}`
  return at.href
}
const admin = async (database: string, statement: string) =>
  withClient(await urlOf('products-admin', database), async (client) => (await client.query(statement)).rows)

async function provision(slug: string, plan: string): Promise<Wanted> {
  const { body } = await its.plane.call('POST', '/v1/tenants', { body: { slug, plan } })
  await its.plane.settle(String(body['operationId']))
  const { body: tenant } = await its.plane.call<Wanted>('GET', `/v1/tenants/${slug}`)
  for (const name of ['Cash', 'Bank', 'Gebühren'])
    expect(
      (
        await asCustomer(its.estate.urls.edge, tenant.host, '/accounts', {
          method: 'POST',
          body: { name, kind: 'asset', currency: 'EUR' },
        })
      ).status,
    ).toBe(201)
  return tenant
}
const remove = async (slug: string, end: 'succeeded' | 'failed' = 'succeeded') => {
  const { body } = await its.plane.call('DELETE', `/v1/tenants/${slug}`)
  return its.plane.settle(String(body['operationId']), end)
}
const certificateOf = async (slug: string) => its.plane.call('GET', `/v1/tenants/${slug}/certificate`)

/** The newest export of a tenant with its key. */
async function exportOf(slug: string): Promise<{ bytes: Buffer; key: Buffer }> {
  const { body } = await its.plane.call<{ items: { id: string }[] }>('GET', `/v1/exports?tenant=${slug}`)
  const at = `/v1/exports/${body.items[0]?.id}`
  const headers = { authorization: `Bearer ${its.token}` }
  const answer = await fetch(new URL(`${at}/content`, its.estate.urls.api), { headers })
  const { body: opened } = await its.plane.call<{ key: string }>('POST', `${at}/open`)
  return { bytes: Buffer.from(await answer.arrayBuffer()), key: Buffer.from(opened.key, 'base64url') }
}
async function* whole(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

/** Every table with its rows as text. */
async function contentOf(database: string, tenantId: string): Promise<Record<string, unknown>> {
  const tables = await admin(
    database,
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id') order by 1`,
  )
  const all = tables.map(async ({ name }) => [
    name,
    (
      await admin(database, `select t::text as row from ${String(name)} t where tenant_id = '${tenantId}' order by 1`)
    ).map(({ row }) => String(row)),
  ])
  return Object.fromEntries(await Promise.all(all)) as Record<string, unknown>
}

/** Reads an export back into an empty database of the same version of the product. */
async function restored(slug: string): Promise<string> {
  const { bytes, key } = await exportOf(slug)
  expect((await verifyArchive(() => whole(bytes), key)).audit).toMatchObject({ intact: true })
  const database = `restored_${slug.replaceAll('-', '_')}`
  await admin('postgres', `create database ${database} template empty_ledger`)
  const tables = new Map<string, string[]>()
  await readArchive(linesOf(openSealed(whole(bytes), key)), (section, line) => {
    if (section.startsWith('table ')) tables.set(section.slice(6), [...(tables.get(section.slice(6)) ?? []), line])
  })
  const server = connectProducts({ url: await urlOf('products-admin') })
  try {
    await server.session(database, async (statements) => {
      await statements.run('put foreign keys off', 'set session_replication_role = replica')
      for (const [table, lines] of tables) {
        await statements.run('empty it', `delete from ${table}`)
        expect(await restoreRows(statements, table, lines)).toBe(lines.length)
      }
    })
  } finally {
    await server.close()
  }
  return database
}

/** What an empty database of the product is made from: a third cell that nobody ever was in. */
beforeAll(async () => {
  await createCell(its.plane, 'blank')
  await its.plane.call('POST', '/v1/units/blank/attest') // whatever works on it has to end before its database is copied
  await admin('postgres', 'alter database cell_blank allow_connections false')
  await admin('postgres', `select pg_terminate_backend(pid) from pg_stat_activity where datname = 'cell_blank'`)
  await admin('postgres', 'create database empty_ledger template cell_blank')
  await admin('postgres', 'alter database cell_blank allow_connections true')
})

const PLACES = [
  ['acme', 'starter-shared', 'cell_cell_1'],
  ['initech', 'team-private', 'tenant_initech'],
] as const
test.each(PLACES)(
  '%s on %s is exported, removed and certified; its export comes back as it was',
  async (slug, plan, database) => {
    const tenant = await provision(slug, plan)
    const where = slug === 'acme' ? await placeOf(slug, tenant.id) : database
    const before = await contentOf(where, tenant.id)
    expect(JSON.stringify(before)).toContain('Gebühren')
    await remove(slug)
    expect(await residueOf(its.estate, tenant)).toEqual([]) // by a sweeper that shares no code with anything of the plane
    const { body } = await certificateOf(slug)
    const verdict = verifyCertificate(JSON.stringify(body))
    expect(verdict).toMatchObject({ valid: true, record: { tenant: { slug } } })
    const { sweep, stays, destroyed } = JSON.parse(String(body['record'])) as RemovalRecord
    expect(sweep.looks.map(({ means }) => means)).toEqual(
      expect.arrayContaining([
        'kinds of objects of the cluster, by the label of the tenant',
        'routes at the edge, by tenant and host',
        'databases, roles and replication slots, by the id of the tenant',
        'tables of all other cells, for its rows',
        'processes of this machine, by ids in their environment',
      ]),
    )
    expect(sweep.looks.find(({ means }) => means.startsWith('processes'))?.looked).toBeGreaterThan(5)
    expect(stays.map(({ what }) => what)).toContain('export')
    expect(destroyed.length).toBeGreaterThan(3)
    expect(await contentOf(await restored(slug), tenant.id)).toEqual(before)
  },
)

const CELLS = ['cell_cell_1', 'cell_cell_2', 'cell_blank']
const placeOf = async (slug: string, id: string): Promise<string> => {
  for (const database of CELLS) {
    const rows = await admin(database, `select 1 from accounts where tenant_id = '${id}' limit 1`)
    if (rows.length > 0) return database
  }
  throw new Error(`${slug} is in none of ${CELLS.join(', ')}`)
}

/** The disk of the store: its last page takes the beginning of an export, and no more. */
test('a disk that fills amid an export: nothing is kept of it, the tenant is served as before, and with room it is removed', async () => {
  const tenant = await provision('crowded', 'starter-shared')
  const folder = path.join(its.estate.home, 'small')
  const disk = await smallDisk(folder, 1)
  const storeAt = async (at: string) => {
    const url = (await readFile(its.estate.credentials.url('plane-admin'), 'utf8')).trim()
    const plane = new URL(url)
    plane.pathname = '/steward'
    const change = `update regions r set settings = r.settings || jsonb_build_object('exportFolder', $1::text)
                      from regions o where o.name = r.name returning o.settings ->> 'exportFolder' as before`
    return withClient(plane.href, async (client) => String((await client.query(change, [at])).rows[0]?.['before']))
  }
  const usual = await storeAt(folder)
  try {
    await disk.fill()
    await truncate(path.join(folder, 'ballast'), 1024 * 1024 - 4096)
    const { error } = await remove('crowded', 'failed')
    expect(error).toMatchObject({ code: 'export.store-full' })
    const left = await readdir(folder, { recursive: true, withFileTypes: true })
    expect(left.filter((file) => file.isFile()).map(({ name }) => name)).toEqual(['ballast'])
    expect((await its.plane.call('GET', '/v1/exports?tenant=crowded')).body).toMatchObject({ items: [] })
    const { status, body } = await asCustomer(its.estate.urls.edge, tenant.host, '/whoami')
    expect([status, JSON.parse(body)]).toMatchObject([200, { tenant: 'crowded' }])
    await disk.free()
    await remove('crowded')
    const { bytes, key } = await exportOf('crowded')
    expect(bytes.length).toBeGreaterThan(4096)
    expect((await verifyArchive(() => whole(bytes), key)).audit).toMatchObject({ intact: true })
  } finally {
    await storeAt(usual)
    await disk.remove()
  }
})

test('planted residue of each sort is named, nothing is certified, and when it is gone the removal can be asked for again', async () => {
  const tenant = await provision('clinging', 'starter-shared')
  const home = await placeOf('clinging', tenant.id)
  const other = home === 'cell_cell_1' ? 'cell_cell_2' : 'cell_cell_1'
  const named = `left_${tenant.id.replaceAll('-', '_')}`
  const token = (await readFile(its.estate.credentials.token('edge'), 'utf8')).trim()
  const edge = edgeRoutes({ url: its.estate.urls.daemon, token })
  const config = new KubeConfig()
  config.loadFromFile(its.estate.credentials.kubeconfig('admin'))
  const core = config.makeApiClient(CoreV1Api)
  const labels = { 'steward.dev/tenant': tenant.id }
  const alone = spawn('sleep', ['600'], { env: { TENANT: tenant.id }, stdio: 'ignore' })
  const stray = { host: 'stray.localhost', tenant: tenant.id, unit: 'x', target: its.estate.urls.gateway, epoch: 1 }
  try {
    await core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: 'by-hand', labels } } })
    await edge.open(stray)
    await admin('postgres', `create role ${named}`)
    await admin('postgres', `create database ${named}_db`)
    await admin(
      other,
      `insert into accounts (tenant_id, id, name, kind, currency) values ('${tenant.id}', gen_random_uuid(), 'x', 'asset', 'EUR')`,
    )
    const { error } = await remove('clinging', 'failed')
    expect(error?.code).toBe('decommission.residue')
    for (const one of [
      'ConfigMap by-hand in namespace default',
      'EdgeRoute stray.localhost in edge',
      `role ${named} in product database cluster`,
      `database ${named}_db in product database cluster`,
      `rows public.accounts: 1 in database ${other}`,
      `process ${alone.pid} in this machine`,
    ])
      expect(error?.message.replaceAll('"', '')).toContain(one)
    expect((await certificateOf('clinging')).body).toMatchObject({ code: 'certificate.none' })
  } finally {
    alone.kill()
    await core.deleteNamespacedConfigMap({ namespace: 'default', name: 'by-hand' })
    await edge.close({ ...stray, epoch: 2 })
    await admin('postgres', `drop role ${named}`)
    await admin('postgres', `drop database ${named}_db`)
    await admin(other, `delete from accounts where tenant_id = '${tenant.id}'`)
  }
  await remove('clinging')
  expect(verifyCertificate(JSON.stringify((await certificateOf('clinging')).body))).toMatchObject({ valid: true })
})

test('what looks for remainders cannot write: not in the cluster, not in a database', async () => {
  const config = new KubeConfig()
  config.loadFromFile(its.estate.credentials.kubeconfig('sweep'))
  const core = config.makeApiClient(CoreV1Api)
  const made = core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: 'mine' } } })
  await expect(made).rejects.toMatchObject({ code: 403 })
  await expect(core.deleteNamespace({ name: 'cell-cell-1' })).rejects.toMatchObject({ code: 403 })
  const url = await urlOf('products-sweep', 'cell_cell_1')
  for (const statement of [
    'delete from accounts',
    'create table mine (x int)',
    'create role mine',
    'drop database cell_cell_2',
  ])
    await expect(withClient(url, (client) => client.query(statement))).rejects.toMatchObject({
      code: expect.stringMatching(/^(42501|25006)$/),
    })
})
