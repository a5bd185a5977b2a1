import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findChart } from './chart-folders.ts'

let home: string
let folders: string[]
const chart = async (...at: string[]) => {
  const folder = path.join(home, ...at)
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, 'Chart.yaml'), '')
}
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'steward-chart-folders-'))
  folders = ['plane', 'own', 'none'].map((name) => path.join(home, name))
  await Promise.all([chart('plane', 'cell'), chart('own', 'cell'), chart('own', 'notes'), chart('secret', 'x')])
  await mkdir(path.join(home, 'own', 'empty'))
  await symlink(path.join(home, 'secret', 'x'), path.join(home, 'own', 'linked'))
  await symlink(path.join(home, 'own'), path.join(home, 'through-link'))
})
afterAll(() => rm(home, { recursive: true }))

test('the first folder that has a chart of that name is taken', async () => {
  expect(await findChart(folders, 'notes')).toBe(path.join(home, 'own', 'notes'))
  expect(await findChart(folders, 'cell')).toBe(path.join(home, 'plane', 'cell'))
  expect(await findChart([path.join(home, 'through-link')], 'notes')).toBe(path.join(home, 'through-link', 'notes'))
})

test.each([
  ['..'],
  ['../secret/x'],
  ['/etc'],
  ['notes/../../secret/x'],
  ['Notes'],
  [''],
  ['.'],
  ['notes\0'],
  ['x'.repeat(64)],
])('%j is the name of no chart', async (name) => {
  await expect(findChart(folders, name)).rejects.toMatchObject({
    code: 'chart.invalid',
    detail: expect.stringContaining('is not the name of a chart'),
  })
})

test('a folder without a chart, a chart that is nowhere and a link that leads elsewhere are refused by name', async () => {
  await expect(findChart(folders, 'empty')).rejects.toMatchObject({
    detail: expect.stringContaining('no chart is called empty'),
  })
  await expect(findChart(folders, 'other')).rejects.toMatchObject({
    detail: expect.stringContaining('no chart is called other'),
  })
  await expect(findChart(folders, 'linked')).rejects.toMatchObject({
    detail: expect.stringContaining('leads elsewhere'),
  })
})
