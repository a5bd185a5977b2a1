import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { unitNames } from '../../control-plane/domain/naming.ts'
import { askDaemon } from '../../stacks/local/commands/daemon-client.ts'
import { connectKube } from '../../stacks/local/kube/client.ts'
import { fenced } from '../../stacks/postgres/fence.ts'
import { connectProducts } from '../../stacks/postgres/product-server.ts'
import { fenceOf } from '../../stacks/postgres/unit-database.ts'
import { ROOT } from '../support/documents.ts'
import { createCell, estateHome, testEstate, type TestEstate } from '../support/estate.ts'
import { withOwnParts } from '../support/own-parts.ts'
import { asCustomer } from '../support/plane.ts'
import { until, withClient } from '../support/postgres.ts'

const env = withOwnParts()
let its: TestEstate
let folder: string
let file: string
/** What somebody could have copied of the estate that is gone. */
let old: string
const ids: Record<string, string> = {}

const ESTATE = path.join(ROOT, 'stacks/local/commands/main.ts')
const estateCommand = (...args: string[]) =>
  promisify(execFile)(process.execPath, [ESTATE, ...args], { env }).then(
    ({ stdout }) => ({ code: 0, said: stdout }),
    (error: { code: number; stderr: string }) => ({ code: error.code, said: error.stderr }),
  )
