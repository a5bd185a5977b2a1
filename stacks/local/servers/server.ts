import type { Account } from '../../process/account.ts'

/** What to run. Secrets never stand in `args`, which everyone on the machine can read: they are files or environment. */
export type Command = {
  file: string
  args: readonly string[]
  env?: Readonly<Record<string, string>>
  cwd?: string
  account?: Account | undefined
}

type Common = {
  name: string
  /** What must be ready before this starts and is stopped after it. */
  needs: readonly string[]
  /** What it listens on, by name: a taken port is told by it. */
  ports?: Readonly<Record<string, number>>
  /** The estate is ready without it: it may still be built, and its failure does not end a start. */
  background?: boolean
}
/** A process the daemon keeps running. */
export type ProcessServer = Common & {
  kind: 'process'
  /** Prepares files, waits for tools, and says what to run. Called before every start; ends what it began when called off. */
  command: (signal: AbortSignal) => Promise<Command>
  /** Asks the running server whether it serves; throws while it does not. */
  probe: (signal: AbortSignal) => Promise<void>
  stopSignal: NodeJS.Signals
  /** How long it may take to end before it is killed. */
  graceMs: number
}
/** A step that ends: a program run to its end, or a few statements. Safe to repeat. */
export type Task = Common & {
  kind: 'task'
  run: (hands: { signal: AbortSignal; runToEnd: (command: Command) => Promise<void> }) => Promise<void>
}
/** A server inside the daemon's own process. `signal` fires when the estate is stopped: a start that waits for others gives up then. */
export type InnerServer = Common & {
  kind: 'inner'
  start: (signal: AbortSignal) => Promise<{ stop: () => Promise<void> }>
}
export type Server = ProcessServer | Task | InnerServer
