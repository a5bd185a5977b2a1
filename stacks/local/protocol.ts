import type { NodeKind } from './containers/network.ts'
import type { ServerState } from './daemon/supervisor.ts'

/** What the starter hands the daemon, as the one argument of its environment. */
export type DaemonInput = {
  home: string
  cache: string
  portBase?: number
  throwAway?: boolean
  node?: NodeKind
  without: readonly string[]
  /** Ends with its starter: foreground runs and tests. */
  attached: boolean
}

/** What the daemon tells its starter while it starts. */
export type DaemonMessage =
  | { type: 'line'; text: string }
  | { type: 'server'; name: string; state: ServerState; elapsedMs: number }
  | { type: 'ready'; elapsedMs: number }
  | { type: 'failed'; code: string; detail: string }

/** `run/daemon.json`: the running daemon, by pid and start time. */
export type DaemonRecord = {
  pid: number
  startTime: string
  url: string
  startedAt: string
  without: readonly string[]
}
