import { setTimeout as pause } from 'node:timers/promises'
import { Problem } from '../../../control-plane/domain/problem.ts'
import { askDaemon } from '../commands/daemon-client.ts'
import type { ServerStatus } from '../daemon/fleet.ts'
import { estateProblems } from '../estate.errors.ts'

const AGAIN_MS = 100

/**
 * Nothing acts on clusters and databases while `work` runs: the daemon keeps the worker down for as long as this process is connected,
 * and starts it when it has ended in whatever way. A worker that was not running stays as it is. The signal of `work` is aborted with
 * `backup.disturbed` when the daemon let go.
 */
export async function withoutWorker<T>(
  home: string,
  signal: AbortSignal,
  work: (undisturbed: AbortSignal) => Promise<T>,
): Promise<T> {
  const { state } = await workerOf(home).catch((error: unknown) => {
    if (error instanceof Problem && error.code === 'server.unknown') return { state: 'stopped' as const }
    throw error
  })
  if (state === 'stopped') return work(signal)
  const [letGo, lost] = [new AbortController(), new AbortController()]
  const held = await askDaemon(home, '/servers/worker/hold', 'POST', AbortSignal.any([signal, letGo.signal]))
  const words = held.body?.getReader()
  await words?.read() // it is down
  const watching = watch(words).finally(() => lost.abort(estateProblems['backup.disturbed']()))
  try {
    const result = await work(AbortSignal.any([signal, lost.signal]))
    lost.signal.throwIfAborted()
    return result
  } finally {
    letGo.abort()
    await watching.catch(() => undefined)
    await untilStarted(home)
  }
}

/** Resolves when the daemon says no more. */
async function watch(words: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<void> {
  for (;;) if ((await words?.read())?.done !== false) return
}

const workerOf = async (home: string): Promise<ServerStatus> =>
  (await (await askDaemon(home, '/servers/worker')).json()) as ServerStatus // the daemon's own contract

/** The daemon has begun to start it; why it does not come, if so, is its status. */
async function untilStarted(home: string): Promise<void> {
  for (const word of ['stopped', 'starting'] as const) {
    for (;;) {
      const { state } = await workerOf(home).catch(() => ({ state: 'ready' as const })) // no daemon, no worker
      if (state !== word) break
      await pause(AGAIN_MS)
    }
  }
}
