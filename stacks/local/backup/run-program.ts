import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { estateProblems } from '../estate.errors.ts'
import type { Command } from '../servers/server.ts'

/** Runs a program of ours to its end and answers what it printed; a failure is told in its own last words. */
export async function runProgram({ file, args, env, cwd }: Command, signal: AbortSignal): Promise<string> {
  const options = { env: { ...env }, signal, ...(cwd ? { cwd } : {}) }
  return promisify(execFile)(file, [...args], options).then(
    ({ stdout }) => stdout.trim(),
    (error: Error & { stderr?: string }) => {
      signal.throwIfAborted()
      throw estateProblems['backup.failed']({ detail: error.stderr?.trim() || error.message, cause: error })
    },
  )
}
