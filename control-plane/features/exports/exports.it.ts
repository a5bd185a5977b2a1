import { chmod, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { keptExport } from '../../../test/support/kept-export.ts'
import { customers, mustBe, type Customers } from '../../../test/support/customers.ts'
import { exportFolder, type ExportStore } from '../../platform/export-folder.ts'
import { openExportStore, type ExportPlace } from '../../platform/export-stores.ts'
import { createAuditAppend } from '../audit/audit.service.ts'
import { tenantsStore } from '../tenants/tenants.store.ts'
import { deleteDue } from './exports.retention.ts'

const DAY = 86_400_000
let plane: Customers
beforeAll(async () => {
  plane = await customers()
  await plane.cell('main', { tenants: 50, requestsPerSecond: 3000 })
})
afterEach(() => plane.clock.moveTo(undefined))
afterAll(() => plane.close())

const inDays = (days: number) => new Date(Date.now() + days * DAY)
const folder = async () => {
  const [row] = await plane.rows(`select settings ->> 'exportFolder' as folder from regions where name = 'local-1'`)
  return String(row?.['folder'])
}
const fileOf = async (id: string) => {
  const [row] = await plane.rows('select object_key as key from exports where id = $1', [id])
  return path.join(await folder(), `${String(row?.['key'])}.sealed`)
}
const get = (id: string, more = '') => plane.call('GET', `/v1/exports/${id}${more}`)
const open = (id: string) => plane.call('POST', `/v1/exports/${id}/open`)
const look = (openStore: (place: ExportPlace) => Pick<ExportStore, 'remove'> | null = openExportStore) =>
  deleteDue({
    database: plane.operator,
    clock: plane.clock,
    audit: createAuditAppend({ clock: plane.clock }),
    lockTenant: tenantsStore.lock,
    openStore,
    logger: { warn: (...line: unknown[]) => void plane.log.push(JSON.stringify(line)) },
  })
const events = (id: string) =>
  plane.rows('select action, actor_id as actor from audit_events where subject = $1 order by sequence', [
    `export:${id}`,
  ])

test('an export is listed, shown, taken away as it was stored, and opened on record', async () => {
  const [first, id] = [await keptExport(plane, 'acme'), await keptExport(plane, 'globex')]
  const shown = (await get(id)).body
  expect(shown).toMatchObject({ slug: 'globex', kind: 'tenant.export', state: 'kept', deletedAt: null })
  expect(shown['sections']).toEqual([
    { name: 'configuration', lines: 1, sha256: expect.any(String) },
    { name: 'audit', lines: expect.any(Number), sha256: expect.any(String) },
    { name: 'table "public"."entries"', lines: 2, sha256: expect.any(String) },
  ])
  const days = (Date.parse(String(shown['keepUntil'])) - Date.parse(String(shown['createdAt']))) / DAY
  expect(days).toBeCloseTo(30, 5)
  expect((await plane.call('GET', '/v1/exports?limit=1')).body).toMatchObject({ items: [{ id }] })
  expect((await plane.call('GET', '/v1/exports?tenant=acme')).body).toMatchObject({
    items: [{ id: first }],
    nextCursor: null,
  })
  const content = await plane.app.inject({ url: `/v1/exports/${id}/content`, headers: await bearer('sre') })
  expect(content.rawPayload.equals(await readFile(await fileOf(id)))).toBe(true)
  expect(content.headers['content-disposition']).toBe(`attachment; filename="globex-${id}.sealed"`)
  expect(mustBe(200, await open(id))['key']).toMatch(/^[\w-]{43}$/)
  expect((await events(id)).map(({ action }) => action)).toEqual(['export.download', 'export.open'])
})

const bearer = async (role: 'sre' | 'viewer') => ({ authorization: `Bearer ${(await plane.login(role)).token}` })

test('no secret is in what is exported, listed or logged', async () => {
  const id = await keptExport(plane, 'discreet')
  const { key } = mustBe(200, await open(id))
  const told = [JSON.stringify((await get(id)).body), plane.log.join('\n'), JSON.stringify(await plane.dump())].join(
    '\n',
  )
  expect(told).not.toContain(String(key))
  const bytes = await readFile(await fileOf(id))
  expect(bytes.includes('discreet')).toBe(false)
})

test.each([
  ['viewer', 403, 403, 403],
  ['sales-engineer', 403, 403, 403],
  ['sre', 200, 403, 202],
] as const)('as %s: list %i, open %i, ask %i', async (role, list, opened, asked) => {
  const slug = `for-${role}`
  const id = await keptExport(plane, slug)
  const { token } = await plane.login(role)
  const status = async (method: 'GET' | 'POST', url: string) => (await plane.call(method, url, { token })).status
  expect([
    await status('GET', '/v1/exports'),
    await status('POST', `/v1/exports/${id}/open`),
    await status('POST', `/v1/tenants/${slug}/export`),
  ]).toEqual([list, opened, asked])
})

test('its time over, the key goes on record and then the file; both once, and nothing opens it any more', async () => {
  const id = await keptExport(plane, 'old')
  const file = await fileOf(id)
  plane.clock.moveTo(inDays(29.9))
  expect(await look()).toBe(0)
  plane.clock.moveTo(inDays(30.1))
  const counts = await Promise.all([look(), look(), look()])
  expect(counts.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(0)
  expect(await look()).toBe(0)
  await expect(readFile(file)).rejects.toThrow('ENOENT')
  expect((await get(id)).body).toMatchObject({ state: 'deleted', deletedAt: expect.any(String) })
  expect((await events(id)).filter(({ action }) => action === 'export.delete')).toEqual([
    { action: 'export.delete', actor: null },
  ])
  for (const answer of [await get(id, '/content'), await open(id)])
    expect([answer.status, answer.body['code']]).toEqual([410, 'export.deleted'])
})

test('a hold keeps an export beyond its time, and its end lets it go', async () => {
  const id = await keptExport(plane, 'held')
  const { hold } = mustBe(201, await plane.call('POST', '/v1/tenants/held/holds', { body: { reason: 'matter 4' } }))
  plane.clock.moveTo(inDays(31))
  await look()
  expect((await get(id)).body).toMatchObject({ state: 'held' })
  const url = `/v1/tenants/held/holds/${(hold as { id: string }).id}/release` // shape of HoldPlaced
  mustBe(200, await plane.call('POST', url, { body: { reason: 'settled' } }))
  await look()
  expect((await get(id)).body).toMatchObject({ state: 'deleted' })
})

test('a file that cannot be removed has no key any more, and goes at a later look', async () => {
  const id = await keptExport(plane, 'stubborn')
  const file = await fileOf(id)
  plane.clock.moveTo(inDays(31))
  await look(() => ({ remove: () => Promise.reject(new Error('the disk is away')) }))
  expect(await plane.rows('select sealed_key, removed_at from exports where id = $1', [id])).toEqual([
    { sealed_key: null, removed_at: null },
  ])
  expect((await readFile(file)).length).toBeGreaterThan(0)
  await look()
  await expect(readFile(file)).rejects.toThrow('ENOENT')
})

test('a file that is gone, a store that is away and an export that never was are told apart', async () => {
  const id = await keptExport(plane, 'lost')
  await rm(await fileOf(id))
  expect((await get(id, '/content')).body['code']).toBe('export.missing')
  const away = await folder()
  await rename(away, `${away}.away`)
  expect((await get(id, '/content')).body).toMatchObject({ code: 'export.store-unreachable', retryable: true })
  const nobody = await get('0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c99')
  expect([nobody.status, nobody.body['code']]).toEqual([404, 'export.not-found'])
  expect((await get('nothing')).status).toBe(400)
})

test('where the region names no store nothing is asked for', async () => {
  await plane.customer('storeless')
  await plane.rows(`update regions set settings = settings - 'exportFolder' where name = 'local-1'`)
  const before = await plane.dump()
  const refused = await plane.call('POST', '/v1/tenants/storeless/export')
  expect([refused.status, refused.body['code']]).toEqual([409, 'region.no-export-store'])
  expect(await plane.dump()).toEqual(before)
})

test('a store keeps all of a file or nothing, and never makes the folder it was told of', async () => {
  await keptExport(plane, 'whole')
  const [at, signal] = [await folder(), AbortSignal.timeout(30_000)]
  const store = exportFolder(at)
  async function* broken() {
    yield Buffer.from('half')
    throw new Error('the source broke')
  }
  // often, because a file that is opened while its source breaks may come up after it was removed
  for (let attempt = 0; attempt < 100; attempt += 1) {
    await expect(store.put('a/b', broken(), signal)).rejects.toThrow('the source broke')
    expect(await readdir(path.join(at, 'a'))).toEqual([])
  }
  async function* sound() {
    yield Buffer.from('whole')
  }
  await writeFile(path.join(at, 'a', 'b.sealed.0a1b2c3d.part'), 'of an attempt that was killed')
  await writeFile(path.join(at, 'a', 'c.sealed.0a1b2c3d.part'), 'of another file')
  await store.put('a/b', sound(), signal)
  expect((await readdir(path.join(at, 'a'))).toSorted()).toEqual(['b.sealed', 'c.sealed.0a1b2c3d.part'])
  await rm(path.join(at, 'a', 'c.sealed.0a1b2c3d.part'))
  expect(await readFile(path.join(at, 'a', 'b.sealed'), 'utf8')).toBe('whole')
  await store.assertThere()
  await store.remove('a/b')
  await store.remove('a/b')
  expect(await readdir(at)).not.toContain('a')
  const unreachable = { code: 'export.store-unreachable' }
  await expect(exportFolder(`${at}/none`).put('a/b', sound(), signal)).rejects.toMatchObject(unreachable)
  await expect(exportFolder(`${at}/none`).assertThere()).rejects.toMatchObject(unreachable)
  await writeFile(path.join(at, 'file'), '')
  await expect(exportFolder(path.join(at, 'file')).put('a', sound(), signal)).rejects.toMatchObject(unreachable)
  await expect(exportFolder('/dev/full').assertThere()).rejects.toMatchObject(unreachable)
  await chmod(at, 0o700)
})

test('what only the tenant’s own key opens is opened by asking for it; where nothing says where that is, by a code', async () => {
  const id = await keptExport(plane, 'hooli')
  const before = (await open(id)).body['key']
  const [at] = await plane.rows('select tenant_id as tenant, operation_id as operation from exports where id = $1', [
    id,
  ])
  const context = { tenant: at?.['tenant'], export: at?.['operation'] }
  const seen: unknown[] = []
  const keys = createServer((request, response) => {
    void text(request).then((body) => {
      seen.push([request.method, request.url, request.headers.authorization, JSON.parse(body)])
      response.statusCode = seen.length === 2 ? 409 : 200
      response.end(JSON.stringify(seen.length === 2 ? { code: 'key.refused' } : { plaintext: before }))
    })
  })
  await once(keys.listen(0, '127.0.0.1'), 'listening')
  try {
    await plane.rows(
      `update exports set sealed_key = null, wrapped_key = 'wrapped by it', wrapped_by = 'hooli-key' where id = $1`,
      [id],
    )
    expect((await get(id)).body).toMatchObject({ opensWith: 'tenant' })
    const keyTokenFile = path.join(await folder(), 'keys.token')
    await writeFile(keyTokenFile, 'of-keys\n')
    const target = { url: `http://127.0.0.1:${(keys.address() as AddressInfo).port}`, keyTokenFile }
    await plane.rows(`update regions set settings = settings || jsonb_build_object('stackTarget', $1::jsonb)`, [
      JSON.stringify(target),
    ])
    expect((await open(id)).body['key']).toBe(before)
    const asked = ['POST', '/resources/key/hooli-key/unwrap', 'Bearer of-keys', { wrapped: 'wrapped by it', context }]
    expect(seen).toEqual([asked])
    const [refused, opened] = [await open(id), await plane.rows(OPENED, [`export:${id}`])]
    expect([refused.status, refused.body['code'], opened.length]).toEqual([409, 'tenant-key.refused', 2])
    await plane.rows(`update regions set settings = settings - 'stackTarget'`)
    expect((await open(id)).body['code']).toBe('export.unreadable')
  } finally {
    keys.close()
  }
})
const OPENED = `select 1 from audit_events where subject = $1 and action = 'export.open'`
