import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { buildArguments, type Part, type Tool } from './parts.ts'

/** Where a part is: the path of each tool, or of the folder with its files. */
export type Located = { tools: Readonly<Record<string, string>>; folder: string }

/** The cache folder of a part changes with everything that decides its content: lock files, flags, platform. */
export function cacheFolder(cache: string, part: Part, lockFiles: readonly string[]): string {
  const recipe = [buildArguments(part, ''), part.files ?? null, process.platform, process.arch, ...lockFiles]
  const hash = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 12)
  return join(cache, 'toolchain', `${part.name}-${hash}`)
}

/** Reads what decides a part's content from its recipe folder: go.mod, go.sum and sources of our own. */
export const readLockFiles = (recipes: string, part: Part): Promise<string[]> =>
  Promise.all(
    ['go.mod', 'go.sum', ...(part.sources ?? [])].map((name) => readFile(join(recipes, part.name, name), 'utf8')),
  )

const isThere = (path: string, mode: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  )

/** A part that was built completely earlier: its folder only exists after the build was renamed into place. */
export async function findInCache(folder: string, part: Part): Promise<Located | undefined> {
  const tools = Object.fromEntries(part.tools.map(({ name }) => [name, join(folder, 'bin', name)]))
  const needed = [
    ...Object.values(tools).map((path) => isThere(path, constants.X_OK)),
    ...(part.files?.names ?? []).map((name) => isThere(join(folder, name), constants.R_OK)),
  ]
  return (await Promise.all(needed)).every(Boolean) ? { tools, folder } : undefined
}

async function findOnPath(tool: Tool, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, tool.name)
    if (!(await isThere(path, constants.X_OK))) continue
    const asked = promisify(execFile)(path, [...tool.versionArgs], { env, timeout: 10_000 })
    const answer = await asked.catch(() => ({ stdout: '' }))
    return tool.version.test(answer.stdout) ? path : undefined // the first on PATH is the one its owner means
  }
  return undefined
}

/** A part all of whose tools are on PATH at the pinned version. */
export async function findPartOnPath(part: Part, env: NodeJS.ProcessEnv): Promise<Located | undefined> {
  if (part.tools.length === 0 || part.sources) return undefined
  const tools: Record<string, string> = {}
  for (const tool of part.tools) {
    const path = await findOnPath(tool, env)
    if (!path) return undefined
    tools[tool.name] = path
  }
  return { tools, folder: '' }
}
