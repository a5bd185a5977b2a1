import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildPart } from './build.ts'
import { cacheFolder, findInCache, findPartOnPath, readLockFiles, type Located } from './locate.ts'
import { PARTS, type Part } from './parts.ts'
import type { ToolchainEvent } from './progress.ts'

export const RECIPES = fileURLToPath(new URL('.', import.meta.url))
const PROGRESS_EVERY_MS = 10_000

export type Toolchain = {
  /** Path of a tool; resolves as soon as its part is there, whatever is still building behind it. */
  tool: (name: string) => Promise<string>
  /** Folder with a part's files. */
  folder: (part: string) => Promise<string>
  /** Resolves when nothing is left to build; rejects with the first part that failed. */
  done: Promise<void>
}
export type ToolchainOptions = {
  cache: string
  env: NodeJS.ProcessEnv
  signal: AbortSignal
  onEvent: (event: ToolchainEvent) => void
  /** Parts wanted, by name; all by default. */
  only?: readonly string[]
  /** Folder with one recipe per part, and the parts: others in tests. */
  recipes?: string
  parts?: readonly Part[]
}

const event = (part: Part, state: ToolchainEvent['state'], rest: Partial<ToolchainEvent> = {}): ToolchainEvent => {
  const { name, version, usualSeconds } = part
  return { part: name, version, usualSeconds, state, elapsedSeconds: 0, left: [], ...rest }
}

/** Builds one part and reports: at its start, every ten seconds, and its end. */
async function buildReporting(
  options: ToolchainOptions,
  job: { part: Part; folder: string; recipe: string; left: readonly Part[] },
): Promise<Located> {
  const { part, folder, recipe, left } = job
  const started = performance.now()
  const report = (state: ToolchainEvent['state'], message?: string) => {
    const elapsedSeconds = (performance.now() - started) / 1000
    options.onEvent(event(part, state, { elapsedSeconds, left, ...(message ? { message } : {}) }))
  }
  report('building')
  const ticker = setInterval(() => report('building'), PROGRESS_EVERY_MS)
  try {
    const onWait = (pid: number | undefined) => report('waiting', `process ${pid ?? '?'}, which is building it`)
    const located = await buildPart(part, recipe, folder, { env: options.env, signal: options.signal, onWait })
    report('built')
    return located
  } catch (error) {
    report('failed', error instanceof Error ? error.message : String(error))
    throw error
  } finally {
    clearInterval(ticker)
  }
}

/**
 * Obtains the toolchain in order of need, one part at a time (a build uses every core): from the cache, from PATH at the
 * pinned version, else built from pinned Go modules. A part that fails does not keep the others.
 */
export function obtainToolchain(options: ToolchainOptions): Toolchain {
  const recipes = options.recipes ?? RECIPES
  const parts = (options.parts ?? PARTS).filter(({ name }) => options.only?.includes(name) ?? true)
  const jobs = parts.map((part) => ({ part, recipe: join(recipes, part.name), ...Promise.withResolvers<Located>() }))
  for (const { promise } of jobs) promise.catch(() => undefined) // reported to whoever asks for it

  const run = async () => {
    const missing: ((typeof jobs)[number] & { folder: string })[] = []
    for (const job of jobs) {
      const folder = cacheFolder(options.cache, job.part, await readLockFiles(recipes, job.part))
      const cached = await findInCache(folder, job.part)
      const located = cached ?? (await findPartOnPath(job.part, options.env))
      if (!located) {
        missing.push({ ...job, folder })
        continue
      }
      options.onEvent(event(job.part, cached ? 'cached' : 'found'))
      job.resolve(located)
    }
    for (const [index, job] of missing.entries()) {
      const left = missing.slice(index + 1).map(({ part }) => part)
      await buildReporting(options, { ...job, left }).then(job.resolve, job.reject)
    }
    await Promise.all(jobs.map(({ promise }) => promise))
  }
  const done = run()
  // A recipe that cannot be read fails every part that waits behind it.
  done.catch((error: unknown) => jobs.forEach(({ reject }) => reject(error)))

  const ofPart = (matches: (part: Part) => boolean, wanted: string) => {
    const job = jobs.find(({ part }) => matches(part))
    return job ? job.promise : Promise.reject(new Error(`the toolchain has no ${wanted}`))
  }
  return {
    tool: async (name) => {
      const located = await ofPart((part) => part.tools.some((tool) => tool.name === name), name)
      return located.tools[name] ?? ''
    },
    folder: async (name) => (await ofPart((part) => part.name === name, name)).folder,
    done,
  }
}
