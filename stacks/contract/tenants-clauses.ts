import { setTimeout as pause } from 'node:timers/promises'
import type { Sighting } from '../../control-plane/domain/contract.ts'
import { ask, membersOf, type Pod } from './ask.ts'
import { saw, unclear } from './sighting.ts'

/** Files are mounted anew within a minute or so where a kubelet does it; pods look at them several times a second. */
const LOADED_WITHIN_MS = 90_000
const LOOK_EVERY_MS = 100
/** A silo that takes what it should refuse does so at once, wherever the file has arrived. */
const REFUSED_FOR_MS = 3_000
/** A kubelet's rounds are up to half again as long as one another. */
const ROUNDS_DIFFER_BY = 1.5

async function revisionOf(pod: Pod, signal: AbortSignal): Promise<number> {
  const answer = await ask(pod, '/version', null, signal).catch(() => signal.throwIfAborted())
  const revision = answer === undefined ? undefined : membersOf(answer)['tenantsRevision']
  return typeof revision === 'number' ? revision : -1
}

/** Whether every pod comes to say the revision that was published, or a later one. */
export function reloads(
  pods: readonly Pod[],
  revision: number,
  signal: AbortSignal,
  withinMs = LOADED_WITHIN_MS,
): Promise<Sighting[]> {
  return Promise.all(
    pods.map(async (pod) => {
      const deadline = performance.now() + withinMs
      let seen = await revisionOf(pod, signal)
      while (seen < revision && performance.now() < deadline) {
        await pause(LOOK_EVERY_MS, undefined, { signal })
        seen = await revisionOf(pod, signal)
      }
      const what = `revision at /version of pod ${pod.name}`
      return saw(what, `${revision} or later`, String(seen), seen >= revision)
    }),
  )
}

/**
 * How long files take to every pod, in milliseconds: of two files, one right after the other, because the first may have come just
 * before a kubelet's round. Undefined where one does not arrive.
 */
async function arrivalOf(
  pods: readonly Pod[],
  publish: () => Promise<number>,
  signal: AbortSignal,
  withinMs?: number,
): Promise<number | undefined> {
  let took: number | undefined
  for (const _ of ['first', 'second']) {
    const revision = await publish()
    const began = performance.now()
    const seen = await reloads(pods, revision, signal, withinMs)
    if (!seen.every(({ holds }) => holds)) return undefined
    took = performance.now() - began
  }
  return took
}

/**
 * Whether every pod of a silo goes on with the file before one that lists somebody else, too. A file that is refused leaves no trace:
 * it is waited for as long as files take to these pods.
 */
export async function refusesSecond(
  pods: readonly Pod[],
  host: string,
  publish: (second: boolean) => Promise<number>,
  signal: AbortSignal,
  withinMs?: number,
): Promise<Sighting[]> {
  const took = await arrivalOf(pods, () => publish(false), signal, withinMs)
  if (took === undefined) return [unclear('a second tenant', 'files do not reach every pod')]
  const revision = await publish(true)
  await pause(Math.max(REFUSED_FOR_MS, ROUNDS_DIFFER_BY * took), undefined, { signal })
  return Promise.all(
    pods.map(async (pod) => {
      const seen = await revisionOf(pod, signal)
      const served = await ask(pod, '/whoami', host, signal).catch(() => signal.throwIfAborted())
      const what = `pod ${pod.name} with a file of revision ${revision} that lists a second tenant`
      const said = `revision ${seen}, its own tenant gets ${served?.status ?? 'no answer'}`
      return saw(what, 'an earlier revision, its own tenant gets 200', said, seen < revision && served?.status === 200)
    }),
  )
}
