import { readFile } from 'node:fs/promises'
import { providerProblems } from '../provider/provider.errors.ts'
import { createTargetClient, type TargetAccess } from '../provider/target-client.ts'

export type KeyAt = TargetAccess & { key: string }
const ANSWER_MS = 10_000

/** Generations of a stack's key that are there, and the newest, by which new things are sealed. Fails with `target.*`. */
export async function keyState(
  { key, ...access }: KeyAt,
  signal: AbortSignal,
): Promise<{ newest: number; generations: readonly number[] }> {
  const found = await createTargetClient(access).get({ kind: 'key', name: key }, signal)
  if (found === undefined) throw providerProblems['target.refused']({ detail: `there is no key ${key}` })
  const { generation, generations } = found.observed
  if (typeof generation !== 'number' || !Array.isArray(generations))
    throw providerProblems['target.unreachable']({ detail: `key ${key} does not say its generations` })
  return { newest: generation, generations: generations as readonly number[] } // the contract of the resources API
}

/** Destroys one generation for good; one that is gone is gone. Fails with `target.*`. */
export async function endKeyGeneration(
  { key, url, tokenFile }: KeyAt,
  generation: number,
  signal: AbortSignal,
): Promise<void> {
  const token = (await readFile(tokenFile, 'utf8')).trim()
  const what = `generation ${generation} of key ${key}`
  const response = await fetch(new URL(`/resources/key/${encodeURIComponent(key)}/generations/${generation}`, url), {
    method: 'DELETE',
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
  }).catch((cause: unknown) => {
    signal.throwIfAborted()
    throw providerProblems['target.unreachable']({ detail: `${what}: ${url} does not answer`, cause })
  })
  if (response.ok) return
  const code = response.status >= 500 ? 'target.unreachable' : 'target.refused'
  throw providerProblems[code]({ detail: `${what} could not be destroyed: HTTP ${response.status}` })
}
