import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, readFile, rename } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import sdk from '@temporalio/worker/package.json' with { type: 'json' }

const run = promisify(execFile)
const BUILDER = fileURLToPath(new URL('./bundle-build.ts', import.meta.url))
/** Runs around every workflow, and is bundled with it. */
const INTERCEPTORS = fileURLToPath(new URL('./tracing/tracing.workflow.ts', import.meta.url))
/** What an image brings along: there nothing is compiled at start, and the compiler's native code need not run. */
const PREBUILT = fileURLToPath(new URL('./built', import.meta.url))
export const ALL_WORKFLOWS = fileURLToPath(new URL('./all-workflows.ts', import.meta.url))

/**
 * The bundle of all workflow code: the one that an image brings along, or built once per content into
 * `<cache>/workflows/<hash>.js`. Building takes about two seconds and 200 MB, which is why a child process does it: the worker
 * stays small.
 * @throws when the bundler refuses the code, with what it said
 */
export async function workflowBundle(options: { cache: string; workflows?: string }): Promise<{ codePath: string }> {
  const entry = options.workflows ?? ALL_WORKFLOWS
  const name = `${await contentHash(entry)}.js`
  const prebuilt = path.join(PREBUILT, name)
  return (await exists(prebuilt)) ? { codePath: prebuilt } : build(entry, path.join(options.cache, 'workflows'), name)
}

/** Builds the bundle into a folder, which an image then holds as `workflows/built`. */
export const prebuildWorkflows = async (folder: string): Promise<{ codePath: string }> =>
  build(ALL_WORKFLOWS, folder, `${await contentHash(ALL_WORKFLOWS)}.js`)

async function build(entry: string, folder: string, name: string): Promise<{ codePath: string }> {
  const codePath = path.join(folder, name)
  if (await exists(codePath)) return { codePath }
  await mkdir(folder, { recursive: true })
  const draft = `${codePath}.${process.pid}.draft`
  await run(process.execPath, [BUILDER, entry, INTERCEPTORS, draft], { maxBuffer: 16 * 1024 * 1024 })
  await rename(draft, codePath) // two that build at once write the same bytes: either may win
  return { codePath }
}

/** Covers every file that the entry and the interceptors reach by relative imports, and the SDK's version: the bundle holds nothing else. */
async function contentHash(entry: string): Promise<string> {
  const files = new Map<string, string>()
  const visit = async (file: string): Promise<void> => {
    if (files.has(file)) return
    const source = await readFile(file, 'utf8')
    files.set(file, source)
    for (const imported of importsOf(source)) await visit(path.resolve(path.dirname(file), imported))
  }
  await visit(entry)
  await visit(INTERCEPTORS)
  const root = path.dirname(entry)
  const hash = createHash('sha256').update(`${sdk.version}\n`)
  for (const [file, source] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${path.relative(root, file)}\n${source.length}\n${source}`)
  }
  return hash.digest('hex').slice(0, 16)
}

const importsOf = (source: string): string[] =>
  [...source.matchAll(/from '(\.[^']+)'/g)].map(([, target]) => target ?? '')

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )
