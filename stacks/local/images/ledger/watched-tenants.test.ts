import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { PublishedTenant } from '../../../../control-plane/domain/tenants-file.ts'
import { until } from '../../../../test/support/postgres.ts'
import { type WatchedTenants, watchTenants } from './watched-tenants.ts'

const acme: PublishedTenant = {
  id: '00000000-0000-7000-8000-000000000001',
  slug: 'acme',
  hosts: ['acme.localhost'],
  state: 'active',
  limits: { requestsPerSecond: 5, burst: 10, statementTimeoutMs: 1000 },
}
const text = (revision: number, tenants: PublishedTenant[] = [acme], unit = 'eu') =>
  JSON.stringify({ unit, revision, tenants })

let folder: string
let watched: WatchedTenants | undefined
const refusals: string[] = []
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'watched-tenants-'))
  refusals.length = 0
})
afterEach(async () => {
  watched?.stop()
  await rm(folder, { recursive: true, force: true })
})
const watchIt = async (file = path.join(folder, 'tenants.json'), pollMs = 20) => {
  watched = await watchTenants({
    file,
    unit: { id: 'id-of-eu', name: 'eu' },
    pollMs,
    onBroken: (reason) => refusals.push(reason),
  })
  return watched
}
const inPlace = (content: string) => writeFile(path.join(folder, 'tenants.json'), content)
const put = async (content: string) => {
  await writeFile(path.join(folder, 'next'), content)
  await rename(path.join(folder, 'next'), path.join(folder, 'tenants.json'))
}
const revisionIs = (tenants: WatchedTenants, revision: number) =>
  until(async () => expect(tenants.status()).toMatchObject({ revision, broken: null }), 10)
const brokenFor = (tenants: WatchedTenants, reason: string, revision: number) =>
  until(
    async () => expect(tenants.status()).toMatchObject({ revision, broken: expect.stringContaining(reason) as string }),
    10,
  )

describe('reload', () => {
  test('a file written in place, and one renamed over it', async () => {
    await put(text(1))
    const tenants = await watchIt()
    expect(tenants.status()).toEqual({ revision: 1, count: 1, broken: null })
    await inPlace(text(2, []))
    await revisionIs(tenants, 2)
    expect(tenants.byHost('acme.localhost')).toBeUndefined()
    await put(text(3))
    await revisionIs(tenants, 3)
    expect(tenants.byHost('acme.localhost')).toEqual(acme)
  })

  test.each([
    ['as fs.watch sees it', 3_600_000],
    ['as the poll sees it', 20],
  ])('the ..data link of a ConfigMap mount swapped, %s', async (_how, pollMs) => {
    const publish = async (revision: number) => {
      await mkdir(path.join(folder, `..${revision}`))
      await writeFile(path.join(folder, `..${revision}`, 'tenants.json'), text(revision))
      await symlink(`..${revision}`, path.join(folder, '..data_tmp'))
      await rename(path.join(folder, '..data_tmp'), path.join(folder, '..data'))
    }
    await publish(1)
    await symlink('..data/tenants.json', path.join(folder, 'tenants.json'))
    const tenants = await watchIt(undefined, pollMs)
    for (const revision of [2, 3, 4]) {
      await publish(revision)
      await revisionIs(tenants, revision)
    }
  })

  test('the whole folder replaced, which only the poll notices', async () => {
    const mount = path.join(folder, 'mount')
    await mkdir(mount)
    await writeFile(path.join(mount, 'tenants.json'), text(1))
    const tenants = await watchIt(path.join(mount, 'tenants.json'))
    await rename(mount, path.join(folder, 'old'))
    await mkdir(mount)
    await writeFile(path.join(mount, 'tenants.json'), text(2))
    await revisionIs(tenants, 2)
  })

  test('a folder and file that come after the pod', async () => {
    const late = path.join(folder, 'late', 'tenants.json')
    const tenants = await watchIt(late)
    expect(tenants.status()).toMatchObject({
      revision: -1,
      count: 0,
      broken: expect.stringContaining('ENOENT') as string,
    })
    await mkdir(path.dirname(late))
    await writeFile(late, text(1))
    await revisionIs(tenants, 1)
  })

  test('a hundred changes in a row end with the last', async () => {
    await put(text(0))
    const tenants = await watchIt()
    for (let revision = 1; revision <= 100; revision++) await (revision % 2 ? put : inPlace)(text(revision))
    await revisionIs(tenants, 100)
  })
})

describe('a file that cannot be used keeps the last good one', () => {
  test.each([
    ['half written', '{"unit":"eu","revis', 'JSON'],
    ['breaking a rule', '{"unit":"eu","revision":-1,"tenants":[]}', '/revision must be >= 0'],
    ['for another unit', text(2, [], 'us'), 'it is for unit us'],
    ['older', text(0, []), 'its revision 0 is older than 1'],
  ])('%s', async (_what, content, reason) => {
    await put(text(1))
    const tenants = await watchIt()
    await put(content)
    await brokenFor(tenants, reason, 1)
    expect(tenants.byHost('acme.localhost')).toEqual(acme)
    await put(text(5))
    await revisionIs(tenants, 5)
  })

  test('gone, said once and not at every look', async () => {
    await put(text(1))
    const tenants = await watchIt()
    await unlink(path.join(folder, 'tenants.json'))
    await brokenFor(tenants, 'ENOENT', 1)
    await put(text(2))
    await revisionIs(tenants, 2)
    expect(refusals).toHaveLength(1)
  })

  test('gone and back unchanged is whole again', async () => {
    await put(text(1))
    const tenants = await watchIt()
    await unlink(path.join(folder, 'tenants.json'))
    await brokenFor(tenants, 'ENOENT', 1)
    await put(text(1))
    await revisionIs(tenants, 1)
  })
})

test('the id of the unit is as good as its name', async () => {
  await put(text(1, [acme], 'id-of-eu'))
  expect((await watchIt()).status()).toMatchObject({ revision: 1, broken: null })
})

test('a silo serves one tenant and refuses a file that lists another', async () => {
  await inPlace(text(1))
  const file = path.join(folder, 'tenants.json')
  watched = await watchTenants({
    file,
    unit: { id: 'id-of-eu', name: 'eu' },
    tenancy: 'silo',
    pollMs: 20,
    onBroken: (reason) => refusals.push(reason),
  })
  const other = { ...acme, id: '00000000-0000-7000-8000-000000000002', slug: 'globex', hosts: ['globex.localhost'] }
  await put(text(2, [acme, other]))
  await until(async () => expect(refusals.at(-1)).toContain('it lists 2 tenants'), 10)
  expect(watched.status()).toMatchObject({ revision: 1, count: 1 })
  expect(watched.byHost('globex.localhost')).toBeUndefined()
  await put(text(3))
  await revisionIs(watched, 3)
})
