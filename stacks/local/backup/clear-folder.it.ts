import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { inClear } from './clear-folder.ts'

const MODULE = new URL('./clear-folder.ts', import.meta.url).href
/** Says where its folder is, and stays. */
const STAYS = `import { inClear } from '${MODULE}'
await inClear(async (folder) => { console.log(folder); await new Promise((resolve) => setTimeout(resolve, 300_000)) })`

async function another() {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', STAYS], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, folder: said.toString().trim() }
}

test('a folder is its account’s alone and gone afterwards, also when its work fails', async () => {
  const kept = inClear(async (folder) => {
    await writeFile(join(folder, 'rows'), 'in clear')
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    throw new Error(folder)
  })
  const folder = await kept.catch((error: Error) => error.message)
  await expect(stat(folder)).rejects.toThrow('ENOENT')
})

test('what a killed process left is cleared by the next; what another works on, and what is no such folder, stays', async () => {
  const [killed, working] = [await another(), await another()]
  const strange = join(tmpdir(), 'steward-estate-clear-notes')
  await mkdir(strange)
  onTestFinished(() => rm(strange, { recursive: true }))
  await writeFile(join(killed.folder, 'rows'), 'in clear')
  killed.child.kill('SIGKILL')
  await once(killed.child, 'exit')
  const left = await inClear(() => readdir(tmpdir()))
  expect(left).not.toContain(basename(killed.folder))
  expect(left).toEqual(expect.arrayContaining([basename(working.folder), basename(strange)]))
  working.child.kill('SIGKILL')
  await once(working.child, 'exit')
  await inClear(async () => undefined)
  await expect(stat(working.folder)).rejects.toThrow('ENOENT')
})
