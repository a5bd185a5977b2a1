import { setTimeout as pause } from 'node:timers/promises'
import { estateProblems } from '../estate.errors.ts'
import { signalTree } from '../../process/proc.ts'
import type { ProcessServer } from '../servers/server.ts'
import { logPath, tailLog } from './log-files.ts'
import { liveOnce, type LifeHands } from './one-life.ts'
import type { Running } from './spawn.ts'

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

export type Hands = LifeHands & { onState: (name: string, state: ServerState) => void }

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

type Supervision = {
  state: ServerState
  since: Date
  restarts: number
  error: string | null
  /** The process while it runs. */
  running: Running | undefined
  /** What a frozen server was before. */
  thawed: ServerState
  /** Killed for good: it is not started again, also before its stop is asked for. */
  staysDown: boolean
  /** From start to stop; aborted to stop. */
  period: AbortController | undefined
  loop: Promise<void>
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Starts the process again and again until the signal fires; settles `first` at the first ready, or when it is given up. */
async function keepUp(
  server: ProcessServer,
  hands: Hands,
  at: Supervision,
  enter: (next: ServerState) => void,
  signal: AbortSignal,
  first: PromiseWithResolvers<void>,
): Promise<void> {
  let failures = 0
  let everReady = false
  while (!signal.aborted) {
    let readyAt = 0
    const fault: Error | undefined = await liveOnce(server, hands, signal, {
      onStarted: (running) => (at.running = running),
      onReady: () => {
        readyAt = Date.now()
        everReady = true
        at.error = null
        enter('ready')
        first.resolve()
      },
      onProbeFailed: (reason) => (at.error = reason),
    }).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error : new Error(reasonOf(error))),
    )
    at.running = undefined
    if (signal.aborted || at.staysDown) break
    if (fault) at.error = fault.message
    failures = readyAt > 0 && Date.now() - readyAt > STABLE_MS ? 1 : failures + 1
    hands.log.warn({ event: 'server.crashed', server: server.name, failures, reason: at.error }, 'server ended')
    if (!everReady && failures >= FIRST_TRIES) {
      enter('failed')
      first.reject(fault)
      return
    }
    at.restarts += 1
    enter('restarting')
    await pause(backOff(failures), undefined, { signal }).catch(() => undefined)
  }
  first.reject(estateProblems['estate.stopped']({ detail: `${server.name} was stopped before it was ready` }))
}

/** The end of a server's log beside the reason why it does not start. */
async function startFailure(name: string, hands: Hands, cause: unknown): Promise<Error> {
  const path = logPath(hands.paths.logs, name)
  const tail = await tailLog(path, 12)
  const detail = `${name} does not start: ${reasonOf(cause)}${tail ? `\nThe end of ${path}:\n${tail}` : ''}`
  return estateProblems['server.failed']({ detail, cause })
}

/** What a drill or a test does to a running process. */
function faults(
  at: Supervision,
  name: string,
  enter: (next: ServerState) => void,
  stop: () => Promise<void>,
): Pick<Supervised, 'kill' | 'freeze' | 'resume'> {
  const requireRunning = (): Running => {
    if (at.running) return at.running
    throw estateProblems['server.not-running']({ detail: `${name} is ${at.state}: start it first` })
  }
  return {
    async kill({ stayDown = false } = {}) {
      const running = requireRunning()
      at.staysDown = stayDown
      await signalTree(running.pid, 'SIGKILL')
      if (stayDown) await stop()
      else await running.exited
    },
    async freeze() {
      await signalTree(requireRunning().pid, 'SIGSTOP')
      if (at.state !== 'frozen') at.thawed = at.state
      enter('frozen')
    },
    async resume() {
      const running = requireRunning()
      if (at.state !== 'frozen') return
      await signalTree(running.pid, 'SIGCONT')
      enter(at.thawed)
    },
  }
}

/** Keeps one process up: restarted when it crashes, with a growing delay; never when it was stopped on purpose. */
export function supervise(server: ProcessServer, hands: Hands): Supervised {
  const { name } = server
  const at: Supervision = {
    state: 'waiting',
    since: new Date(),
    restarts: 0,
    error: null,
    running: undefined,
    thawed: 'ready',
    staysDown: false,
    period: undefined,
    loop: Promise.resolve(),
  }
  const enter = (next: ServerState) => {
    at.state = next
    at.since = new Date()
    hands.onState(name, next)
  }
  const stop = async () => {
    const { period } = at
    if (!period) return
    enter('stopping')
    period.abort(estateProblems['estate.stopped']({ detail: `${name} was stopped` }))
    await at.loop // ends the process on its way out
    if (at.period === period) at.period = undefined
    enter('stopped')
  }
  const start = async () => {
    if (at.period?.signal.aborted) await at.loop // one that is just stopping
    if (at.period && !at.period.signal.aborted && at.state !== 'failed') return
    const first = Promise.withResolvers<void>()
    const period = new AbortController()
    at.period = period
    at.staysDown = false
    enter('starting')
    at.loop = keepUp(server, hands, at, enter, period.signal, first)
    await first.promise.catch(async (error: unknown) => {
      if (period.signal.aborted) throw error
      throw await startFailure(name, hands, error)
    })
  }
  return {
    start,
    stop,
    ...faults(at, name, enter, stop),
    status: () => ({
      state: at.state,
      pid: at.running?.pid ?? null,
      restarts: at.restarts,
      since: at.since.toISOString(),
      error: at.error,
    }),
  }
}
