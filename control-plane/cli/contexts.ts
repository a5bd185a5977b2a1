import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { usageError } from './failure.ts'

/** One plane as this person reaches it. */
export type Context = { url: string; token: string }
export type Contexts = { current: string | null; contexts: Record<string, Context> }

type Environment = Readonly<Record<string, string | undefined>>

/** Where contexts are kept: tokens are inside, so the file is the owner's alone (0600). */
export const contextsFile = (env: Environment): string =>
  env['STEWARD_CONFIG'] ?? path.join(env['XDG_CONFIG_HOME'] ?? path.join(homedir(), '.config'), 'steward', 'contexts.json')

/** All contexts; none yet is not an error, an unreadable file is. */
export async function readContexts(env: Environment): Promise<Contexts> {
  const file = contextsFile(env)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{"current":null,"contexts":{}}'
    throw error
  })
  try {
    return JSON.parse(text) as Contexts
  } catch {
    throw usageError(`${file} is not valid JSON: repair or remove it, then run "steward login" again`)
  }
}

/** Written beside and renamed, so that a full disk never leaves half a file. */
export async function writeContexts(env: Environment, contexts: Contexts): Promise<void> {
  const file = contextsFile(env)
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  const next = `${file}.${process.pid}`
  await writeFile(next, `${JSON.stringify(contexts, null, 2)}\n`, { mode: 0o600 })
  await chmod(next, 0o600)
  await rename(next, file)
}

/** The context to use: the environment first (scripts), then `--context`, then the current one. */
export async function chooseContext(env: Environment, name: string | undefined): Promise<Context> {
  const { STEWARD_URL: url, STEWARD_TOKEN: token } = env
  if (name === undefined && url !== undefined && token !== undefined) return { url, token }
  const { current, contexts } = await readContexts(env)
  const wanted = name ?? current
  if (wanted === null) throw usageError('no context yet: run "steward login --url URL --token-file FILE" first')
  const found = contexts[wanted]
  if (!found) throw usageError(`no context called "${wanted}": there are ${Object.keys(contexts).join(', ') || 'none'}`)
  return { url: url ?? found.url, token: token ?? found.token }
}
