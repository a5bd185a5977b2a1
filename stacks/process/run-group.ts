import { spawn } from 'node:child_process'
import type { Account } from './account.ts'

const MOST_KEPT = 1024 * 1024

type Program = {
  file: string
  args: readonly string[]
  cwd: string
  env: Readonly<Record<string, string>>
  account: Account | undefined
}

/** Ends what a program left in its group. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // nothing was left
  }
}

/**
 * Runs a program to its end and answers what it printed; it fails in the program's own last words. What it started itself ends with
 * it, however it ends; all of it is killed when `signal` fires, also what is stopped and would not hear a request.
 */
export async function runGroup({ file, args, cwd, env, account }: Program, signal?: AbortSignal): Promise<string> {
  signal?.throwIfAborted()
  const as = account ? { uid: account.uid, gid: account.gid } : {}
  const child = spawn(file, [...args], {
    cwd,
    env: { ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...as,
  })
  const { pid } = child
  const end = () => pid && endGroup(pid)
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (said[name] = (said[name] + text).slice(-MOST_KEPT)))
  }
  signal?.addEventListener('abort', end, { once: true })
  child.once('exit', end) // its children hold its output open: `close` would wait for them
  try {
    const how = await new Promise<string>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, by) => resolve(by ? `was ended by ${by}` : code === 0 ? '' : `ended with ${code}`))
    })
    signal?.throwIfAborted()
    if (how) throw new Error(said.stderr.trim() || `${file} ${how}`)
    return said.stdout
  } finally {
    signal?.removeEventListener('abort', end)
  }
}
