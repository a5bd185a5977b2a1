import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { openSealedFile, sealFile } from './sealed-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-seal-'))
  return () => rm(folder, { recursive: true, force: true })
})
const at = (name: string) => join(folder, name)
const dataKey = randomBytes(32)

test('a file is sealed and opened again, for its owner only', async () => {
  const content = randomBytes(1_000_000)
  await writeFile(at('dump'), content)
  await sealFile({ from: at('dump'), to: at('dump.sealed'), dataKey, label: 'stwk1.x' })
  await openSealedFile({ from: at('dump.sealed'), to: at('back'), dataKey })
  expect((await readFile(at('back'))).equals(content)).toBe(true)
  for (const name of ['dump.sealed', 'back']) expect((await stat(at(name))).mode & 0o777).toBe(0o600)
  expect((await readdir(folder)).toSorted()).toEqual(['back', 'dump', 'dump.sealed'])
})

test('of a damaged file nothing is left behind, also not what could still be opened', async () => {
  await writeFile(at('dump'), randomBytes(1_000_000))
  await sealFile({ from: at('dump'), to: at('dump.sealed'), dataKey, label: 'x' })
  await truncate(at('dump.sealed'), 900_000)
  await writeFile(at('back'), 'what was there')
  const opening = openSealedFile({ from: at('dump.sealed'), to: at('back'), dataKey })
  await expect(opening).rejects.toEqual(expect.objectContaining({ code: 'seal.damaged' }))
  expect(await readFile(at('back'), 'utf8')).toBe('what was there')
  expect((await readdir(folder)).toSorted()).toEqual(['back', 'dump', 'dump.sealed'])
})

test('one that is stopped leaves nothing', async () => {
  await writeFile(at('dump'), randomBytes(1_000_000))
  const signal = AbortSignal.abort(new Error('cancelled'))
  await expect(sealFile({ from: at('dump'), to: at('sealed'), dataKey, label: 'x', signal })).rejects.toThrow()
  expect(await readdir(folder)).toEqual(['dump'])
})

test('a file that is not there is told by the system, and nothing is made', async () => {
  await expect(sealFile({ from: at('none'), to: at('sealed'), dataKey, label: 'x' })).rejects.toThrow('ENOENT')
  expect(await readdir(folder)).toEqual([])
})
