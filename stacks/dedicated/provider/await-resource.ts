import { setTimeout as sleep } from 'node:timers/promises'
import type { Problem } from '../../../control-plane/domain/problem.ts'
import { providerProblems } from './provider.errors.ts'
import type { TargetClient, TargetResource } from './target-client.ts'

export type Patience = {
  client: TargetClient
  /** Milliseconds until it is given up. */
  withinMs: number
  signal: AbortSignal
  /** Told in a few words whenever what is waited for has changed. */
  say: (message: string) => void
}
type At = { kind: string; name: string }

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 500

const interrupted = (at: At): Problem =>
  providerProblems['resource.interrupted']({ detail: `${at.kind} ${at.name}: waiting for it was called off` })

/** Asks until `done` gives something. A target that is away for a while, as when its daemon restarts, is waited for, too. */
async function poll<T extends object>(
  at: At,
  { withinMs, signal, say }: Patience,
  ask: () => Promise<{ done: T } | { waiting: string }>,
): Promise<T> {
  const deadline = performance.now() + withinMs
  let told = ''
  let away: Problem | undefined
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    if (signal.aborted) throw interrupted(at)
    const answer = await ask().catch((error: Problem) => {
      if (signal.aborted) throw interrupted(at)
      if (error.code !== 'target.unreachable') throw error
      away = error
      return { waiting: 'the target does not answer' }
    })
    if ('done' in answer) return answer.done
    if (answer.waiting !== told) say(`${at.kind} ${at.name}: ${answer.waiting}`)
    told = answer.waiting
    if (performance.now() > deadline) {
      const last = answer.waiting === 'the target does not answer' ? away : undefined
      throw last ?? providerProblems['resource.late']({ detail: `${at.kind} ${at.name}: ${told} after ${withinMs} ms` })
    }
    await sleep(pause, undefined, { signal }).catch(() => {
      throw interrupted(at)
    })
  }
}

/** Says in a few words what there still is to wait for. */
function waitingFor({ state, observed }: TargetResource): string {
  const servers: unknown = observed['notReady']
  const names = Array.isArray(servers) && servers.length > 0 ? `, waiting for ${servers.join(', ')}` : ''
  return `${state}${names}`
}

/** Asks for the resource, waiting until a former one of its name is gone and until the target is there. */
export async function requestResource(at: At, inputs: unknown, owner: string, patience: Patience): Promise<void> {
  await poll(at, patience, async () => {
    try {
      await patience.client.put(at, inputs, owner, patience.signal)
      return { done: {} }
    } catch (error) {
      if ((error as Problem).code === 'resource.deleting') return { waiting: 'the former one is being deleted' }
      throw error
    }
  })
}

/** Waits until it is ready. Fails with `resource.failed` (and its own reason), `resource.late`, `resource.interrupted`. */
export function untilReady(at: At, patience: Patience): Promise<TargetResource> {
  return poll(at, patience, async () => {
    const seen = await patience.client.get(at, patience.signal)
    if (!seen)
      throw providerProblems['resource.failed']({ detail: `${at.kind} ${at.name}: somebody removed it meanwhile` })
    if (seen.state === 'ready') return { done: seen }
    if (seen.state !== 'failed') return { waiting: waitingFor(seen) }
    const why = seen.error ? `${seen.error.code}: ${seen.error.detail}` : 'no reason was given'
    throw providerProblems['resource.failed']({ detail: `${at.kind} ${at.name}: ${why}` })
  })
}

/** Waits until nothing of it is left. Fails like `untilReady`. */
export async function untilGone(at: At, patience: Patience): Promise<void> {
  await poll(at, patience, async () => {
    const seen = await patience.client.get(at, patience.signal)
    if (!seen || seen.state !== 'deleting') return { done: {} } // a new one of its name is not what was ended
    if (!seen.error) return { waiting: waitingFor(seen) }
    throw providerProblems['resource.failed']({
      detail: `${at.kind} ${at.name}: ${seen.error.code}: ${seen.error.detail}`,
    })
  })
}
