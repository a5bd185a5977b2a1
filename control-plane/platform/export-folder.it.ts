import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exportFolder } from './export-folder.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'steward-exports-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('a store lists what it holds by key, what was only begun too, and no file of somebody else', async () => {
  const store = exportFolder(folder)
  expect(await store.list()).toEqual([])
  const { signal } = new AbortController()
  await store.put('b/2', Readable.from([Buffer.from('x')]), signal)
  await store.put('a/1', Readable.from([Buffer.from('x')]), signal)
  await mkdir(path.join(folder, 'c'))
  await writeFile(path.join(folder, 'c/3.sealed.0badcafe.part'), '')
  await writeFile(path.join(folder, 'README'), '')
  expect(await store.list()).toEqual(['a/1', 'b/2', 'c/3'])
  await store.remove('b/2')
  expect(await store.list()).toEqual(['a/1', 'c/3'])
  await expect(exportFolder(path.join(folder, 'nowhere')).list()).rejects.toMatchObject({
    code: 'export.store-unreachable',
  })
})
