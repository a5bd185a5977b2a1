import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { EXIT, Failure, usageError } from './failure.ts'

/** One plane as this person reaches it. */
export type Context = { url: string; token: string }
export type Contexts = { current: string | null; contexts: Readonly<Record<string, Context>> }

export type Environment = Readonly<Record<string, string | undefined>>
/** A variable that is set to nothing is not set. */
const read = (env: Environment, name: string): string | undefined => env[name] || undefined

/** Where contexts are kept: tokens are inside, so the file is the owner's alone (0600). */
export const contextsFile = (env: Environment): string =>
  read(env, 'STEWARD_CONFIG') ??
  path.join(
    read(env, 'XDG_CONFIG_HOME') ?? path.join(read(env, 'HOME') ?? homedir(), '.config'),
    'steward',
    'contexts.json',
  )

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const isContext = (value: unknown): value is Context =>
  isObject(value) && typeof value['url'] === 'string' && typeof value['token'] === 'string'
const isContexts = (value: unknown): value is Contexts =>
  isObject(value) &&
  (value['current'] === null || typeof value['current'] === 'string') &&
  isObject(value['contexts']) &&
  Object.values(value['contexts']).every(isContext)

/** All contexts; none yet is not an error, a file that cannot be read or understood is (usage). */
export async function readContexts(env: Environment): Promise<Contexts> {
  const file = contextsFile(env)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{"current":null,"contexts":{}}'
    throw usageError(`${file} cannot be read (${error.code}): it must be yours, or name another one in STEWARD_CONFIG`)
  })
  const known = parsed(text)
  if (isContexts(known)) return known
  throw usageError(`${file} does not hold contexts as JSON: repair or remove it, then run "steward login" again`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Written beside and renamed, so that a full disk never leaves half a file; nobody else can read it at any moment. */
export async function writeContexts(env: Environment, contexts: Contexts): Promise<void> {
  const file = contextsFile(env)
  const next = `${file}.${randomUUID()}`
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
    await writeFile(next, `${JSON.stringify(contexts, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    await rename(next, file)
  } catch (error) {
    await rm(next, { force: true }).catch(() => {}) // the first error is the one to tell
    const why = error instanceof Error ? error.message : String(error)
    throw new Failure(EXIT.other, 'contexts.not-written', `${file} cannot be written: ${why}`)
  }
}

/** The context of this name; throws a usage error that says which there are. */
export function findContext({ contexts }: Contexts, name: string): Context {
  const found = Object.hasOwn(contexts, name) ? contexts[name] : undefined
  if (found) return found
  throw usageError(`no context called "${name}": there are ${Object.keys(contexts).join(', ') || 'none'}`)
}

/**
 * The context to use: the one asked for by name, else the one in the environment (scripts), else the current one. An address
 * and a token always come from the same place, so that a token is never sent to another plane than its own.
 */
export async function chooseContext(env: Environment, name: string | undefined): Promise<Context> {
  const [url, token] = [read(env, 'STEWARD_URL'), read(env, 'STEWARD_TOKEN')]
  if (name !== undefined) return findContext(await readContexts(env), name)
  if (url !== undefined && token !== undefined)
    return { url: planeUrl(url), token: usableToken(token, 'STEWARD_TOKEN') }
  if (url !== undefined || token !== undefined) {
    const [there, missing] = url === undefined ? ['STEWARD_TOKEN', 'STEWARD_URL'] : ['STEWARD_URL', 'STEWARD_TOKEN']
    throw usageError(`${there} is set without ${missing}: set both, or neither and use a context`)
  }
  const known = await readContexts(env)
  if (known.current === null) {
    const hint =
      Object.keys(known.contexts).length > 0 ? 'steward contexts use NAME' : 'steward login --url URL --token-file FILE'
    throw usageError(`no current context: run "${hint}" first`)
  }
  return findContext(known, known.current)
}

/** An address as it is kept: http or https, without a login in it and without a slash at the end. Throws a usage error. */
export function planeUrl(text: string): string {
  if (text.includes('@')) throw usageError('the address must not hold a login: the token is what lets you in')
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.search !== '' || url.hash !== '')
    throw usageError(`"${text}" is not an address of a plane, for example http://127.0.0.1:7400`)
  return url.href.replace(/\/+$/, '')
}

/** The token itself. Refused before it could end up in the message of whoever cannot send it; never quoted. */
export function usableToken(text: string, source: string): string {
  const token = text.trim()
  if (token === '') throw usageError(`${source} is empty: it must hold the token`)
  if (!/^[!-~]+$/.test(token))
    throw usageError(`${source} holds something else than one token: a token is one line without spaces`)
  return token
}
