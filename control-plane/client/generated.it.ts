import { readdir, readFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createClient } from '@hey-api/openapi-ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import config from '../../openapi-ts.config.ts'

let folder: string
beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'steward-client-'))))
afterAll(() => rm(folder, { recursive: true }))

/** All files below a folder, by their path inside it. */
async function contentOf(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
  const read = files.toSorted().map(async (file) => [path.relative(root, file), await readFile(file, 'utf8')] as const)
  return Object.fromEntries(await Promise.all(read))
}

test('the committed client is that of the committed document: run npm run client', async () => {
  const wanted = await config
  if (Array.isArray(wanted)) throw new Error('one client, with its options')
  const { output } = wanted
  if (typeof output !== 'object' || !('path' in output)) throw new Error('one folder, with its options')
  await createClient({ ...wanted, output: { ...output, path: folder }, logs: { level: 'silent' } })
  const [made, committed] = await Promise.all([
    contentOf(folder),
    contentOf(path.join(import.meta.dirname, 'generated')),
  ])
  expect(Object.keys(made).length).toBeGreaterThan(10)
  expect(made).toEqual(committed)
})
