import { mkdtemp, readFile, readdir, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { writeAtomicFolder } from './atomic-folder.ts'
import { boundLogs, closeLog, openLog, tailOf } from './log-file.ts'

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'steward-files-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}
const files = (texts: Record<string, string>) =>
  new Map(Object.entries(texts).map(([path, text]) => [path, { content: Buffer.from(text), mode: 0o644 }]))

test('a reader of a volume sees all of the old files or all of the new, and removed ones go', async () => {
  const folder = await emptyFolder()
  await writeAtomicFolder(folder, files({ a: '0', 'deep/b': '0', gone: 'x' }), undefined)
  const done = new AbortController()
  const torn: string[] = []
  const pairs = new Set<string>()
  const read = async () => {
    while (!done.signal.aborted) {
      const data = join(folder, await readlink(join(folder, '..data')))
      // A folder that is replaced meanwhile is gone, never half there.
      const pair = await Promise.all(['a', 'deep/b'].map((name) => readFile(join(data, name), 'utf8'))).catch(
        () => null,
      )
      if (pair && pair[0] !== pair[1]) torn.push(pair.join())
      else if (pair?.[0]) pairs.add(pair[0])
    }
  }
  const reader = read()
  const texts = Array.from({ length: 50 }, (_, round) => String(round + 1))
  for (const text of texts) await writeAtomicFolder(folder, files({ a: text, 'deep/b': text }), undefined)
  done.abort()
  await reader
  expect(pairs.size).toBeGreaterThan(1)
  expect(torn).toEqual([])
  expect(await readFile(join(folder, 'deep/b'), 'utf8')).toBe('50')
  expect((await readdir(folder)).filter((name) => !name.startsWith('..')).toSorted()).toEqual(['a', 'deep'])
  expect((await readdir(folder)).filter((name) => name.startsWith('..'))).toHaveLength(2)
})

test('the tail of a log is what was written since the container started', async () => {
  const folder = await emptyFolder()
  await writeFile(join(folder, 'main.log'), 'earlier run\n')
  const { file, fd, from } = await openLog(folder, 'main')
  await closeLog(fd)
  await writeFile(file, 'this run\n', { flag: 'a' })
  expect(await tailOf(file, from)).toBe('this run')
  await writeFile(file, 'x'.repeat(10_000), { flag: 'a' })
  expect(await tailOf(file, from)).toHaveLength(2_048)
})

test('a log past its bound is cut and its end kept; a smaller one is left alone', async () => {
  const home = await emptyFolder()
  const { file, fd } = await openLog(join(home, 'logs', 'n_p_u'), 'main')
  await closeLog(fd)
  const small = join(home, 'logs', 'n_p_u', 'small.log')
  await writeFile(small, 'small')
  await writeFile(file, `${'x'.repeat(9 * 2 ** 20)}end`)
  await boundLogs(home)
  expect((await stat(file)).size).toBe(0)
  expect(await readFile(`${file}.1`, 'utf8')).toMatch(/xend$/)
  expect(await readFile(small, 'utf8')).toBe('small')
})
