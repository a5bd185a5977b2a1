import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { canonical, readState, serialOf } from './deployment.ts'
import type { Run } from './run.ts'
import type { Plan } from './stack-run.ts'

type Kept = { from: string; plan: Plan }

/** Everything that says what a stack is to be, and what compares that with what it is. */
const CODE = ['../programs', '../provider'].map((folder) => fileURLToPath(new URL(folder, import.meta.url)))

async function codeDigest(): Promise<string> {
  const hash = createHash('sha256')
  for (const folder of CODE) {
    const found = await readdir(folder, { recursive: true, withFileTypes: true })
    const files = found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
    for (const file of files.toSorted()) hash.update(`${file}\0`).update(await readFile(file))
  }
  return hash.digest('hex')
}

/**
 * What a preview follows from. Programs and providers of the local target compare the state with what is wanted and look at nothing
 * else, so that the same source has the same preview.
 */
async function sourceOf({ request: { program, pulumi }, store }: Run): Promise<string> {
  const serial = serialOf(await readState(store))
  return createHash('sha256')
    .update(canonical({ program, pulumi, serial, code: await codeDigest() }))
    .digest('hex')
}

/** Keeps a preview for the change that it announces. */
export async function keepPreview(run: Run, plan: Plan): Promise<void> {
  const kept: Kept = { from: await sourceOf(run), plan }
  await run.store.write('preview', JSON.stringify(kept))
}

/** The preview that the engine would make now, where it has made it before; it takes the engine about 1.5 s each time. */
export async function lastPreview(run: Run): Promise<Plan | undefined> {
  const found = await run.store.read('preview')
  if (found === undefined) return undefined
  const { from, plan } = JSON.parse(found.text) as Kept // written whole by `keepPreview`
  return from === (await sourceOf(run)) ? plan : undefined
}
