import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { smallDisk } from '../../../test/chaos/support/small-disk.ts'
import { bareContext } from '../../../test/support/bare-context.ts'
import { until } from '../../../test/support/postgres.ts'
import { resourcesApi, TEST_TOKENS } from '../../../test/support/resources-api.ts'
import { isRoot } from '../../process/account.ts'
import { createFleet, type Fleet } from '../../local/daemon/fleet.ts'
import { backupStoreKind } from '../../local/resources/backup-store/backup-store.ts'
import { anyKind } from '../../local/resources/resource-kind.ts'
import { openResources } from '../../local/resources/resources.ts'
import { createStoreClient, type StoreAt } from './store-client.ts'

const signal = new AbortController().signal
let folder: string
let blobs: string
let fleet: Fleet
let api: ReturnType<typeof resourcesApi>
let resources: Awaited<ReturnType<typeof openResources>>
let at: StoreAt
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-store-client-'))
  const context = await bareContext(folder)
  const { paths, record, log } = context
  fleet = createFleet([], { paths, estateId: record.id, log, onState: () => undefined })
  resources = await openResources({ context, fleet, kinds: [anyKind(backupStoreKind)] })
  api = resourcesApi({ context, fleet, resources })
  await api.listen({ host: '127.0.0.1', port: record.portBase })
  const tokenFile = join(folder, 'resources.token')
  await writeFile(tokenFile, `${TEST_TOKENS.resources}\n`)
  at = { url: `http://127.0.0.1:${record.portBase}`, tokenFile, store: 'acme-backups' }
  await resources.put('backup-store', 'acme-backups', { residency: 'local-1' }, undefined)
  await until(async () => expect((await resources.get('backup-store', 'acme-backups')).state).toBe('ready'))
  blobs = join(paths.resources, 'backup-store', 'acme-backups', 'blobs')
})
afterAll(async () => {
  await api?.close()
  await resources?.stop()
  await fleet?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function* pieces(...some: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* some
}
const collect = async (content: AsyncIterable<Uint8Array>) => {
  const read: Uint8Array[] = []
  for await (const piece of content) read.push(piece)
  return Buffer.concat(read)
}

test('what is put is read back byte for byte, is written over whole, and goes', async () => {
  const store = createStoreClient(at)
  await store.assertThere(signal)
  for (const bytes of [randomBytes(3_000_000), randomBytes(100_000)]) {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const sent = pieces(bytes.subarray(0, 70_000), bytes.subarray(70_000))
    expect(await store.put('backups/one', sent, signal)).toEqual({ bytes: bytes.length, sha256 })
    expect((await collect(store.read('backups/one', signal))).equals(bytes)).toBe(true)
  }
  for (let round = 0; round < 2; round += 1) await store.remove('backups/one', signal)
  await expect(collect(store.read('backups/one', signal))).rejects.toMatchObject({ code: 'backup.object-missing' })
})

test('a source that breaks keeps nothing, and its own fault is told', async () => {
  async function* broken() {
    yield randomBytes(200_000)
    throw new Error('the dump broke off')
  }
  await expect(createStoreClient(at).put('backups/half', broken(), signal)).rejects.toThrow('the dump broke off')
  await expect.poll(() => readdir(blobs)).toEqual([])
})

test('an object that was changed on the disk, a store that is gone and one that does not answer are told apart', async () => {
  const store = createStoreClient(at)
  await store.put('backups/rotten', pieces(randomBytes(100_000)), signal)
  const [name = ''] = await readdir(blobs)
  const bytes = await readFile(join(blobs, name))
  bytes[50_000] = (bytes[50_000] ?? 0) ^ 1
  await writeFile(join(blobs, name), bytes)
  await expect(collect(store.read('backups/rotten', signal))).rejects.toMatchObject({ code: 'backup.object-damaged' })
  const gone = createStoreClient({ ...at, store: 'nobodys' })
  for (const ask of [gone.assertThere, gone.remove.bind(null, 'a'), gone.put.bind(null, 'a', pieces())])
    await expect(ask(signal)).rejects.toMatchObject({ code: 'backup.store-missing', retryable: false })
  const away = { code: 'backup.store-unreachable', retryable: true }
  await expect(createStoreClient({ ...at, url: 'http://127.0.0.1:1' }).assertThere(signal)).rejects.toMatchObject(away)
  await expect(createStoreClient({ ...at, tokenFile: '/none' }).assertThere(signal)).rejects.toMatchObject(away)
})

test.skipIf(!isRoot())(
  'a store without room keeps nothing of what does not fit, says so, and takes what does',
  async () => {
    await resources.put('backup-store', 'small', { residency: 'local-1' }, undefined)
    await until(async () => expect((await resources.get('backup-store', 'small')).state).toBe('ready'))
    const room = join(blobs, '..', '..', 'small', 'blobs')
    const disk = await smallDisk(room, 1)
    try {
      const store = createStoreClient({ ...at, store: 'small' })
      let over = 0
      async function* large() {
        try {
          for (let count = 0; count < 1000; count += 1) yield randomBytes(65_536)
        } finally {
          over += 1
        }
      }
      const full = { code: 'backup.store-full', retryable: false }
      await expect(store.put('backups/large', large(), signal)).rejects.toMatchObject(full)
      expect(over).toBe(1) // who is dumping is told to stop
      expect(await readdir(room)).toEqual([])
      await expect(collect(store.read('backups/large', signal))).rejects.toMatchObject({
        code: 'backup.object-missing',
      })
      await store.put('backups/little', pieces(randomBytes(1000)), signal)
    } finally {
      await disk.remove()
    }
  },
)
