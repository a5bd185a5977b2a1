import { createHash, randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { resourceHost, type ResourceHost } from '../../../../test/support/resource-host.ts'
import { until } from '../../../../test/support/postgres.ts'
import { backupStoreKind, type BackupStoreInputs } from './backup-store.ts'
import { createObjectStore } from './object-store.ts'

let folder: string
let host: ResourceHost<BackupStoreInputs>
const blobs = () => readdir(join(host.context('acme').folder, 'blobs'))

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-store-'))
  host = await resourceHost(backupStoreKind, folder)
  await host.put('acme', { residency: 'local-1' })
  return async () => {
    await host.close()
    await rm(folder, { recursive: true, force: true })
  }
})

const at = (path: string, name = 'acme') => `${host.url}/resources/backup-store/${name}/objects${path}`
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex')
const put = (key: string, content: Buffer, headers: Record<string, string> = {}, name = 'acme') =>
  fetch(at(`/${key}`, name), {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream', ...headers },
    body: new Uint8Array(content),
  })
const codeOf = async (answer: Response) => [answer.status, ((await answer.json()) as { code: unknown }).code]
const list = async (query = '') =>
  (await (await fetch(at(query))).json()) as { objects: { key: string }[]; next: unknown }

test('what was put is got, byte by byte, with its checksum', async () => {
  const content = randomBytes(3_000_000)
  const answer = await put('exports/2026-11-28/dump.sealed', content, { 'x-content-sha256': sha256(content) })
  expect([answer.status, await answer.json()]).toEqual([
    201,
    { key: 'exports/2026-11-28/dump.sealed', bytes: 3_000_000, sha256: sha256(content), at: expect.any(String) },
  ])
  const got = await fetch(at('/exports/2026-11-28/dump.sealed'))
  expect(got.headers.get('x-content-sha256')).toBe(sha256(content))
  expect(Buffer.from(await got.arrayBuffer()).equals(content)).toBe(true)
  expect(await host.observe('acme')).toEqual({ residency: 'local-1', objects: 1, bytes: 3_000_000 })
})

test('an empty object is an object', async () => {
  expect((await put('empty', Buffer.alloc(0))).status).toBe(201)
  expect((await (await fetch(at('/empty'))).arrayBuffer()).byteLength).toBe(0)
})

test('a key is written over whole, or not when only a new one is wanted, and leaves nothing behind', async () => {
  await put('a', Buffer.from('one'))
  expect(await codeOf(await put('a', Buffer.from('two'), { 'if-none-match': '*' }))).toEqual([412, 'object.exists'])
  expect(await (await fetch(at('/a'))).text()).toBe('one')
  expect((await put('a', Buffer.from('three'))).status).toBe(201)
  expect(await (await fetch(at('/a'))).text()).toBe('three')
  expect(await blobs()).toHaveLength(1)
})

test('what is not what was announced is not kept, and what was there stays', async () => {
  await put('a', Buffer.from('one'))
  const wrong = { 'x-content-sha256': sha256(Buffer.from('two')) }
  expect(await codeOf(await put('a', Buffer.from('2wo'), wrong))).toEqual([422, 'object.mismatch'])
  expect(await codeOf(await put('b', Buffer.from('x'), { 'x-content-sha256': 'md5' }))).toEqual([
    422,
    'object.mismatch',
  ])
  expect(await (await fetch(at('/a'))).text()).toBe('one')
  expect((await list()).objects.map(({ key }) => key)).toEqual(['a'])
  expect(await blobs()).toHaveLength(1)
})

