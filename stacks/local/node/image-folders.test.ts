import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { configuredImages, findImage, imageNames } from './image-folders.ts'

let home: string
let folders: string[]
const image = async (folder: string, name: string, ...tags: string[]) => {
  const at = path.join(home, folder, name)
  await mkdir(at, { recursive: true })
  await writeFile(path.join(at, 'tags.json'), JSON.stringify(Object.fromEntries(tags.map((tag) => [tag, {}]))))
}
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'steward-image-folders-'))
  await image('estate', 'ledger', '1.0.0')
  await image('own', 'ledger', '6.6.6')
  await image('own', 'notes', '1.0.0', '1.1.0')
  await writeFile(path.join(home, 'own', 'README.md'), '')
  folders = ['estate', 'own'].map((name) => path.join(home, name))
})
afterAll(() => rm(home, { recursive: true }))

test('the first folder that has an image of that name is taken, so that nothing configured replaces what ships', async () => {
  expect(await findImage(folders, 'ledger')).toEqual({ source: path.join(home, 'estate', 'ledger'), tags: ['1.0.0'] })
  expect((await findImage(folders, 'notes'))?.tags).toEqual(['1.0.0', '1.1.0'])
  expect(await findImage(folders, 'mail')).toBeNull()
})

test('every image is named once', async () => {
  expect(await imageNames(folders)).toEqual(['ledger', 'notes'])
})

test('configured folders are separated as in PATH, relative ones from the root; what is no folder is named', async () => {
  expect(await configuredImages(undefined, home)).toEqual([])
  expect(await configuredImages(`own${path.delimiter}${path.join(home, 'estate')}`, home)).toEqual([
    folders[1],
    folders[0],
  ])
  await expect(configuredImages('own:nowhere:own/README.md', home)).rejects.toMatchObject({
    code: 'configuration.invalid',
    detail: expect.stringContaining(`${path.join(home, 'nowhere')}, ${path.join(home, 'own/README.md')}`),
  })
})
