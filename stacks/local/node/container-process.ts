import { type SpawnOptions, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { signal } from '../../process/proc.ts'
import type { PodAccount } from './account.ts'

export type Command = {
  program: string
  args: readonly string[]
  cwd: string
  /** The whole environment: nothing is inherited. */
  env: Readonly<Record<string, string>>
  account: PodAccount
  /** Descriptor of the log; null throws the output away. */
  log: number | null
  /** Told the process id at once, before anything else happens. */
  note?: (pid: number) => void
}

export type Exit = { exitCode: number; signal: number | null }
export interface ContainerProcess {
  pid: number
  exited: Promise<Exit>
  /** Asks the whole group to end, forces it after the grace; resolves once it has ended. */
  stop: (graceMs: number) => Promise<void>
}

/**
 * Starts a process as leader of a session and group of its own, so that nothing it starts outlives it unnoticed. Rejects when the
 * program cannot be started.
 */
export async function startProcess({
  program,
  args,
  cwd,
  env,
  account,
  log,
  note,
}: Command): Promise<ContainerProcess> {
  const output = log ?? 'ignore'
  const options: SpawnOptions = { cwd, env: { ...env }, detached: true, stdio: ['ignore', output, output], ...account }
  const child = spawn(program, [...args], options)
  if (child.pid !== undefined) note?.(child.pid)
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, name) => {
      const number = name === null ? null : constants.signals[name]
      resolve({ exitCode: code ?? 128 + (number ?? 0), signal: number })
    })
  })
  await new Promise((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${program} has no process id`)
  // What is left of the group when its leader has ended has no one to wait for.
  void exited.then(() => signal(-pid, 'SIGKILL'))
  return {
    pid,
    exited,
    async stop(graceMs) {
      signal(-pid, 'SIGTERM')
      const force = setTimeout(() => signal(-pid, 'SIGKILL'), graceMs)
      await exited
      clearTimeout(force)
    },
  }
}

/** Runs a command to its end within a time, in milliseconds; its exit code, or 137 when it was cut off. */
export async function runToEnd(command: Command, timeoutMs: number): Promise<number> {
  const started = await startProcess(command)
  const force = setTimeout(() => signal(-started.pid, 'SIGKILL'), timeoutMs)
  const { exitCode } = await started.exited
  clearTimeout(force)
  return exitCode
}