test('a sender that is cut off leaves nothing', async () => {
  const { port } = new URL(host.url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(
    'PUT /resources/backup-store/acme/objects/half HTTP/1.1\r\nhost: x\r\ncontent-type: application/octet-stream\r\ncontent-length: 1000000\r\n\r\n',
  )
  socket.write(Buffer.alloc(200_000))
  await until(async () => expect(await blobs()).toHaveLength(1))
  socket.destroy()
  await until(async () => expect(await blobs()).toEqual([]))
  expect((await list()).objects).toEqual([])
})

test.each([
  '%2e%2e%2f%2e%2e%2festate.json',
  'a/%2e%2e/b',
  '%2fetc%2fpasswd',
  'a//b',
  '.hidden',
  'a%00b',
  'a%20b',
  'x'.repeat(513),
  '',
])('no object can be called %j', async (key) => {
  const { port } = new URL(host.url)
  // Past the URL parser of `fetch`, which would make something else of it.
  const ask = (method: string) =>
    new Promise<string>((resolve, reject) => {
      let text = ''
      const socket = connect(Number(port), '127.0.0.1', () =>
        socket.write(
          `${method} /resources/backup-store/acme/objects/${key} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/octet-stream\r\ncontent-length: 1\r\n\r\nx`,
        ),
      )
      socket.on('data', (chunk) => (text += chunk.toString()))
      socket.on('close', () => resolve(text))
      socket.on('error', reject)
    })
  expect(await ask('PUT')).toMatch(/^HTTP\/1\.1 422[^]*object\.invalid/)
  expect(await ask('GET')).toMatch(/^HTTP\/1\.1 422[^]*object\.invalid/)
  expect(await ask('DELETE')).toMatch(/^HTTP\/1\.1 422[^]*object\.invalid/)
  expect(await blobs()).toEqual([])
  expect((await readdir(folder)).toSorted()).toEqual(['home'])
})

test('a key and one below it, and two that differ in case, are different objects', async () => {
  for (const key of ['a', 'a/b', 'A', 'a/b/c']) await put(key, Buffer.from(key))
  for (const key of ['a', 'a/b', 'A', 'a/b/c']) expect(await (await fetch(at(`/${key}`))).text()).toBe(key)
})

test('objects are listed in order, by prefix and by page', async () => {
  for (const key of ['b/2', 'a/1', 'b/1', 'b/3']) await put(key, Buffer.from(key))
  expect((await list()).objects.map(({ key }) => key)).toEqual(['a/1', 'b/1', 'b/2', 'b/3'])
  const first = await list('?prefix=b/&limit=2')
  expect([first.objects.map(({ key }) => key), first.next]).toEqual([['b/1', 'b/2'], 'b/2'])
  const second = await list('?prefix=b/&limit=2&after=b/2')
  expect([second.objects.map(({ key }) => key), second.next]).toEqual([['b/3'], null])
  expect(await codeOf(await fetch(at('?limit=0')))).toEqual([422, 'resource.invalid'])
})

test('a deleted object is gone; deleting it again is no error, getting it is', async () => {
  await put('a', Buffer.from('one'))
  for (let round = 0; round < 2; round += 1) {
    expect((await fetch(at('/a'), { method: 'DELETE' })).status).toBe(204)
  }
  expect(await codeOf(await fetch(at('/a')))).toEqual([404, 'object.unknown'])
  expect(await blobs()).toEqual([])
  expect(await codeOf(await fetch(at('', 'nobody')))).toEqual([404, 'resource.unknown'])
})

test('an object that was changed, cut off or lost on the disk is named damaged and not given', async () => {
  const content = randomBytes(200_000)
  for (const key of ['edited', 'short', 'lost', 'whole']) await put(key, content)
  const { folder: home } = host.context('acme')
  const fileOf = async (key: string) => {
    const names = await readdir(join(home, 'index'))
    const entries = await Promise.all(names.map((name) => readFile(join(home, 'index', name), 'utf8')))
    const entry = entries
      .map((text) => JSON.parse(text) as { key: string; blob: string })
      .find((each) => each.key === key)
    return join(home, 'blobs', entry?.blob ?? '')
  }
  const edited = Buffer.from(content)
  edited[150_000] = (edited[150_000] ?? 0) ^ 1
  await writeFile(await fileOf('edited'), edited)
  await truncate(await fileOf('short'), 100_000)
  await rm(await fileOf('lost'))
  for (const key of ['edited', 'short', 'lost'])
    expect(await codeOf(await fetch(at(`/${key}`)))).toEqual([500, 'object.damaged'])
  expect((await fetch(at('/whole'))).status).toBe(200)
})

test('many writers of one key leave one of their objects, whole', async () => {
  const contents = Array.from({ length: 8 }, () => randomBytes(100_000))
  const answers = await Promise.all(contents.map((content) => put('a', content)))
  expect(answers.map(({ status }) => status)).toEqual(contents.map(() => 201))
  const got = Buffer.from(await (await fetch(at('/a'))).arrayBuffer())
  expect(contents.some((content) => content.equals(got))).toBe(true)
  expect(await blobs()).toHaveLength(1)
  const firsts = await Promise.all(contents.map((content) => put('b', content, { 'if-none-match': '*' })))
  expect(firsts.map(({ status }) => status).toSorted()).toEqual([201, ...Array.from({ length: 7 }, () => 412)])
})

test('what an interrupted write left goes when the store is prepared again; what is kept or being written stays', async () => {
  await put('kept', Buffer.from('kept'))
  const { folder: home } = host.context('acme')
  const [kept] = await blobs()
  await writeFile(join(home, 'blobs', 'left'), 'half')
  await writeFile(join(home, 'blobs', 'young'), 'half')
  const long = new Date(Date.now() - 2 * 3_600_000)
  for (const name of ['left', kept ?? '']) await utimes(join(home, 'blobs', name), long, long)
  await host.put('acme', { residency: 'local-1' })
  expect((await blobs()).toSorted()).toEqual([kept, 'young'].toSorted())
  expect(await (await fetch(at('/kept'))).text()).toBe('kept')
})

test('objects are for their owner only', async () => {
  await put('a', Buffer.from('one'))
  const { folder: home } = host.context('acme')
  for (const name of await blobs()) expect((await stat(join(home, 'blobs', name))).mode & 0o777).toBe(0o600)
})

test('a source that fails leaves nothing and says why', async () => {
  const store = createObjectStore(host.context('acme').folder)
  async function* failing() {
    yield Buffer.from('x')
    throw new Error('the disk is full')
  }
  await expect(store.put('a', failing())).rejects.toThrow('the disk is full')
  expect(await blobs()).toEqual([])
})

test.each([
  [{}],
  [{ residency: '' }],
  [{ residency: 'EU' }],
  [{ residency: '../x' }],
  [{ residency: 'eu', size: 1 }],
  ['eu'],
])('a store of %j is not made', (inputs) => {
  expect(() => backupStoreKind.parse(inputs)).toThrow(expect.objectContaining({ code: 'resource.invalid' }))
})

test('another residency is another store', () => {
  const change = (after: string) => backupStoreKind.change({ residency: 'eu-1' }, { residency: after })
  expect(change('eu-1')).toEqual({ how: 'none' })
  expect(change('us-1')).toEqual({ how: 'replace', fields: ['residency'] })
})
