import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { rotate, tailLog } from './log-files.ts'

let path: string
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'steward-logs-'))
  path = join(folder, 'a.log')
  return () => rm(folder, { recursive: true })
})

test('a log that grew too long is kept once and goes on empty', async () => {
  await writeFile(path, 'x'.repeat(100))
  expect(rotate(path, 100)).toBe(false)
  await appendFile(path, 'y')
  expect(rotate(path, 100)).toBe(true)
  await appendFile(path, 'z')
  expect([await readFile(path, 'utf8'), (await stat(`${path}.1`)).size]).toEqual(['z', 101])
  expect(rotate(join(path, 'missing'))).toBe(false)
})

test('the tail of a log is its last lines; a missing one is empty', async () => {
  await writeFile(path, 'one\ntwo\nthree\n')
  expect(await tailLog(path, 2)).toBe('two\nthree')
  expect(await tailLog(`${path}.nope`, 2)).toBe('')
})
