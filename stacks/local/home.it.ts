import { createServer } from 'node:net'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { credentialPaths, DATABASE_LOGINS } from './credentials/paths.ts'
import { ensureCredentials } from './credentials/ensure-credentials.ts'
import { checkReachable, deleteHome, homePaths, openHome } from './home.ts'
import { checkPorts, chooseAnotherBase, findPortBase, portsFrom } from './ports.ts'
import { isRoot } from '../process/account.ts'

let home: string
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'steward-home-'))
  home = join(folder, 'home')
  return () => rm(folder, { recursive: true, force: true })
})
const refused = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) })
const modeOf = async (path: string) => (await stat(path)).mode & 0o777

test('a new home is closed to others and remembers what it was started with', async () => {
  const { paths, record } = await openHome({ home, portBase: 9000, throwAway: true })
  expect(await modeOf(paths.credentials)).toBe(0o700)
  expect(await modeOf(paths.home)).toBe(isRoot() ? 0o711 : 0o700)
  expect((await openHome({ home })).record).toEqual(record)
  expect((await openHome({ home, portBase: 9100 })).record).toEqual({ ...record, portBase: 9100 })
})

test('a folder that is not an estate is neither taken nor deleted', async () => {
  await mkdir(home)
  await writeFile(join(home, 'thesis.txt'), 'years')
  await expect(openHome({ home })).rejects.toEqual(refused('home.foreign', home))
  await expect(deleteHome(homePaths(home))).rejects.toEqual(refused('home.foreign', home))
  expect(await readdir(home)).toEqual(['thesis.txt'])
})

test.each([
  [99, 'home.newer'],
  [0, 'home.older'],
  [null, 'home.newer'],
])('an estate of layout %s is refused by name', async (layout, code) => {
  const { paths, record } = await openHome({ home })
  await writeFile(paths.record, JSON.stringify({ ...record, layout }))
  await expect(openHome({ home })).rejects.toEqual(refused(code, home))
})

test('an estate that runs pods as processes does not come to run them in containers, nor the other way round', async () => {
  for (const [first, later] of [
    ['process', 'containers'],
    ['containers', 'process'],
  ] as const) {
    const at = join(home, first)
    const { record } = await openHome({ home: at, node: first })
    await expect(openHome({ home: at, node: later })).rejects.toEqual(refused('configuration.invalid', 'runs pods'))
    expect((await openHome({ home: at })).record).toEqual(record)
  }
})

test('a durable estate does not become a throw-away one', async () => {
  await openHome({ home })
  await expect(openHome({ home, throwAway: true })).rejects.toEqual(refused('configuration.invalid', 'durable'))
})

test('deleting a home leaves what is not the estate\u2019s', async () => {
  const { paths } = await openHome({ home })
  await writeFile(join(home, 'notes.txt'), 'mine')
  await deleteHome(paths)
  expect(await readdir(home)).toEqual(['notes.txt'])
})

test('a folder in the way of the unprivileged account is named', async () => {
  const { paths } = await openHome({ home })
  await chmod(paths.run, 0o500)
  const uid = process.getuid?.() ?? 0
  const account = isRoot()
    ? { name: 'nobody', uid: 65_534, gid: 65_534 }
    : { name: 'nobody', uid, gid: process.getgid?.() ?? 0 }
  await expect(checkReachable(paths.run, account)).rejects.toEqual(
    refused('home.closed', `nobody cannot write to ${paths.run}`),
  )
})

test('credentials are made once, for their owner only, and follow the ports', async () => {
  const { paths } = await openHome({ home })
  const credentials = credentialPaths(paths.credentials)
  await ensureCredentials(credentials, portsFrom(9000))
  const files = await readdir(paths.credentials)
  expect(files.length).toBeGreaterThan(30)
  for (const file of files) expect([file, await modeOf(join(paths.credentials, file))]).toEqual([file, 0o600])

  const before = await readFile(credentials.url('plane-owner'), 'utf8')
  const certificate = await readFile(credentials.certificate('client-worker'), 'utf8')
  await ensureCredentials(credentials, portsFrom(9100))
  const after = await readFile(credentials.url('plane-owner'), 'utf8')
  expect(new URL(after).password).toBe(new URL(before).password)
  expect([new URL(before).port, new URL(after).port]).toEqual(['9010', '9110'])
  expect(await readFile(credentials.certificate('client-worker'), 'utf8')).toBe(certificate)
  expect(await readFile(credentials.kubeconfig('worker'), 'utf8')).toContain('https://127.0.0.1:9115')

  const urls = await Promise.all(
    Object.keys(DATABASE_LOGINS).map((name) => readFile(join(paths.credentials, `${name}.url`), 'utf8')),
  )
  expect(new Set(urls.map((url) => new URL(url).password)).size).toBe(urls.length)
})

test('a half-made pair of key and certificate is made again', async () => {
  const { paths } = await openHome({ home })
  const credentials = credentialPaths(paths.credentials)
  await ensureCredentials(credentials, portsFrom(9000))
  await rm(credentials.certificate('client-sweep'))
  await ensureCredentials(credentials, portsFrom(9000))
  expect(await readFile(credentials.certificate('client-sweep'), 'utf8')).toContain('BEGIN CERTIFICATE')
})

test('a port in use is named with its part, who has it and what to do; free ports pass', async () => {
  const base = await findPortBase()
  const ports = portsFrom(base)
  const both = { api: ports.api, etcd: ports.etcd }
  await checkPorts(both, chooseAnotherBase(ports))
  const server = createServer().listen(ports.etcd, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  await expect(checkPorts(both, chooseAnotherBase(ports))).rejects.toEqual(
    refused(
      'port.in-use',
      `process ${process.pid} (node) uses port ${ports.etcd} of etcd: end it, or choose another base port`,
    ),
  )
})

test('a base port that was found is nobody else’s while this process lives', async () => {
  const found = await Promise.all(Array.from({ length: 8 }, () => findPortBase()))
  expect(new Set(found).size).toBe(8)
  const apart = found.toSorted((a, b) => a - b).map((base, n, all) => (all[n + 1] ?? base + 200) - base)
  expect(Math.min(...apart)).toBeGreaterThanOrEqual(200) // so their resources do not meet either
})
