import { estateProblems } from '../estate.errors.ts'
import type { Command, Task } from '../servers/server.ts'
import { logPath, tailLog } from './log-files.ts'
import { describeExit, startProcess } from './spawn.ts'
import { signalTree } from '../../process/proc.ts'
import type { Hands } from './supervisor.ts'

/** Runs a task once. A program that fails is reported with the end of its log (`server.failed`). */
export async function runTask(task: Task, hands: Hands, signal: AbortSignal): Promise<void> {
  const { paths, estateId } = hands
  const runToEnd = async (command: Command): Promise<void> => {
    signal.throwIfAborted()
    const running = await startProcess(paths, estateId, task.name, command)
    const end = () => void signalTree(running.pid, 'SIGKILL')
    signal.addEventListener('abort', end, { once: true })
    const exit = await running.exited
    signal.removeEventListener('abort', end)
    signal.throwIfAborted()
    if (exit.code === 0) return
    const path = logPath(paths.logs, task.name)
    const detail = `${task.name} ${describeExit(exit)}\nThe end of ${path}:\n${await tailLog(path, 12)}`
    throw estateProblems['server.failed']({ detail })
  }
  await task.run({ signal, runToEnd }).catch((cause: unknown) => {
    signal.throwIfAborted()
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw estateProblems['server.failed']({
      detail: reason.startsWith(task.name) ? reason : `${task.name}: ${reason}`,
      cause,
    })
  })
}
