import { setTimeout as pause } from 'node:timers/promises'
import { estateProblems } from '../estate.errors.ts'
import type { HomePaths } from '../home.ts'
import type { Log } from '../kube/log.ts'
import { untilAborted } from '../process/abort.ts'
import { signal as send, signalTree } from '../process/proc.ts'
import type { ProcessServer } from '../servers/server.ts'
import { logPath, tailLog } from './log-files.ts'
import { describeExit, startProcess, type Running } from './spawn.ts'

export type ServerState =
  | 'waiting'
  | 'starting'
  | 'ready'
  | 'restarting'
  | 'frozen'
  | 'stopping'
  | 'stopped'
  | 'failed'
  | 'done'

export type Hands = { paths: HomePaths; estateId: string; log: Log; onState: (name: string, state: ServerState) => void }

const PROBE_EVERY_MS = 50
/** A start that takes longer has hung; generous, because a database may be replaying its log. */
const READY_WITHIN_MS = 180_000
/** A server that never was ready is given up after so many tries: its own fault will not go away. */
const FIRST_TRIES = 3
/** After so long a crash counts as the first again. */
const STABLE_MS = 60_000
const FIRST_DELAY_MS = 100
const LONGEST_DELAY_MS = 10_000

/** Wait before the n-th restart in a row, in milliseconds: doubling from 100 ms to 10 s. */
export const backOff = (failures: number): number => Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), LONGEST_DELAY_MS)

export type Supervised = {
  /** Starts the process and keeps it up; resolves once it is ready. */
  start: () => Promise<void>
  /** Asks it to end, kills it after its grace, and leaves it down. */
  stop: () => Promise<void>
  /** SIGKILLs it with all its children; it is started again unless `stayDown`. */
  kill: (options?: { stayDown?: boolean }) => Promise<void>
  freeze: () => Promise<void>
  resume: () => Promise<void>
  status: () => { state: ServerState; pid: number | null; restarts: number; since: string; error: string | null }
}

/** Keeps one process up: restarted when it crashes, with a growing delay; never when it was stopped on purpose. */
export function supervise(server: ProcessServer, hands: Hands): Supervised {
  const { name } = server
  const { log, paths } = hands
  let state: ServerState = 'stopped'
  let since = new Date()
  let restarts = 0
  let lastError: string | null = null
  let running: Running | undefined
  let thawed: ServerState = 'ready' // what a frozen server was before
  let period: AbortController | undefined
  let loop: Promise<void> = Promise.resolve()

  const enter = (next: ServerState) => {
    state = next
    since = new Date()
    hands.onState(name, next)
  }

  /** Resolves when the probe succeeds; throws when the process ends first or never answers. */
  const untilReady = async (process: Running, signal: AbortSignal): Promise<void> => {
    const ended = new AbortController()
    const exit = process.exited.then((how) => ended.abort(estateProblems['server.failed']({ detail: `${name} ${describeExit(how)}` })))
    exit.catch(() => undefined)
    const within = AbortSignal.any([signal, ended.signal, AbortSignal.timeout(READY_WITHIN_MS)])
    for (;;) {
      within.throwIfAborted()
      const answered = await server.probe(within).then(
        () => true,
        (error: unknown) => ((lastError = error instanceof Error ? error.message : String(error)), false),
      )
      if (answered) return
      await pause(PROBE_EVERY_MS)
    }
  }

  const endProcess = async (process: Running): Promise<void> => {
    if (process.ended()) return
    await signalTree(process.pid, 'SIGCONT')
    send(process.pid, server.stopSignal)
    const inTime = await Promise.race([process.exited.then(() => true), pause(server.graceMs, false, { ref: false })])
    if (!inTime) {
      log.warn({ event: 'server.killed', server: name, graceMs: server.graceMs }, 'server did not end in time')
      if (!process.ended()) await signalTree(process.pid, 'SIGKILL')
    }
    await process.exited
  }

  const tryOnce = async (signal: AbortSignal, onReady: () => void): Promise<void> => {
    // It may be waiting for a tool that is still being built.
    const command = await Promise.race([server.command(signal), untilAborted(signal)])
    signal.throwIfAborted()
    const process = await startProcess(paths, hands.estateId, name, command)
    running = process
    try {
      await untilReady(process, signal)
      onReady()
      await Promise.race([process.exited, untilAborted(signal)])
    } finally {
      await endProcess(process)
      running = undefined
    }
  }

  const keepUp = async (signal: AbortSignal, first: PromiseWithResolvers<void>): Promise<void> => {
    let failures = 0
    let everReady = false
    while (!signal.aborted) {
      let readyAt: number | undefined
      let fault: unknown
      const onReady = () => {
        readyAt = Date.now()
        everReady = true
        lastError = null
        enter('ready')
        first.resolve()
      }
      await tryOnce(signal, onReady).catch((error: unknown) => (fault = error))
      if (signal.aborted) break
      if (fault) lastError = fault instanceof Error ? fault.message : String(fault)
      failures = readyAt && Date.now() - readyAt > STABLE_MS ? 1 : failures + 1
      log.warn({ event: 'server.crashed', server: name, failures, reason: lastError }, 'server ended')
      if (!everReady && failures >= FIRST_TRIES) {
        enter('failed')
        first.reject(fault)
        return
      }
      restarts += 1
      enter('restarting')
      await pause(backOff(failures), undefined, { signal }).catch(() => undefined)
    }
    first.reject(estateProblems['estate.stopped']({ detail: `${name} was stopped before it was ready` }))
  }

  const requireRunning = (): Running => {
    if (running) return running
    throw estateProblems['server.not-running']({ detail: `${name} is ${state}: start it first` })
  }

  const stop = async () => {
    if (!period) return
    enter('stopping')
    period.abort(estateProblems['estate.stopped']({ detail: `${name} was stopped` }))
    await loop // ends the process on its way out
    period = undefined
    enter('stopped')
  }

  return {
    async start() {
      if (period && state !== 'failed') return
      const first = Promise.withResolvers<void>()
      period = new AbortController()
      enter('starting')
      loop = keepUp(period.signal, first)
      await first.promise.catch(async (error: unknown) => {
        const tail = await tailLog(logPath(paths.logs, name), 12)
        if (period?.signal.aborted) throw error
        const reason = error instanceof Error ? error.message : String(error)
        const detail = `${name} does not start: ${reason}${tail ? `\nThe end of ${logPath(paths.logs, name)}:\n${tail}` : ''}`
        throw estateProblems['server.failed']({ detail, cause: error })
      })
    },
    stop,
    async kill({ stayDown = false } = {}) {
      const process = requireRunning()
      await signalTree(process.pid, 'SIGKILL')
      if (stayDown) await stop()
      else await process.exited
    },
    async freeze() {
      await signalTree(requireRunning().pid, 'SIGSTOP')
      if (state !== 'frozen') thawed = state
      enter('frozen')
    },
    async resume() {
      const process = requireRunning()
      if (state !== 'frozen') return
      await signalTree(process.pid, 'SIGCONT')
      enter(thawed)
    },
    status: () => ({ state, pid: running?.pid ?? null, restarts, since: since.toISOString(), error: lastError }),
  }
}
