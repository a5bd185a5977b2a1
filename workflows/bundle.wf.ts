import { mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TEST_CACHE } from '../test/support/temporal-worker.ts'
import { prebuildWorkflows, workflowBundle } from './bundle.ts'

let home = ''
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'steward-bundle-'))
  await symlink(path.join(import.meta.dirname, '..', 'node_modules'), path.join(home, 'node_modules')) // the bundler looks beside the entry
})
afterAll(() => rm(home, { recursive: true, force: true }))

test('a bundle is built once per content, and again when an imported file changes', async () => {
  const [entry, imported] = [path.join(home, 'entry.ts'), path.join(home, 'answer.ts')]
  await writeFile(entry, `export { answer } from './answer.ts'\n`)
  await writeFile(imported, `export const answer = async (): Promise<number> => 42\n`)
  const build = () => workflowBundle({ cache: home, workflows: entry })
  const { codePath } = await build()
  const { mtimeMs } = await stat(codePath)
  expect(await build()).toEqual({ codePath })
  expect((await stat(codePath)).mtimeMs).toBe(mtimeMs)
  await writeFile(imported, `export const answer = async (): Promise<number> => 43\n`)
  expect((await build()).codePath).not.toBe(codePath)
})

test('a bundle that was built for an image is the one that a worker of the same code looks for', async () => {
  const folder = path.join(home, 'image')
  const { codePath } = await prebuildWorkflows(folder)
  expect(await readdir(folder)).toEqual([path.basename(codePath)])
  expect(path.basename((await workflowBundle({ cache: TEST_CACHE })).codePath)).toBe(path.basename(codePath))
})

test('code the bundler refuses leaves no file behind', async () => {
  const entry = path.join(home, 'broken.ts')
  await writeFile(
    entry,
    `import { readFileSync } from 'node:fs'\nexport const broken = async () => readFileSync('/x')\n`,
  )
  const cache = path.join(home, 'refused')
  await expect(workflowBundle({ cache, workflows: entry })).rejects.toThrow(/fs/)
  expect((await readdir(path.join(cache, 'workflows'))).filter((file) => file.endsWith('.js'))).toEqual([])
})