const restoreInto = (
  home: string,
  from = file,
  key: readonly string[] = ['--sealing-key-file', `${old}/sealing.key`],
) => estateCommand('restore', from, '--home', home, ...key)
const ask = async (method: string, at: string, body?: unknown): Promise<string> => {
  const answer = await its.plane.call(method, at, body === undefined ? {} : { body })
  if (answer.status !== 202) throw new Error(`${method} ${at}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return String(answer.body['operationId'])
}
const done = async (method: string, at: string, body?: unknown) => its.plane.settle(await ask(method, at, body))
const as = (slug: string, at: string, body?: unknown) =>
  asCustomer(its.estate.urls.edge, `${slug}.localhost`, at, body === undefined ? {} : { method: 'POST', body })
const accounts = async (slug: string) => {
  const { status, body } = await as(slug, '/accounts')
  return { status, names: [...body.matchAll(/"name":"([^"]+)"/g)].map(([, name]) => name) }
}
const open = async (slug: string, name: string) =>
  expect((await as(slug, '/accounts', { name, kind: 'asset', currency: 'EUR' })).status).toBe(201)
const workerIs = async () => {
  const { state } = (await (await askDaemon(its.estate.home, '/servers/worker')).json()) as { state: string }
  return state
}
const url = async (name: string, credentials = its.estate.credentials.folder) =>
  (await readFile(path.join(credentials, `${name}.url`), 'utf8')).trim()
const epochs = async (): Promise<{ id: string; epoch: number }[]> =>
  withClient(
    await url('plane-owner'),
    async (client) => (await client.query('select id, epoch::float8 as epoch from operations order by sequence')).rows,
  )

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'steward-backups-'))
  file = path.join(folder, 'estate.backup')
  old = path.join(folder, 'credentials')
  its = await testEstate()
  await createCell(its.plane, 'main')
  for (const [slug, plan] of [
    ['acme', 'starter-shared'],
    ['quiet', 'starter-shared'],
    ['doubtful', 'team-shared'],
    ['lone', 'team-private'],
  ] as const)
    await done('POST', '/v1/tenants', { slug, plan })
  await done('PATCH', '/v1/tenants/lone', { plan: 'business-private' }) // its fences have seen an epoch
  await done('POST', '/v1/tenants/quiet/suspend')
  await open('acme', 'Cash of acme')
  await open('lone', 'Cash of lone')
})
afterAll(async () => {
  await its?.remove()
  await rm(folder, { recursive: true, force: true })
})

test('a backup is taken while tenants are served; the worker runs again afterwards', async () => {
  const { code, said } = await estateCommand('backup', `${file}.first`, '--home', its.estate.home)
  expect([code, said]).toEqual([0, expect.stringMatching(/3 product databases, \d{3,} objects of the cluster/)])
  expect((await stat(`${file}.first`)).mode & 0o777).toBe(0o600)
  expect(await workerIs()).toBe('ready')
  const again = await estateCommand('backup', `${file}.first`, '--home', its.estate.home)
  expect([again.code, again.said]).toEqual([1, expect.stringContaining('backup.exists')])
  expect(await workerIs()).toBe('ready')
  await done('POST', '/v1/tenants', { slug: 'proof', plan: 'starter-shared' }) // it works
})

test('a backup that is killed half-way leaves the worker running', async () => {
  const killed = spawn(process.execPath, [ESTATE, 'backup', `${file}.killed`, '--home', its.estate.home], { env })
  await until(async () => expect(await workerIs()).toBe('stopped'))
  killed.kill('SIGKILL')
  await until(async () => expect(await workerIs()).toBe('ready'), 60)
  await expect(stat(`${file}.killed`)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('an estate that is gone comes back in a new home: tenants with their rows, open operations with an outcome', async () => {
  ids['waiting'] = await ask('DELETE', '/v1/tenants/doubtful') // its plan wants a second operator
  await askDaemon(its.estate.home, '/servers/worker/stop', 'POST')
  ids['running'] = await ask('POST', '/v1/tenants', { slug: 'late', plan: 'starter-shared' })
  const before = await epochs()
  const taken = await estateCommand('backup', file, '--home', its.estate.home)
  expect(taken).toMatchObject({ code: 0 })
  expect(await workerIs()).toBe('stopped') // as it was
  await open('acme', 'After the backup')
  await cp(its.estate.credentials.folder, old, { recursive: true })
  await its.remove()

  const home = await estateHome()
  const restored = await restoreInto(home)
  expect(restored).toMatchObject({ code: 0, said: expect.stringContaining(`npm start -- --home ${home}`) as string })
  its = await testEstate({ home })
  for (const slug of ['acme', 'lone']) expect(await accounts(slug)).toEqual({ status: 200, names: [`Cash of ${slug}`] })
  expect((await as('quiet', '/whoami')).status).toBe(403)

  const lost = await its.plane.settle(ids['running'] ?? '', 'failed')
  expect(lost.error).toMatchObject({ code: 'operation.lost' })
  const retried = await its.plane.call('POST', `/v1/operations/${ids['running']}/retry`)
  await its.plane.settle(String(retried.body['operationId']))
  expect((await as('late', '/whoami')).status).toBe(200)
  expect((await its.plane.call('GET', `/v1/operations/${ids['waiting']}`)).body).toMatchObject({ state: 'waiting' })
  await its.plane.call('POST', `/v1/operations/${ids['waiting']}/cancel`)
  await its.plane.settle(ids['waiting'] ?? '', 'cancelled')
  expect((await as('doubtful', '/whoami')).status).toBe(200)

  const highest = Math.max(...before.map(({ epoch }) => epoch))
  await done('PATCH', '/v1/tenants/lone', { plan: 'team-private' })
  await done('POST', '/v1/tenants', { slug: 'fresh', plan: 'team-private' })
  await open('fresh', 'Cash of fresh')
  const known = new Set(before.map(({ id }) => id))
  const fresh = (await epochs()).filter(({ id }) => !known.has(id))
  expect(fresh.length).toBeGreaterThanOrEqual(3)
  expect(Math.min(...fresh.map(({ epoch }) => epoch))).toBeGreaterThan(highest + 1e6)

  const products = connectProducts({ url: await url('products-admin') })
  const late = { subject: fenceOf(unitNames('instance', 'lone')), epoch: highest + 1 }
  await expect(fenced(products, late, new AbortController().signal, async () => 'done')).rejects.toMatchObject({
    code: 'effect.fenced',
  })
  await products.close()
})

test('the record of before and after verifies as one, and says that it was restored', async () => {
  const cli = (...args: string[]) =>
    promisify(execFile)(process.execPath, [path.join(ROOT, 'control-plane/cli/main.ts'), ...args], {
      env: { ...process.env, STEWARD_URL: its.estate.urls.api, STEWARD_TOKEN: its.token },
    })
  expect((await cli('audit', 'checkpoint')).stdout).not.toContain('broken')
  expect((await cli('audit', 'verify')).stdout).toContain('intact')
  const { body } = await its.plane.call<{ items: { action: string }[] }>('GET', '/v1/audit?action=plane.')
  const [last, ...earlier] = body.items.map(({ action }) => action)
  expect([last, [...new Set(earlier)]]).toEqual(['plane.restore', ['plane.backup']]) // one was made before it was kept; a killed one had begun
})

test('nothing that knew the old estate can act on the new one, though it listens where the old one did', async () => {
  for (const name of ['plane-worker', 'plane-owner', 'products-admin']) {
    const [before, now] = [new URL(await url(name, old)), new URL(await url(name))]
    expect(before.port).toBe(now.port)
    await expect(new Client({ connectionString: before.href }).connect()).rejects.toThrow(
      'password authentication failed',
    )
  }
  const worker = connectKube({ kubeconfig: path.join(old, 'worker.kubeconfig') })
  await expect(worker.get('/api/v1/namespaces')).rejects.toThrow(/certificate|self-signed/)
  worker.close()
  const token = (await readFile(path.join(old, 'daemon.token'), 'utf8')).trim()
  const answer = await fetch(`${its.estate.urls.daemon}/servers`, { headers: { authorization: `Bearer ${token}` } })
  expect(answer.status).toBe(401)
})

test.each([
  ['is damaged', 'backup.damaged', (bytes: Buffer) => bytes.subarray(0, -100)],
  [
    'comes from a newer version',
    'backup.newer',
    (bytes: Buffer) => renamed(bytes, '"0001_first_tenants"', '"9001_first_tenants"'),
  ],
  ['is no backup', 'backup.foreign', () => Buffer.from('anything\n')],
])('a file that %s is refused and the home stays empty', async (_what, code, spoil) => {
  const home = path.join(folder, 'empty')
  const spoiled = path.join(folder, 'spoiled')
  await writeFile(spoiled, spoil(await readFile(file)))
  const { code: exit, said } = await restoreInto(home, spoiled)
  expect([exit, said]).toEqual([1, expect.stringContaining(`estate: ${code}: `)])
  expect(await readdir(home).catch(() => [])).toEqual([])
})
const renamed = (bytes: Buffer, from: string, to: string) =>
  Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1')

test('without the key, with another one, into a home that is not empty: refused, and nothing changes', async () => {
  const home = path.join(folder, 'empty')
  const other = path.join(folder, 'other.key')
  await writeFile(other, randomBytes(32).toString('base64url'))
  expect((await restoreInto(home, file, [])).said).toContain('backup.key-missing')
  expect((await restoreInto(home, file, ['--sealing-key-file', other])).said).toContain('backup.key-wrong')
  expect(await readdir(home).catch(() => [])).toEqual([])
  const taken = path.join(folder, 'credentials')
  const before = await readdir(taken)
  expect((await restoreInto(taken)).said).toContain('home.taken')
  expect(await readdir(taken)).toEqual(before)
  expect((await restoreInto(its.estate.home)).said).toContain('home.taken')
  expect((await as('acme', '/whoami')).status).toBe(200)
  expect((await estateCommand('backup', path.join(folder, 'none'), '--home', home)).said).toContain('home.not-running')
})
