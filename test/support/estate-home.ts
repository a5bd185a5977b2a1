import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { askDaemon } from '../../stacks/local/commands/daemon-client.ts'
import type { ServerStatus } from '../../stacks/local/daemon/fleet.ts'
import { findLeftovers } from '../../stacks/local/daemon/leftovers.ts'
import { homePaths, readRecord } from '../../stacks/local/home.ts'

/** The estate's program. */
export const PROGRAM = fileURLToPath(new URL('../../stacks/local/commands/main.ts', import.meta.url))

/** A folder for a home, which other accounts pass through. */
export async function newHome(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'steward-e2e-'))
  await chmod(folder, 0o711)
  return join(folder, 'home')
}

/** Removes it with the folder it stands in. */
export const removeHome = (home: string) => rm(join(home, '..'), { recursive: true, force: true })

/** The estate's own program, as a person would run it. */
export async function command(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [PROGRAM, ...args]).then(
    (output) => ({ code: 0, ...output }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )
}

/** What the daemon tells of its servers, by name. */
export async function serversOf(home: string): Promise<Map<string, ServerStatus>> {
  const { servers: list } = (await (await askDaemon(home, '/servers')).json()) as { servers: ServerStatus[] }
  return new Map(list.map((server) => [server.name, server]))
}

/** Asks until the answer is as wanted, for a minute. */
export async function eventually<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const answer = await ask()
    if (wanted(answer)) return answer
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(answer)} after 60 s`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Processes that are still marked as a home's. */
export async function leftoversOf(home: string) {
  const paths = homePaths(home)
  const record = await readRecord(paths)
  return record ? findLeftovers(paths, record.id) : []
}

/** Processes whose command line names something in a home, whoever's they are. */
export async function namingHome(home: string): Promise<{ pid: number; line: string }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = pids.map(async (pid) => {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    return { pid: Number(pid), line: text.replaceAll('\0', ' ') }
  })
  return (await Promise.all(lines)).filter(({ line }) => line.includes(home))
}
