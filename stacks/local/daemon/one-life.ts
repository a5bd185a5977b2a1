import { setTimeout as pause } from 'node:timers/promises'
import { estateProblems } from '../estate.errors.ts'
import type { HomePaths } from '../home.ts'
import type { Log } from '../kube/log.ts'
import { untilAborted } from '../../process/abort.ts'
import { signal as send, signalTree } from '../../process/proc.ts'
import type { Command, ProcessServer } from '../servers/server.ts'
import { describeExit, startProcess, type Running } from './spawn.ts'

const PROBE_EVERY_MS = 50
/** A start that takes longer has hung; generous, because a database may be replaying its log. */
const READY_WITHIN_MS = 180_000
/** What a preparation began, an `initdb` say, is killed when it is called off; the kernel has so long to be done with it. */
const CALLED_OFF_WITHIN_MS = 5000

export type LifeHands = { paths: HomePaths; estateId: string; log: Log }
export type LifeEvents = {
  onStarted: (running: Running) => void
  onReady: () => void
  /** What the probe said while the server was not ready. */
  onProbeFailed: (reason: string) => void
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Resolves when the probe succeeds; throws when the process ends first or never answers. */
async function untilReady(
  server: ProcessServer,
  running: Running,
  signal: AbortSignal,
  events: LifeEvents,
): Promise<void> {
  const ended = new AbortController()
  void running.exited.then((how) =>
    ended.abort(estateProblems['server.failed']({ detail: `${server.name} ${describeExit(how)}` })),
  )
  const within = AbortSignal.any([signal, ended.signal, AbortSignal.timeout(READY_WITHIN_MS)])
  for (;;) {
    within.throwIfAborted()
    try {
      await server.probe(within)
      return
    } catch (error) {
      events.onProbeFailed(reasonOf(error))
    }
    await pause(PROBE_EVERY_MS)
  }
}

/** What to run. Called off it rejects once nothing of the preparation runs any more, so that no file is written behind its back. */
async function prepare(server: ProcessServer, signal: AbortSignal): Promise<Command> {
  const preparing = server.command(signal)
  try {
    return await Promise.race([preparing, untilAborted(signal)])
  } catch (error) {
    // Only so long: it may wait for a tool that is still being built.
    await Promise.race([preparing.catch(() => undefined), pause(CALLED_OFF_WITHIN_MS, undefined, { ref: false })])
    throw error
  }
}

/** Asks a process to end with the server's signal, and kills it with its children after its grace. */
async function endProcess(server: ProcessServer, running: Running, log: Log): Promise<void> {
  if (running.ended()) return
  await signalTree(running.pid, 'SIGCONT') // a frozen one hears nothing
  send(running.pid, server.stopSignal)
  const inTime = await Promise.race([running.exited.then(() => true), pause(server.graceMs, false, { ref: false })])
  if (!inTime) {
    log.warn({ event: 'server.killed', server: server.name, graceMs: server.graceMs }, 'server did not end in time')
    if (!running.ended()) await signalTree(running.pid, 'SIGKILL')
  }
  await running.exited
}

/**
 * One life of a server's process: started, probed until ready, and looked after until it ends or `signal` asks it to.
 * Resolves when it has ended; throws when it ended before it was ready, or the signal's reason.
 */
export async function liveOnce(
  server: ProcessServer,
  hands: LifeHands,
  signal: AbortSignal,
  events: LifeEvents,
): Promise<void> {
  const command = await prepare(server, signal)
  signal.throwIfAborted()
  const running = await startProcess(hands.paths, hands.estateId, server.name, command)
  events.onStarted(running)
  try {
    await untilReady(server, running, signal, events)
    events.onReady()
    await Promise.race([running.exited, untilAborted(signal)])
  } finally {
    await endProcess(server, running, hands.log)
  }
}
