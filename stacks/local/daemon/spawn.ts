import { spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { estateProblems } from '../estate.errors.ts'
import type { HomePaths } from '../home.ts'
import { ESTATE_MARK } from '../servers/context.ts'
import type { Command } from '../servers/server.ts'
import { forgetPid, notePid } from './leftovers.ts'
import { openLog } from './log-files.ts'

export type Exit = { code: number | null; signal: NodeJS.Signals | null }
/** `ended` is true once it was reaped: from then on its pid may be a stranger's. */
export type Running = { pid: number; exited: Promise<Exit>; ended: () => boolean }

/** Kills what a process left in its group, for example the worker's helm. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // nothing was left
  }
}

/**
 * Starts a process of the estate: in a session of its own (a Ctrl-C on the terminal is the daemon's to handle), marked and
 * noted so that a later daemon finds it, logging to its own file. Fails with `server.failed` when it cannot be started.
 */
export async function startProcess(
  paths: HomePaths,
  estateId: string,
  name: string,
  command: Command,
): Promise<Running> {
  const log = openLog(paths.logs, name)
  const { file, args, cwd, account } = command
  const child = spawn(file, [...args], {
    cwd: cwd ?? paths.run,
    env: { ...command.env, [ESTATE_MARK]: estateId },
    detached: true,
    stdio: ['ignore', log, log],
    ...(account ? { uid: account.uid, gid: account.gid } : {}),
  })
  closeSync(log)
  const { pid } = child
  if (pid) notePid(paths, name, pid)
  let ended = false
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = true
      if (pid) endGroup(pid)
      forgetPid(paths, name).then(
        () => resolve({ code, signal }),
        () => resolve({ code, signal }),
      )
    })
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (cause) => {
      reject(estateProblems['server.failed']({ detail: `${name} cannot be started: ${cause.message}`, cause }))
    })
  })
  if (!pid) throw estateProblems['server.failed']({ detail: `${name} has no process id` })
  return { pid, exited, ended: () => ended }
}

/** How a process ended, for people. */
export const describeExit = ({ code, signal }: Exit): string =>
  signal ? `was ended by ${signal}` : `ended with ${code}`
