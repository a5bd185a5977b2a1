import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readHeader, unpackBackup, writeBackup } from './backup-file.ts'
import { readSealingKey } from './sealing-key.ts'

const KEY = randomBytes(32)
const ABOUT = {
  at: '2026-11-28T00:00:00.000Z',
  record: { layout: 1, portBase: 7400, throwAway: false },
  migrations: ['0001_first'],
}
const CONTENT = {
  plane: randomBytes(100_000),
  'products/cell_a.dump': Buffer.from('rows'),
  'edge/routes.json': Buffer.alloc(0),
}
let folder: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'steward-backup-file-'))
  file = path.join(folder, 'estate.backup')
  const parts = Object.entries(CONTENT).map(async ([name, bytes]) => {
    const at = path.join(folder, 'from', name)
    await mkdir(path.dirname(at), { recursive: true })
    await writeFile(at, bytes)
    return { name, file: at }
  })
  await writeBackup(file, KEY, ABOUT, await Promise.all(parts))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const header = (key = KEY, migrations = ['0001_first', '0002_second']) => readHeader(file, key, migrations)
const unpacked = async (key = KEY) => {
  const into = path.join(folder, 'into')
  await unpackBackup(file, key, into)
  return Object.fromEntries(
    await Promise.all(Object.keys(CONTENT).map(async (name) => [name, await readFile(path.join(into, name))] as const)),
  )
}
const spoil = async (change: (bytes: Buffer) => Buffer) => writeFile(file, change(await readFile(file)))
const coded = (code: string) => expect.objectContaining({ code }) as Error

test('what was kept comes back byte for byte, is nobody else’s to read, and nothing of it can be read in the file', async () => {
  expect(await header()).toMatchObject({ ...ABOUT, keyId: expect.stringMatching(/^[0-9a-f]{16}$/) as string })
  expect(await unpacked()).toEqual(CONTENT)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect((await readFile(file)).includes('cell_a')).toBe(false)
})

test('a backup never overwrites a file and leaves none behind that is half written', async () => {
  const before = await readFile(file)
  await expect(writeBackup(file, KEY, ABOUT, [])).rejects.toEqual(coded('backup.exists'))
  expect(await readFile(file)).toEqual(before)
  const missing = [{ name: 'plane', file: path.join(folder, 'nowhere') }]
  await expect(writeBackup(path.join(folder, 'second'), KEY, ABOUT, missing)).rejects.toThrow('ENOENT')
  expect((await readdir(folder)).toSorted()).toEqual(['estate.backup', 'from'])
})

test('a part that a restore would refuse is not written', async () => {
  for (const name of ['products/straße.dump', '../outside', 'a/b/c', 'cell main.dump'])
    await expect(
      writeBackup(path.join(folder, 'second'), KEY, ABOUT, [{ name, file: path.join(folder, 'from', 'plane') }]),
      name,
    ).rejects.toMatchObject({ code: 'backup.incomplete', detail: expect.stringContaining(name) as string })
  expect((await readdir(folder)).toSorted()).toEqual(['estate.backup', 'from'])
})

test.each([
  [
    'one byte of the content',
    (bytes: Buffer) => bytes.fill((bytes.at(-40_000) ?? 0) ^ 1, bytes.length - 40_000, bytes.length - 39_999),
  ],
  ['the last byte', (bytes: Buffer) => bytes.subarray(0, -1)],
  ['everything after the first line', (bytes: Buffer) => bytes.subarray(0, bytes.indexOf('\n') + 1)],
  ['a byte at the end', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('x')])],
  ['the first line', (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace('7400', '7401'), 'latin1')],
])('%s changed or gone is noticed', async (_what, change) => {
  await spoil(change)
  await expect(unpacked()).rejects.toEqual(coded('backup.damaged'))
})

test('what a newer version wrote is refused by name', async () => {
  await expect(header(KEY, [])).rejects.toThrow('0001_first')
  await expect(header(KEY, [])).rejects.toEqual(coded('backup.newer'))
  for (const [from, to] of [
    ['backup/1', 'backup/2'],
    ['"layout":1', '"layout":9'],
  ] as const) {
    const original = await readFile(file)
    await spoil((bytes) => Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1'))
    await expect(header()).rejects.toEqual(coded('backup.newer'))
    await writeFile(file, original)
  }
})

test('another key, no key and no backup are told apart', async () => {
  await expect(header(randomBytes(32))).rejects.toEqual(coded('backup.key-wrong'))
  await expect(readSealingKey({}, undefined)).rejects.toEqual(coded('backup.key-missing'))
  await expect(readSealingKey({}, path.join(folder, 'nowhere'))).rejects.toEqual(coded('backup.key-missing'))
  await expect(readSealingKey({ STEWARD_SEALING_KEY: 'short' }, undefined)).rejects.toEqual(coded('backup.key-wrong'))
  const keyFile = path.join(folder, 'key')
  await writeFile(keyFile, `${KEY.toString('base64url')}\n`)
  expect(await readSealingKey({ STEWARD_SEALING_KEY_FILE: keyFile }, undefined)).toEqual(KEY)
  for (const content of ['', 'no backup\n', '{"format":"steward-backup/1"}\n', '{}\n']) {
    await writeFile(file, content)
    await expect(header()).rejects.toEqual(coded('backup.foreign'))
  }
  await rm(file)
  await expect(header()).rejects.toEqual(coded('backup.foreign'))
})
